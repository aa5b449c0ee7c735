import type { DatabaseSync } from 'node:sqlite';
import { type ErrorReport, RegistryJobsError, toErrorReport } from '../../errors/error.ts';
import { listViolations, readViolations } from '../attempt/foreign-keys.ts';
import { damaged } from '../damaged.ts';
import { isSqliteError } from '../session/errors.ts';

/**
 * What `quick_check` and `foreign_key_check` find: reads the whole file.
 *
 * @param shownAs the file as it was named
 */
export function findFaults(database: DatabaseSync, shownAs: string): ErrorReport[] {
  const found = quickCheck(database);
  // What is said of the rows of a damaged file would be a guess.
  if (found.length > 0) {
    const detail = found.map((line) => `- ${line}`).join('\n');
    return [toErrorReport(damaged(shownAs, { detail }))];
  }
  const violations = readViolations(database);
  if (violations.length === 0) return [];
  const error = new RegistryJobsError('foreign-keys-violated', 'Foreign keys lead nowhere:', {
    detail: listViolations(violations),
    hint: 'Write a migration that mends these rows, or makes the keys anew.',
  });
  return [toErrorReport(error)];
}

/** The first few things; none where it is whole. */
function quickCheck(database: DatabaseSync): string[] {
  try {
    const lines = database
      .prepare('PRAGMA quick_check(5)')
      .all()
      .map((row) => String(Object.values(row)[0]));
    return lines.length === 1 && lines[0] === 'ok' ? [] : lines;
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    return [error.message];
  }
}
