import type { DatabaseSync } from 'node:sqlite';

/** The tables behind virtual ones, which come and go with these. */
export function shadowTables(database: DatabaseSync, schema = 'main'): string[] {
  const rows = database
    .prepare("SELECT name FROM pragma_table_list WHERE type = 'shadow' AND schema = ?")
    .all(schema);
  return rows.map(({ name }) => String(name));
}
