import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrateOperators } from '../../lib/operators/migrate.ts';
import { repairOperators } from '../../lib/operators/repair.ts';
import {
  contentOf,
  emptyRegistryFile,
  eraFile,
  inDatabase,
  registryFile,
  rowsOf,
  shapesOf,
  step,
} from '../support/operators.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { shapes } from './shapes.ts';

const GOLANG_MIGRATE = `
  CREATE TABLE schema_migrations (version uint64, dirty bool);
  CREATE UNIQUE INDEX version_unique ON schema_migrations (version);`;

test('a file of any age comes to the same: by one command, by one file after the other, from every version', async () => {
  const one = eraFile();
  expect(await migrateOperators(one)).toMatchObject({ status: 'migrated', from: -1, to: 13, ledger: 'none' });
  expect(shapesOf(one)).toEqual([...(shapes[13] ?? [])].sort());
  for (let version = 0; version < 13; version += 3) {
    const other = eraFile();
    inDatabase(other, (database) => step(database, -1, version));
    expect(await migrateOperators(other)).toMatchObject({ from: version, ledger: 'operator-registry' });
    expect(contentOf(other)).toEqual(contentOf(one));
  }
  // One row with a whole number: what the registry's own tools read.
  inDatabase(one, (database) =>
    expect(database.prepare('SELECT version, typeof(version) AS type FROM schema_migrations').all()).toEqual([
      { version: 13, type: 'integer' },
    ]),
  );
  expect(await migrateOperators(one)).toMatchObject({ status: 'nothing-to-do', steps: [] });
});

test.each(["(201909251211, 'false')", '(201909251211, 0)', "(20191021125829, 'FALSE')"])(
  'a file of golang-migrate at %s is no newer one',
  async (row) => {
    const file = eraFile(`${GOLANG_MIGRATE} INSERT INTO schema_migrations VALUES ${row}`);
    const replaced = /\d+/.exec(row)?.[0];
    expect(await migrateOperators(file)).toMatchObject({ from: -1, ledger: 'golang-migrate', replaced });
    const plain = eraFile();
    await migrateOperators(plain);
    expect(contentOf(file)).toEqual(contentOf(plain));
  },
);

test.each(["'true'", '1'])(
  'one that golang-migrate calls dirty (%s) is refused, with the way out',
  async (dirty) => {
    const file = eraFile(`${GOLANG_MIGRATE} INSERT INTO schema_migrations VALUES (20191021125829, ${dirty})`);
    const before = readFileSync(file);
    await expect(migrateOperators(file, { shownAs: 'my index.db' })).rejects.toMatchObject({
      code: 'dirty',
      message:
        'my index.db: golang-migrate calls version 20191021125829 dirty: one of its files failed there.',
      hint: `Look whether the tables are whole; then say so, and run this again: sqlite3 'my index.db' "UPDATE schema_migrations SET dirty = 'false'"`,
    });
    expect(readFileSync(file).equals(before)).toBe(true);
    inDatabase(file, (database) => database.exec("UPDATE schema_migrations SET dirty = 'false'"));
    expect(await migrateOperators(file)).toMatchObject({ status: 'migrated' });
  },
);

test('images that such a file has already are not written twice', async () => {
  const file = eraFile(`${GOLANG_MIGRATE}
    CREATE TABLE related_image (image TEXT, operatorbundle_name TEXT, FOREIGN KEY(operatorbundle_name) REFERENCES operatorbundle(name));
    INSERT INTO related_image VALUES ('cup:2', 'cup.v2'), ('by:hand', 'cup.v2')`);
  await migrateOperators(file);
  const plain = eraFile();
  await migrateOperators(plain);
  const images = (of: string) => inDatabase(of, (database) => rowsOf(database, 'related_image'));
  expect(images(file).filter((row) => !row.includes('by:hand'))).toEqual(images(plain));
  expect(images(file)).toHaveLength(images(plain).length + 1);
});

test('a newer file without a row in its ledger is known by its tables', async () => {
  const file = registryFile();
  const before = contentOf(file);
  inDatabase(file, (database) => database.exec('DELETE FROM schema_migrations'));
  expect(await migrateOperators(file)).toMatchObject({ from: 12, to: 13, ledger: 'none' });
  const { deprecated, ...rest } = before;
  expect(contentOf(file)).toMatchObject(rest);
  expect(deprecated).toHaveLength(2);
});

test.each([11, 6, 0])('down to %i and up again, each in one transaction, loses nothing', async (version) => {
  const file = registryFile();
  const before = contentOf(file);
  expect(await migrateOperators(file, { to: version })).toMatchObject({ from: 13, to: version });
  expect(shapesOf(file)).toEqual([...(shapes[version] ?? [])].sort());
  await migrateOperators(file);
  expect(contentOf(file)).toEqual(before);
});

test('NULL versions of the loader of version 5, and the nameless rows of its migration, end with the migration', async () => {
  const right = eraFile();
  await migrateOperators(right);
  const file = eraFile();
  inDatabase(file, (database) => {
    step(database, -1, 5);
    database.exec(`
      INSERT INTO operatorbundle (version, skiprange) SELECT version, skiprange FROM operatorbundle;
      UPDATE operatorbundle SET version = NULL, skiprange = NULL, bundlepath = NULL WHERE name IS NOT NULL`);
  });
  await migrateOperators(file);
  expect(contentOf(file)).toEqual(contentOf(right));
});

