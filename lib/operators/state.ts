import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { shellWord } from '../text/format.ts';

/** Who wrote down which version the file has: the registry's tools, golang-migrate before them, or nobody. */
export type RegistryLedger = 'operator-registry' | 'golang-migrate' | 'none';

/** Which version of the schema a file has, and how that is known. */
export interface RegistryState {
  /** -1 before version 0: without tables, or with those of the time before versions. */
  readonly version: number;
  readonly ledger: RegistryLedger;
  /** The version that golang-migrate has: a number of files that are not these. */
  readonly replaced?: string;
}

/** Before the first one. */
export const NO_VERSION = -1;

/**
 * Finds out which version a file has. The ledger of the registry's tools says it; golang-migrate's numbers are of other files, and files
 * without a ledger say nothing, so that their tables have to.
 *
 * @param file as it was named, for messages
 * @param newest the highest version that is known
 * @throws RegistryJobsError `not-an-operator-registry`, `dirty`, `registry-newer`, `registry-shape`
 */
export function readRegistryState(database: DatabaseSync, file: string, newest: number): RegistryState {
  const tables = versionsOfTables(database);
  const columns = columnsOf(database, 'schema_migrations');
  if (columns.has('dirty')) {
    const replaced = readGolangMigrate(database, file);
    return { version: tables[0], ledger: 'golang-migrate', ...(replaced !== undefined && { replaced }) };
  }
  const row = columns.has('version')
    ? database.prepare('SELECT CAST(version AS TEXT) AS version FROM schema_migrations LIMIT 1').get()
    : undefined;
  const isRegistry =
    columnsOf(database, 'operatorbundle').size > 0 || columnsOf(database, KEPT_BUNDLES).size > 0;
  if (!isRegistry) {
    throw new RegistryJobsError(
      'not-an-operator-registry',
      `${file} has no table operatorbundle: it is no operator registry.`,
      { hint: 'Name the file of an operator registry: registry-jobs operators migrate index.db' },
    );
  }
  if (row === undefined) return { version: tables[0], ledger: 'none' };
  const version = Number(row.version);
  if (version > newest) {
    throw new RegistryJobsError(
      'registry-newer',
      `${file} is at version ${row.version}; ${newest} is the newest that is known here.`,
      {
        hint: `The last version that its own tools have is 13. Look at the row: sqlite3 ${shellWord(file)} 'SELECT * FROM schema_migrations'`,
      },
    );
  }
  if (version < tables[0] || version > tables[1]) {
    const found = tables[0] === tables[1] ? `version ${tables[0]}` : `version ${tables[0]} or ${tables[1]}`;
    throw new RegistryJobsError(
      'registry-shape',
      `${file} says that it is at version ${row.version}, but its tables are those of ${found}.`,
      {
        hint: `Where the tables are right, say so: sqlite3 ${shellWord(file)} 'UPDATE schema_migrations SET version = ${tables[1]}'`,
      },
    );
  }
  return { version, ledger: 'operator-registry' };
}

const KEPT_BUNDLES = 'registry_jobs_kept_0_operatorbundle';

/** The row of golang-migrate; it has none before its first file, and after the last one was undone. */
function readGolangMigrate(database: DatabaseSync, file: string): string | undefined {
  const row = database
    .prepare('SELECT CAST(version AS TEXT) AS version, CAST(dirty AS TEXT) AS dirty FROM schema_migrations')
    .get();
  if (row === undefined) return undefined;
  // It is written as text, or as a number.
  if (!['true', '1'].includes(String(row.dirty).toLowerCase())) return String(row.version);
  throw new RegistryJobsError(
    'dirty',
    `${file}: golang-migrate calls version ${row.version} dirty: one of its files failed there.`,
    {
      hint: `Look whether the tables are whole; then say so, and run this again: sqlite3 ${shellWord(file)} "UPDATE schema_migrations SET dirty = 'false'"`,
    },
  );
}

/** The first and the last version that has such tables: 10 and 13 changed rows only. */
function versionsOfTables(database: DatabaseSync): readonly [number, number] {
  const bundle = columnsOf(database, 'operatorbundle');
  const has = (table: string, column?: string) => {
    const columns = columnsOf(database, table);
    return column === undefined ? columns.size > 0 : columns.has(column);
  };
  const only = (version: number): readonly [number, number] => [version, version];
  if (bundle.size === 0) return only(NO_VERSION);
  if (has('deprecated')) return [12, 13];
  if (bundle.has('substitutesfor')) return only(11);
  if (has('properties')) return [9, 10];
  if (has('dependencies')) return only(8);
  if (bundle.has('replaces')) return only(7);
  if (has('api_provider', 'operatorbundle_name')) return only(6);
  if (bundle.has('version')) return only(5);
  const cascades = database
    .prepare("SELECT 1 FROM pragma_foreign_key_list('related_image') WHERE on_delete = 'CASCADE'")
    .get();
  if (cascades) return only(4);
  if (has('api_requirer')) return only(3);
  if (bundle.has('bundlepath')) return only(2);
  // Before version 0 one column refers to channel(name), which is no key: those keys have to be made anew.
  const keys = database.prepare("SELECT count(*) AS columns FROM pragma_foreign_key_list('package')").get();
  if (keys?.columns === 1) return only(NO_VERSION);
  return only(has('related_image') ? 1 : 0);
}

function columnsOf(database: DatabaseSync, table: string): ReadonlySet<string> {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  return new Set(rows.map(({ name }) => String(name)));
}
