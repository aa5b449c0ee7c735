import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repairOperators } from '../../lib/operators/repair.ts';
import { contentOf, emptyRegistryFile, inDatabase, registryFile, step } from '../support/operators.ts';

/** What a defect, or an older loader, leaves of the registry of the fixtures, and what is said when it is whole again. */
const damages: readonly [string, sql: string, said: readonly string[]][] = [
  ['nothing', '', []],
  [
    'version, range and path that older loaders left NULL',
    `PRAGMA foreign_keys = OFF;
    UPDATE operatorbundle SET version = NULL, skiprange = NULL WHERE csv IS NOT NULL;
    UPDATE operatorbundle SET version = '' WHERE name = 'water.v0.0.9';
    UPDATE operatorbundle SET bundlepath = NULL, replaces = NULL, skips = NULL, substitutesfor = NULL WHERE name LIKE 'kettle%';
    UPDATE api_provider SET operatorbundle_version = NULL`,
    [
      'operatorbundle: version derived (5)',
      'operatorbundle: skiprange "" instead of NULL (4)',
      'operatorbundle: bundlepath "" instead of NULL (2)',
      'operatorbundle: replaces "" instead of NULL (1)',
      'operatorbundle: skips "" instead of NULL (2)',
      'operatorbundle: substitutesfor "" instead of NULL (2)',
      'operatorbundle: skiprange derived (1)',
      'operatorbundle: replaces derived (2)',
      'operatorbundle: bundlepath derived (1)',
      'operatorbundle: skips derived (1)',
      'operatorbundle: substitutesfor derived (1)',
      'operatorbundle: version "" instead of NULL (1)',
      'api_provider: version and path as those of the bundle (8)',
    ],
  ],
  [
    'every dependency with the value of the first one',
    "UPDATE dependencies SET value = (SELECT value FROM dependencies LIMIT 1) WHERE type = 'olm.gvk'",
    ['dependencies: own value instead of that of the first (2)'],
  ],
  [
    'dependencies as version 8 wrote them',
    `UPDATE dependencies SET value = '{"group":"power.example","kind":"Plug","type":"olm.gvk","version":"v1"}' WHERE value LIKE '%Plug%'`,
    ['dependencies: written as loaders write it (1)'],
  ],
  ['no dependencies', "DELETE FROM dependencies WHERE type = 'olm.gvk'", ['dependencies: required APIs (4)']],
  [
    'no API at all, as the triggers leave it when a bundle is removed while nothing requires one',
    `PRAGMA foreign_keys = ON;
    DELETE FROM api_requirer;
    INSERT INTO operatorbundle (name, version, bundlepath) VALUES ('gone', '1', 'x');
    INSERT INTO api VALUES ('g', 'v', 'k', 'ks');
    INSERT INTO api_provider VALUES ('g', 'v', 'k', 'gone', '1', 'x');
    DELETE FROM operatorbundle WHERE name = 'gone';
    DELETE FROM api`,
    [
      'api: that a bundle provides or requires (6)',
      'api_provider: provided (8)',
      'api_requirer: required (4)',
    ],
  ],
  [
    'properties that no older loader wrote',
    "DELETE FROM properties WHERE type IN ('olm.label', 'size', 'plain') OR value LIKE '%drinks%'",
    ['properties: named by olm.properties (3)', 'properties: the package (1)'],
  ],
  [
    'properties as bytes, and a package without its version',
    `UPDATE properties SET value = CAST(value AS BLOB) WHERE type = 'olm.gvk';
    UPDATE properties SET value = '{"packageName":"water","version":""}' WHERE value LIKE '%water","version":"0.1.0%'`,
    ['properties: text instead of bytes (8)', 'properties: the package with the version (1)'],
  ],
  [
    'no images',
    "DELETE FROM related_image WHERE operatorbundle_name LIKE 'kettle%'",
    ['related_image: images of the csv, and of the bundle (6)'],
  ],
  [
    'the same rows twice',
    `INSERT INTO api_provider SELECT * FROM api_provider LIMIT 2;
    INSERT INTO api_requirer SELECT * FROM api_requirer LIMIT 1;
    INSERT INTO related_image SELECT * FROM related_image LIMIT 1;
    INSERT INTO dependencies SELECT * FROM dependencies WHERE type = 'olm.package';
    INSERT INTO properties SELECT * FROM properties WHERE type = 'olm.gvk'`,
    [
      'api_provider: the same as another row (2)',
      'api_requirer: the same as another row (1)',
      'related_image: the same as another row (1)',
      'dependencies: the same as another row (1)',
      'properties: the same as another row (8)',
    ],
  ],
  [
    'a row without a name for each version',
    "INSERT INTO operatorbundle (version, skiprange) VALUES ('1.0.0', ''), ('1.1.0', '>=0.9.0 <1.1.0'), (NULL, '')",
    ['operatorbundle: without name, csv and bundle, with the version of another (3)'],
  ],
  [
    'bundles without their keys',
    `PRAGMA foreign_keys = OFF;
    CREATE TABLE plain AS SELECT * FROM operatorbundle;
    DROP TABLE operatorbundle;
    ALTER TABLE plain RENAME TO operatorbundle`,
    ['operatorbundle: has its primary key again (6)', 'operatorbundle: has its index pk again (6)'],
  ],
];

