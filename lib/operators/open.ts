import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { openSqlite } from '../sqlite/open.ts';

/**
 * Opens a file that has to be there: SQLite would make an empty one of a name that is mistyped.
 *
 * @param shownAs the file in the words of whoever named it
 * @param timeoutMs how long to wait for another process that writes, in milliseconds
 * @throws RegistryJobsError `sqlite-missing`, `sqlite-open`
 */
export async function openExisting(file: string, shownAs: string, timeoutMs: number): Promise<DatabaseSync> {
  try {
    (await openSqlite(file, { readOnly: true, timeoutMs })).close();
    return await openSqlite(file, { timeoutMs });
  } catch (cause) {
    if (!(cause instanceof RegistryJobsError) || cause.code !== 'sqlite-open') throw cause;
    throw new RegistryJobsError(
      'sqlite-open',
      cause.message.replace(file, () => shownAs),
      {
        hint: 'Name the file of an operator registry: registry-jobs operators migrate index.db',
        cause,
      },
    );
  }
}
