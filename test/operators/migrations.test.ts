import { expect, test } from 'vitest';
import {
  contentOf,
  emptyRegistryFile,
  eraFile,
  inDatabase,
  registryFile,
  type rowsOf,
  shapesOf,
  step,
} from '../support/operators.ts';
import { shapes } from './shapes.ts';

const versions = Object.keys(shapes).map(Number);

/** Rows and values that no manifest and no entry tells. */
const UNTOLD = `
  UPDATE operatorbundle SET skiprange = 'kept', replaces = 'kept', skips = NULL, substitutesfor = 'kept' WHERE name LIKE 'kettle%';
  UPDATE operatorbundle SET skiprange = NULL, replaces = NULL, substitutesfor = NULL WHERE name LIKE 'water%';
  UPDATE operatorbundle SET version = 'kept', bundlepath = NULL WHERE name = 'spoon';
  INSERT INTO related_image VALUES ('by:hand', 'spoon'), ('by:hand', 'spoon'), ('of:nobody', NULL);
  INSERT INTO api_requirer SELECT * FROM api_provider WHERE operatorbundle_name = 'water.v0.1.0';
  DELETE FROM api_provider WHERE operatorbundle_name = 'kettle.v1.0.0';
  INSERT INTO properties VALUES ('olm.deprecated', '{}', 'water.v0.1.0', '0.1.0', NULL), ('x', X'00FF', 'spoon', NULL, '');
  INSERT INTO deprecated VALUES ('spoon'), (NULL);
  INSERT INTO dependencies VALUES
    ('olm.gvk', CAST('{"version":"v1","type":"olm.gvk","group":"g","kind":"K"}' AS BLOB), 'spoon', NULL, NULL),
    ('olm.gvk', '{"version":"v1","group":"g","kind":"K"}', 'spoon', NULL, NULL),
    ('olm.gvk', X'FF00', 'spoon', NULL, NULL), ('olm.constraint', '{"type":"olm.constraint"}', 'spoon', NULL, NULL),
    ('olm.gvk', '{"type":"olm.gvk","version":"v1","group":"g","kind":"K"}', 'gone', NULL, NULL);
  DELETE FROM api_requirer WHERE kind = 'Plug';
  DELETE FROM api WHERE kind = 'Plug';`;

test.each([...versions.slice(0, -1), -1])('from 13 to %i and back nothing is lost', (version) => {
  const file = registryFile();
  inDatabase(file, (database) => database.exec(`PRAGMA foreign_keys = OFF; ${UNTOLD}`));
  const before = contentOf(file);
  inDatabase(file, (database) => {
    step(database, 13, version);
    step(database, version, 13);
  });
  expect(contentOf(file)).toEqual(before);
});

test.each(versions)(
  'version %i has the keys, indexes and triggers that it has always had, both ways',
  (version) => {
    const shape = [...(shapes[version] ?? [])].sort();
    expect(shapesOf(emptyRegistryFile(version))).toEqual(shape);
    const file = registryFile();
    inDatabase(file, (database) => step(database, 13, version));
    expect(shapesOf(file)).toEqual(shape);
  },
);

test('at 13 nothing is left of what the ways down have kept', () => {
  const file = registryFile();
  inDatabase(file, (database) => {
    step(database, 13, 0);
    expect(tablesOf(database).filter((name) => name.startsWith('registry_jobs_')).length).toBeGreaterThan(10);
    step(database, 0, 13);
    expect(tablesOf(database).filter((name) => name.startsWith('registry_jobs_'))).toEqual([]);
  });
});

test('a file of before version 0 gets what its manifests say, with the right keys', () => {
  const file = eraFile();
  inDatabase(file, (database) => {
    expect(() => database.prepare('PRAGMA foreign_key_check').all()).toThrow('foreign key mismatch');
    step(database, -1, 13);
    expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    expect(
      all(
        database,
        'SELECT name, bundlepath, skiprange, version, replaces, skips, substitutesfor FROM operatorbundle ORDER BY name',
      ),
    ).toEqual([
      // In no channel: its csv tells.
      ['alone', '', '', '', 'together', 'apart,aside', ''],
      ['broken', '', '', '', '', '', ''],
      ['cup.v1', '', '', '1.0.0', '', '', 'cup.v0'],
      ['cup.v2', '', '<2.0.0', '2.0.0', 'cup.v1', 'cup.v1.5', ''],
    ]);
    expect(all(database, 'SELECT * FROM related_image ORDER BY 2, 1')).toEqual([
      ['cup:1', 'cup.v1'],
      ['cup:2', 'cup.v2'],
      ['init:2', 'cup.v2'],
      ['saucer:2', 'cup.v2'],
    ]);
    expect(all(database, 'SELECT * FROM api ORDER BY 1')).toEqual([
      ['cup.example', 'v1', 'Cup', 'cups'],
      ['leaf.example.org', 'v1', 'Tea', 'teas'],
      ['power.example', 'v1', 'Plug', 'plugs'],
    ]);
    expect(all(database, 'SELECT * FROM api_provider ORDER BY operatorbundle_name')).toEqual([
      ['cup.example', 'v1', 'Cup', 'cup.v1', '1.0.0', null],
      ['cup.example', 'v1', 'Cup', 'cup.v2', '2.0.0', null],
    ]);
    // Each has its own value, and the bytes that loaders write.
    expect(
      all(database, 'SELECT type, CAST(value AS TEXT), typeof(value), operatorbundle_name FROM dependencies'),
    ).toEqual([
      ['olm.gvk', '{"group":"leaf.example.org","kind":"Tea","version":"v1"}', 'blob', 'cup.v2'],
      ['olm.gvk', '{"group":"power.example","kind":"Plug","version":"v1"}', 'blob', 'cup.v2'],
    ]);
    // As an API is looked for: by text.
    expect(
      all(
        database,
        `SELECT operatorbundle_name FROM properties
        WHERE type = 'olm.gvk' AND value = '{"group":"cup.example","kind":"Cup","version":"v1"}' ORDER BY 1`,
      ),
    ).toEqual([['cup.v1'], ['cup.v2']]);
    expect(all(database, "SELECT value FROM properties WHERE type = 'olm.package' ORDER BY 1")).toEqual([
      ['{"packageName":"cup","version":"1.0.0"}'],
      ['{"packageName":"cup","version":"2.0.0"}'],
    ]);
    expect(all(database, 'SELECT * FROM channel_entry')).toHaveLength(5);
  });
});

