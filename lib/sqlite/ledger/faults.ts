import type { DatabaseSync } from 'node:sqlite';
import { type ErrorReport, RegistryJobsError, toErrorReport } from '../../errors/error.ts';
import { shellWord } from '../../text/format.ts';
import { listViolations, readViolations } from '../attempt/foreign-keys.ts';

/**
 * What `quick_check` and `foreign_key_check` find: reads the whole file.
 *
 * @param shownAs the file as it was named
 */
export function findFaults(database: DatabaseSync, shownAs: string): ErrorReport[] {
  const faults: ErrorReport[] = [];
  const check = database
    .prepare('PRAGMA quick_check(5)')
    .all()
    .map((row) => String(Object.values(row)[0]));
  if (!(check.length === 1 && check[0] === 'ok')) {
    const error = new RegistryJobsError(
      'sqlite-damaged',
      'The file is damaged, as quick_check of SQLite says:',
      {
        detail: check.map((line) => `- ${line}`).join('\n'),
        hint: `Take the last copy that is whole, or save what can be read: sqlite3 ${shellWord(shownAs)} .recover`,
      },
    );
    faults.push(toErrorReport(error));
  }
  const violations = readViolations(database);
  if (violations.length > 0) {
    const error = new RegistryJobsError('foreign-keys-violated', 'Foreign keys lead nowhere:', {
      detail: listViolations(violations),
      hint: 'Write a migration that mends these rows, or makes the keys anew.',
    });
    faults.push(toErrorReport(error));
  }
  return faults;
}
