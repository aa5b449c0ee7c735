import type { DatabaseSync } from 'node:sqlite';
import type { Changes } from './changes.ts';

const COLUMNS = [
  ...['name', 'csv', 'bundle', 'bundlepath', 'skiprange'],
  ...['version', 'replaces', 'skips', 'substitutesfor'],
];

/** Gives the bundles their keys again: a way down that only copied rows loses them, and every later write fails. */
export function repairKeys(database: DatabaseSync, changes: Changes): void {
  const { rows } = database.prepare('SELECT count(*) AS rows FROM operatorbundle').get() ?? {};
  const columns = database.prepare("SELECT name, pk FROM pragma_table_info('operatorbundle')").all();
  if (columns.find(({ name }) => name === 'name')?.pk === 0) {
    const list = COLUMNS.join(', ');
    database.exec(`
      CREATE TABLE registry_jobs_new_operatorbundle (
        name TEXT PRIMARY KEY,
        ${COLUMNS.slice(1)
          .map((column) => `${column} TEXT`)
          .join(', ')}
      );
      INSERT INTO registry_jobs_new_operatorbundle (${list}) SELECT ${list} FROM operatorbundle ORDER BY rowid;
      DROP TABLE operatorbundle;
      ALTER TABLE registry_jobs_new_operatorbundle RENAME TO operatorbundle;
    `);
    changes.note('operatorbundle', 'changed', 'has its primary key again', undefined, Number(rows));
  }
  const index = database
    .prepare("SELECT 1 FROM pragma_index_list('operatorbundle') WHERE name = 'pk' AND \"unique\" = 1")
    .get();
  if (index) return;
  database.exec(`
    DROP INDEX IF EXISTS pk;
    CREATE UNIQUE INDEX pk ON operatorbundle(name, version, bundlepath);
  `);
  changes.note('operatorbundle', 'changed', 'has its index pk again', undefined, Number(rows));
}

/**
 * Does something without the triggers of the two tables of APIs: where one of these tables is empty, they take every API away with a single
 * row. Afterwards they are there again, word for word.
 */
export function withoutTriggers<T>(database: DatabaseSync, work: () => T): T {
  const triggers = database
    .prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('api_provider', 'api_requirer')",
    )
    .all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER "${String(name).replaceAll('"', '""')}"`);
  const result = work();
  for (const { sql } of triggers) database.exec(String(sql));
  return result;
}

const LOOKED_UP = [
  ...['api_provider', 'api_requirer', 'related_image', 'dependencies', 'properties', 'channel_entry'].map(
    (table) => [table, 'operatorbundle_name'] as const,
  ),
  ['operatorbundle', 'replaces'] as const,
];

/** Does something with the rows of a bundle at hand: its tables have no index by its name, and each would be read for each bundle. */
export function withIndexes(database: DatabaseSync, work: () => void): void {
  for (const [table, column] of LOOKED_UP)
    database.exec(`CREATE INDEX registry_jobs_by_${table} ON ${table}(${column})`);
  work();
  for (const [table] of LOOKED_UP) database.exec(`DROP INDEX registry_jobs_by_${table}`);
}