test('a file that stops at 8 has the dependencies that tools of 8 read, each its own', () => {
  inDatabase(eraFile(), (database) => {
    step(database, -1, 8);
    expect(all(database, 'SELECT CAST(value AS TEXT), typeof(value) FROM dependencies')).toEqual([
      ['{"group":"leaf.example.org","kind":"Tea","type":"olm.gvk","version":"v1"}', 'blob'],
      ['{"group":"power.example","kind":"Plug","type":"olm.gvk","version":"v1"}', 'blob'],
    ]);
  });
});

test('down to 8 a dependency on an API has its type in its value again', () => {
  const file = registryFile();
  inDatabase(file, (database) => {
    step(database, 13, 8);
    const values = all(database, 'SELECT CAST(value AS TEXT), typeof(value) FROM dependencies ORDER BY 1');
    expect(values).toEqual([
      ['{"group":"power.example","kind":"Plug","type":"olm.gvk","version":"v1"}', 'blob'],
      ['{"group":"tea.example","kind":"Kettle","type":"olm.gvk","version":"v1"}', 'blob'],
      ['{"group":"well.example","kind":"Water","type":"olm.gvk","version":"v1"}', 'blob'],
      ['{"group":"well.example","kind":"Water","type":"olm.gvk","version":"v1"}', 'blob'],
      ['{"packageName":"cups","version":">1.0"}', 'blob'],
    ]);
  });
});

test('a newer file without a ledger is not taken for one of before version 0, which would drop its columns', () => {
  const file = registryFile();
  const before = contentOf(file);
  inDatabase(file, (database) => {
    expect(() => step(database, -1, 0)).toThrow('operatorbundle has columns of a newer version');
    database.exec('ROLLBACK');
  });
  expect(contentOf(file)).toEqual(before);
});

test('what another tool does while the file is older is respected on the way up', () => {
  const file = registryFile();
  inDatabase(file, (database) => {
    step(database, 13, 5);
    database.exec('PRAGMA foreign_keys = ON');
    // Removed and added again, with another csv, as "overwrite" does; another one removed; a new one added.
    database.exec(`
      UPDATE channel SET head_operatorbundle_name = 'kettle.v1.1.0' WHERE name = 'stable';
      DELETE FROM channel_entry WHERE entry_id < 6;
      DELETE FROM operatorbundle WHERE name IN ('kettle.v1.2.0', 'spoon');
      INSERT INTO operatorbundle (name, csv, bundlepath, skiprange, version)
      VALUES ('kettle.v1.2.0', '{"spec":{"version":"1.2.0","replaces":"other"}}', 'quay.example/new', '', '1.2.0'),
        ('cup', '{"spec":{"version":"3.0.0"}}', 'quay.example/cup', '', '3.0.0');
    `);
    step(database, 5, 13);
    expect(
      all(
        database,
        "SELECT name, bundlepath, replaces, substitutesfor FROM operatorbundle WHERE name IN ('kettle.v1.2.0', 'spoon', 'cup', 'water.v0.0.9') ORDER BY name",
      ),
    ).toEqual([
      ['cup', 'quay.example/cup', '', ''],
      ['kettle.v1.2.0', 'quay.example/new', 'other', ''],
      ['water.v0.0.9', 'quay.example/well/water:0.0.9', '', ''],
    ]);
    for (const table of ['api_requirer', 'dependencies', 'properties']) {
      const names = all(database, `SELECT DISTINCT operatorbundle_name FROM ${table}`).flat();
      expect(names).not.toContain('kettle.v1.2.0');
      expect(names).not.toContain('spoon');
    }
    // What nobody touched is as it was, with what no manifest holds.
    expect(all(database, "SELECT type FROM properties WHERE operatorbundle_name = 'kettle.v1.0.0'")).toEqual([
      ['olm.gvk'],
      ['olm.package'],
      ['olm.package'],
      ['olm.deprecated'],
    ]);
    expect(all(database, 'SELECT * FROM deprecated')).toEqual([['kettle.v1.0.0'], ['kettle.v0.1.0']]);
  });
});

test('a deprecation whose bundle was cut off goes in 13; one that 13 has stays', () => {
  const file = emptyRegistryFile(12);
  inDatabase(file, (database) => {
    database.exec("INSERT INTO deprecated VALUES ('cut off')");
    step(database, 12, 13);
    expect(all(database, 'SELECT * FROM deprecated')).toEqual([]);
    database.exec("INSERT INTO deprecated VALUES ('removed later')");
    step(database, 13, 12);
    step(database, 12, 13);
    expect(all(database, 'SELECT * FROM deprecated')).toEqual([['removed later']]);
  });
});

function all(database: Parameters<typeof rowsOf>[0], sql: string): unknown[][] {
  return database
    .prepare(sql)
    .all()
    .map((row) => Object.values(row));
}

function tablesOf(database: Parameters<typeof rowsOf>[0]): string[] {
  return all(database, "SELECT name FROM sqlite_master WHERE type = 'table'").map(([name]) => String(name));
}
