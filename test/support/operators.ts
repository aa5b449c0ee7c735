import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type OperatorFile, readOperatorPairs } from '../../lib/operators/pairs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const pairs = readOperatorPairs();
const fixtures = path.join(import.meta.dirname, '../fixtures/operators');

const made = new Map<number | 'full', Uint8Array>();

/** A registry at version 13 with the rows of test/fixtures/operators/registry.sql. */
export function registryFile(): string {
  return fileOf('full', (database) => {
    step(database, -1, 13);
    database.exec('PRAGMA foreign_keys = OFF');
    database.exec(readFileSync(path.join(fixtures, 'registry.sql'), 'utf8'));
  });
}

/** A registry without rows, at a version of the schema. */
export function emptyRegistryFile(version = 13): string {
  return fileOf(version, (database) => step(database, -1, version));
}

/** Each kind is made once, and copied. */
function fileOf(kind: number | 'full', make: (database: DatabaseSync) => void): string {
  const file = path.join(temporaryFolder(), 'index.db');
  const bytes =
    made.get(kind) ??
    inDatabase(file, (database) => {
      make(database);
      return database.serialize();
    });
  made.set(kind, bytes);
  writeFileSync(file, bytes);
  return file;
}

/** The tables and rows of before version 0, without a ledger. */
export function eraFile(more = ''): string {
  const file = path.join(temporaryFolder(), 'index.db');
  inDatabase(file, (database) => {
    database.exec('PRAGMA foreign_keys = OFF');
    database.exec(readFileSync(path.join(fixtures, 'era.sql'), 'utf8') + more);
  });
  return file;
}

export function inDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  // Nothing of a test has to reach the disk.
  database.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY');
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Runs the halves of the pairs between two versions as the engine does: a transaction each, its row in the ledger, every key looked at. */
export function step(database: DatabaseSync, from: number, to: number): void {
  const way = to > from ? 'up' : 'down';
  const between = pairs.filter(
    ({ version }) => version > Math.min(from, to) && version <= Math.max(from, to),
  );
  for (const pair of way === 'up' ? between : between.reverse()) {
    runFile(database, pair[way], way === 'up' ? pair.version : pair.version - 1);
  }
}

function runFile(database: DatabaseSync, { file, sql, foreignKeysOff }: OperatorFile, version: number): void {
  const broken = () => {
    try {
      return database.prepare('PRAGMA foreign_key_check').all().length;
    } catch {
      // Keys that name no key, of before version 0.
      return undefined;
    }
  };
  const before = broken();
  database.exec(`PRAGMA foreign_keys = ${foreignKeysOff ? 'OFF' : 'ON'}; BEGIN IMMEDIATE`);
  database.exec(sql);
  const after = broken();
  if (before !== undefined && (after === undefined || after > before)) {
    throw new Error(`${file}: ${before} rows referred to nothing, ${after} do now`);
  }
  database.exec(`
    CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP);
    DELETE FROM schema_migrations;
    ${version < 0 ? '' : `INSERT INTO schema_migrations (version) VALUES (${version});`}
    COMMIT;
  `);
}

/** Every row of every table with its storage classes, and the schema: what is equal here is equal for everybody. */
export function contentOf(file: string): Record<string, readonly string[]> {
  return inDatabase(file, (database) => {
    const objects = database.prepare('SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL').all();
    const schema = objects.map(({ type, name, sql }) => `${type} ${name}: ${plain(String(sql))}`).sort();
    const tables = objects.filter(({ type, name }) => type === 'table' && name !== 'schema_migrations');
    const rows = tables.map(({ name }) => [String(name), rowsOf(database, String(name))] as const);
    return { schema, ...Object.fromEntries(rows) };
  });
}

/** The rows of a table, as SQL would write them, in order. */
export function rowsOf(database: DatabaseSync, table: string): readonly string[] {
  const columns = database.prepare('SELECT name FROM pragma_table_info(?) ORDER BY name').all(table);
  const list = columns.map(({ name }) => `'${name} ' || quote("${name}")`).join(` || ', ' || `);
  const rows = database.prepare(`SELECT ${list} AS row FROM "${table}"`).all();
  return rows.map(({ row }) => String(row)).sort();
}

/** A table in a line: columns, `*` for those of its key, and what they refer to. */
export function shapesOf(file: string): string[] {
  return inDatabase(file, (database) => {
    const objects = database.prepare('SELECT type, name, tbl_name AS tab FROM sqlite_master').all();
    return objects
      .filter(({ name }) => !/^(sqlite_|schema_migrations|registry_jobs_kept_)/.test(String(name)))
      .map(({ type, name, tab }) =>
        type === 'table' ? shapeOf(database, String(name)) : `${type} ${name} on ${tab}`,
      )
      .sort();
  });
}

function shapeOf(database: DatabaseSync, table: string): string {
  const columns = database.prepare('SELECT name, pk FROM pragma_table_info(?)').all(table);
  const unique = database
    .prepare(
      "SELECT info.name FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info WHERE list.origin = 'u'",
    )
    .all(table);
  const keys = database
    .prepare(
      `SELECT group_concat("from", '+') || ' -> ' || "table" || ' ' || group_concat("to", '+')
        || CASE on_delete WHEN 'CASCADE' THEN ' cascade' ELSE '' END AS text
      FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id ORDER BY 1`,
    )
    .all(table);
  const list = columns.map(
    ({ name, pk }) => `${name}${pk ? '*' : ''}${unique.some((it) => it.name === name) ? '!' : ''}`,
  );
  return [`${table}: ${list.join(' ')}`, ...keys.map(({ text }) => text)].join('; ');
}

/** How a statement is laid out, and whether a name is quoted, is no part of the schema. */
function plain(sql: string): string {
  return sql
    .replace(/"(\w+)"/g, '$1')
    .replace(/\s+/g, ' ')
    .replace(/\s*([(),])\s*/g, '$1')
    .toLowerCase();
}
