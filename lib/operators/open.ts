import type { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../sqlite/open.ts';

/**
 * Opens a file that has to be there: SQLite would make an empty one of a name that is mistyped.
 *
 * @throws RegistryJobsError `sqlite-missing`, `sqlite-open`
 */
export async function openExisting(file: string): Promise<DatabaseSync> {
  (await openSqlite(file, { readOnly: true })).close();
  return openSqlite(file);
}