test.each([1, 4, 6, 10])(
  'bundles that another tool has brought back to version %i without their keys get them again',
  async (version) => {
    const right = eraFile();
    await migrateOperators(right);
    const file = eraFile();
    inDatabase(file, (database) => {
      step(database, -1, version);
      database.exec(`PRAGMA foreign_keys = OFF;
        CREATE TABLE plain AS SELECT * FROM operatorbundle;
        DROP TABLE operatorbundle;
        ALTER TABLE plain RENAME TO operatorbundle`);
    });
    await migrateOperators(file);
    expect(contentOf(file)).toEqual(contentOf(right));
  },
);

test('triggers that another tool leaves on its way from 7 to 6 stand in nobody’s way back', async () => {
  const file = registryFile();
  const before = contentOf(file);
  inDatabase(file, (database) => {
    step(database, 13, 6);
    for (const table of ['api_provider', 'api_requirer'])
      database.exec(`CREATE TRIGGER ${table}_cleanup AFTER DELETE ON ${table} BEGIN DELETE FROM api; END`);
  });
  await migrateOperators(file);
  expect(contentOf(file)).toEqual(before);
});

test('triggers and an index that another tool leaves behind on its way down stand in nobody’s way', async () => {
  const file = registryFile();
  const before = contentOf(file);
  inDatabase(file, (database) => {
    step(database, 13, 6);
    database.exec(
      'CREATE TRIGGER api_provider_cleanup AFTER DELETE ON api_provider BEGIN DELETE FROM api; END',
    );
    step(database, 6, 5);
    database.exec('CREATE UNIQUE INDEX pk ON operatorbundle(name, version, bundlepath)');
    step(database, 5, 4);
  });
  await migrateOperators(file);
  expect(contentOf(file)).toEqual(before);
});

test('rows that refer to a bundle that is gone are neither lost nor refused', async () => {
  const file = registryFile();
  inDatabase(file, (database) =>
    database.exec("PRAGMA foreign_keys = OFF; DELETE FROM operatorbundle WHERE name = 'water.v0.0.9'"),
  );
  const before = contentOf(file);
  await migrateOperators(file, { to: 0 });
  await migrateOperators(file);
  expect(contentOf(file)).toEqual(before);
});

test('a step that fails leaves the file as it was, to the byte', async () => {
  const file = registryFile();
  // Before version 4 no two bundles may have the same csv.
  inDatabase(file, (database) =>
    database.exec(
      "UPDATE operatorbundle SET csv = (SELECT csv FROM operatorbundle LIMIT 1) WHERE name LIKE 'kettle%'",
    ),
  );
  const before = readFileSync(file);
  await expect(migrateOperators(file, { to: 0, shownAs: 'index.db' })).rejects.toMatchObject({
    code: 'registry-migration-failed',
    message:
      'index.db was not migrated: 4_cascade_delete.down.sql: UNIQUE constraint failed: registry_jobs_new_operatorbundle.csv. Nothing was changed.',
    hint: 'See on a copy what it found there: cp index.db copy.db && registry-jobs operators migrate copy.db --to 4',
  });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('what cannot be migrated is told by name', async () => {
  const newer = emptyRegistryFile();
  inDatabase(newer, (database) => database.exec('UPDATE schema_migrations SET version = 14'));
  const wrong = emptyRegistryFile(7);
  inDatabase(wrong, (database) => database.exec('UPDATE schema_migrations SET version = 13'));
  const other = path.join(temporaryFolder(), 'shop.db');
  inDatabase(other, (database) => database.exec('CREATE TABLE goods (name TEXT)'));
  const missing = path.join(temporaryFolder(), 'index.db');
  for (const [file, code, message] of [
    [newer, 'registry-newer', 'index.db is at version 14; 13 is the newest that is known here.'],
    [
      wrong,
      'registry-shape',
      'index.db says that it is at version 13, but its tables are those of version 7.',
    ],
    [other, 'not-an-operator-registry', 'index.db has no table operatorbundle: it is no operator registry.'],
    [missing, 'sqlite-open', 'index.db cannot be opened: there is no such file.'],
  ] as const) {
    await expect(migrateOperators(file, { shownAs: 'index.db' })).rejects.toMatchObject({ code, message });
  }
  expect(existsSync(missing)).toBe(false);
  await expect(migrateOperators(newer, { to: 99 })).rejects.toMatchObject({ code: 'unknown-version' });
});

test('a file that another process writes is left alone', async () => {
  const file = registryFile();
  const before = readFileSync(file);
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  await expect(migrateOperators(file, { to: 9, shownAs: 'index.db', timeoutMs: 20 })).rejects.toMatchObject({
    code: 'registry-busy',
    message: 'index.db is written by another process, and was for as long as we waited. Nothing was changed.',
    hint: 'Wait for it, and run this again. Who has it open: fuser -v index.db',
  });
  other.close();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a damaged file is told as such', async () => {
  const file = registryFile();
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(7, 4096, bytes.length));
  for (const run of [
    migrateOperators(file, { to: 3, shownAs: 'index.db' }),
    repairOperators(file, { shownAs: 'index.db' }),
  ]) {
    await expect(run).rejects.toMatchObject({
      code: 'registry-unusable',
      message:
        'index.db could not be read or written: database disk image is malformed. Nothing was changed.',
    });
  }
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test('a file of before version 0 is whole after migration and repair', async () => {
  const file = eraFile();
  await migrateOperators(file);
  const { tables, notDerived } = await repairOperators(file, { write: true });
  // Its loader knew APIs by entries only, and no bundle outside of channels.
  expect(tables.map(({ table, added, changed, removed }) => ({ table, added, changed, removed }))).toEqual(
    [],
  );
  expect(notDerived).toEqual([{ what: 'the csv is no JSON, so nothing is derived', bundles: ['broken'] }]);
});
