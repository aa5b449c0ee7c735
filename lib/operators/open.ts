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
    (await openSqlite(file, { readOnly: true, timeoutMs }, shownAs)).close();
    return await openSqlite(file, { timeoutMs }, shownAs);
  } catch (error) {
    throw orNamed(error, 'migrate');
  }
}

/** The same error, with what to name for a command of registries. */
export function orNamed(error: unknown, command: 'inspect' | 'migrate'): unknown {
  if (!(error instanceof RegistryJobsError) || error.code !== 'sqlite-open') return error;
  return new RegistryJobsError('sqlite-open', error.message, {
    hint: `Name the file of an operator registry: registry-jobs operators ${command} index.db`,
    cause: error,
  });
}