test.each(damages)('%s: it is whole again', async (_, sql, said) => {
  const whole = contentOf(registryFile());
  const file = registryFile();
  inDatabase(file, (database) => database.exec(sql));
  const before = contentOf(file);
  const status = said.length === 0 ? 'nothing-to-do' : 'would-repair';

  const shown = await repairOperators(file);
  expect(shown).toMatchObject({ status, bundles: 6, notDerived: [] });
  // A look writes nothing.
  expect(contentOf(file)).toEqual(before);

  const report = await repairOperators(file, { write: true });
  const done = report.tables.flatMap(({ table, what }) =>
    what.map((it) => `${table}: ${it.done} (${it.rows})`),
  );
  expect(done).toEqual(said);
  expect(report.tables).toEqual(shown.tables);
  expect(contentOf(file)).toEqual(whole);
  for (const { before: from, after, added, removed } of report.tables)
    expect(from + added - removed).toBe(after);
  expect(await repairOperators(file, { write: true })).toMatchObject({ status: 'nothing-to-do', tables: [] });
});

/** What no manifest says, and stays as it is. */
const lost: readonly [string, sql: string, what: readonly [string, ...bundles: string[]][]][] = [
  [
    'packages and channels, emptied by the way down to version 10 of another tool',
    'DELETE FROM channel_entry; DELETE FROM channel; DELETE FROM package',
    [
      [
        'packages, channels and their entries, of which there are none; the bundles name drinks, kettle, water',
      ],
    ],
  ],
  [
    'the value of a dependency that a file beside the manifests asked for',
    'UPDATE dependencies SET value = (SELECT value FROM dependencies LIMIT 1)',
    [['the value of a dependency of type olm.package, which has that of the first one', 'kettle.v1.2.0']],
  ],
  [
    'a version that neither csv nor property says',
    `UPDATE operatorbundle SET version = NULL WHERE name = 'water.v0.0.9';
    DELETE FROM properties WHERE operatorbundle_name = 'water.v0.0.9' AND type = 'olm.package'`,
    [['the version, as the csv is not there', 'water.v0.0.9']],
  ],
  [
    'what cannot be read',
    `UPDATE operatorbundle SET csv = 'no' WHERE name = 'spoon';
    UPDATE operatorbundle SET bundle = '{' WHERE name = 'kettle.v1.0.0'`,
    [
      ['the objects of the bundle are no JSON, so its csv alone is read', 'kettle.v1.0.0'],
      ['the csv is no JSON, so nothing is derived', 'spoon'],
    ],
  ],
  [
    'the properties of a csv that are no list',
    `UPDATE operatorbundle SET csv = '{"metadata":{"annotations":{"olm.properties":"{}"}}}' WHERE name = 'spoon'`,
    [['the properties in the csv, which are no list of JSON objects', 'spoon']],
  ],
  [
    'the plural of an API that no manifest describes any more',
    `INSERT INTO properties VALUES ('olm.gvk', '{"group":"g","kind":"K","version":"v"}', 'water.v0.0.9', '0.0.9', 'quay.example/well/water:0.0.9')`,
    [['the plural of K in g/v, which an API needs', 'water.v0.0.9']],
  ],
];

test.each(lost)('%s: it is named, and stays', async (_, sql, what) => {
  const file = registryFile();
  inDatabase(file, (database) => database.exec(`PRAGMA foreign_keys = OFF; ${sql}`));
  const { notDerived } = await repairOperators(file, { write: true });
  expect(notDerived).toEqual(what.map(([text, ...bundles]) => ({ what: text, bundles })));
  expect((await repairOperators(file, { write: true })).status).toBe('nothing-to-do');
});

test('where the first dependency is gone, the others are known to have its value all the same', async () => {
  const file = registryFile();
  const whole = contentOf(file);
  inDatabase(file, (database) =>
    database.exec(`
      UPDATE dependencies SET value = CAST('{"group":"g","kind":"K","version":"v"}' AS BLOB) WHERE type = 'olm.gvk'`),
  );
  const { tables } = await repairOperators(file, { write: true });
  expect(tables).toMatchObject([{ table: 'dependencies', added: 0, changed: 4, removed: 0 }]);
  expect(contentOf(file)).toEqual(whole);
});

test('a package that is the first dependency keeps its value, and the others get theirs', async () => {
  const file = registryFile();
  inDatabase(file, (database) =>
    database.exec(`
      UPDATE dependencies SET rowid = 0 WHERE type = 'olm.package';
      UPDATE dependencies SET value = (SELECT value FROM dependencies LIMIT 1)`),
  );
  expect(await repairOperators(file, { write: true })).toMatchObject({ notDerived: [] });
  expect(contentOf(file)).toEqual(contentOf(registryFile()));
});

test('two bundles whose files ask for the same are no damage', async () => {
  const file = registryFile();
  inDatabase(file, (database) =>
    database.exec(`
      UPDATE dependencies SET rowid = rowid + 10;
      INSERT INTO dependencies (rowid, type, value, operatorbundle_name)
      VALUES (1, 'olm.gvk', CAST('{"group":"g","kind":"K","version":"v"}' AS BLOB), 'kettle.v1.0.0'),
        (2, 'olm.gvk', CAST('{"group":"g","kind":"K","version":"v"}' AS BLOB), 'water.v0.1.0');
      UPDATE dependencies SET (operatorbundle_version) = (SELECT version FROM operatorbundle WHERE name = operatorbundle_name)
      WHERE rowid < 3`),
  );
  expect(await repairOperators(file)).toMatchObject({ status: 'nothing-to-do', notDerived: [] });
});

test('a dependency that a file asked for is not taken for a wrong one', async () => {
  const file = registryFile();
  const more = `INSERT INTO dependencies VALUES
    ('olm.gvk', CAST('{"group":"cup.example","version":"v1","kind":"Cup"}' AS BLOB), 'kettle.v1.2.0', '1.2.0', 'quay.example/tea/kettle@sha256:12')`;
  inDatabase(file, (database) => database.exec(more));
  expect(await repairOperators(file)).toMatchObject({ status: 'nothing-to-do', notDerived: [] });
});

test('what fails leaves the file as it was, to the byte', async () => {
  const file = registryFile();
  inDatabase(file, (database) =>
    database.exec(`PRAGMA foreign_keys = OFF;
      CREATE TABLE plain AS SELECT * FROM operatorbundle UNION ALL SELECT * FROM operatorbundle;
      DROP TABLE operatorbundle; ALTER TABLE plain RENAME TO operatorbundle; DELETE FROM properties`),
  );
  const before = readFileSync(file);
  await expect(repairOperators(file, { write: true, shownAs: 'index.db' })).rejects.toMatchObject({
    code: 'registry-repair-failed',
    message:
      'index.db was not repaired: UNIQUE constraint failed: registry_jobs_new_operatorbundle.name. Nothing was changed.',
  });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('an older version is to be migrated first', async () => {
  const file = emptyRegistryFile(9);
  await expect(repairOperators(file, { shownAs: 'index.db' })).rejects.toMatchObject({
    code: 'registry-older',
    message: 'index.db is at version 9; repair knows version 13.',
    hint: 'Migrate it first: registry-jobs operators migrate index.db',
  });
});

test('where nothing requires an API, taking away a row that is there twice takes no API along', async () => {
  const file = emptyRegistryFile();
  inDatabase(file, (database) =>
    database.exec(`
      INSERT INTO operatorbundle (name, version, bundlepath) VALUES ('cup', '1.0.0', 'cup:1');
      INSERT INTO api VALUES ('cup.example', 'v1', 'Cup', 'cups');
      INSERT INTO properties VALUES ('olm.gvk', '{"group":"cup.example","kind":"Cup","version":"v1"}', 'cup', '1.0.0', 'cup:1');
      INSERT INTO api_provider VALUES ('cup.example', 'v1', 'Cup', 'cup', '1.0.0', 'cup:1'),
        ('cup.example', 'v1', 'Cup', 'cup', '1.0.0', 'cup:1')`),
  );
  const { schema, api } = contentOf(file);
  await repairOperators(file, { write: true });
  expect(contentOf(file)).toMatchObject({ schema, api, api_provider: [expect.any(String)] });
  expect(schema?.filter((it) => it.startsWith('trigger'))).toHaveLength(2);
});

test('what the triggers took is derived again', async () => {
  const file = registryFile();
  inDatabase(file, (database) => {
    step(database, 13, 6);
    step(database, 6, 13);
    // The last row that goes takes an API with it, and with that all who provide it.
    database.exec('DELETE FROM api_requirer; INSERT INTO api_provider SELECT * FROM api_provider');
  });
  const { tables } = await repairOperators(file, { write: true });
  expect(tables.find(({ table }) => table === 'api_provider')).toMatchObject({
    before: 10,
    after: 8,
    added: 3,
    removed: 5,
  });
  expect(contentOf(file)).toEqual(contentOf(registryFile()));
});
