import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { shellWord } from '../text/format.ts';

/**
 * Does something in one transaction without foreign keys, which a transaction cannot turn off itself: all of it, or nothing where it throws.
 *
 * @param shownAs the file in the words of whoever named it
 * @param keep whether what was done stays; asked for a trial, which leaves nothing. @default it stays
 * @throws RegistryJobsError `registry-busy`, `registry-unusable`, and what the work throws
 */
export function inOneTransaction<T>(
  database: DatabaseSync,
  shownAs: string,
  work: () => T,
  keep: (result: T) => boolean = () => true,
): T {
  database.exec('PRAGMA foreign_keys = OFF');
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec(keep(result) ? 'COMMIT' : 'ROLLBACK');
    return result;
  } catch (error) {
    // SQLite has ended it by itself where the disk is full.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error instanceof RegistryJobsError ? error : explained(error, shownAs);
  } finally {
    database.exec('PRAGMA foreign_keys = ON');
  }
}

const BUSY = 5;

function explained(cause: unknown, shownAs: string): unknown {
  const { errcode, message } = cause as { errcode?: number; message?: string };
  if (errcode === undefined) return cause;
  // The lower byte is the kind of the error.
  if ((errcode & 0xff) === BUSY) {
    return new RegistryJobsError(
      'registry-busy',
      `${shownAs} is written by another process, and was for as long as we waited. Nothing was changed.`,
      { hint: `Wait for it, and run this again. Who has it open: fuser -v ${shellWord(shownAs)}`, cause },
    );
  }
  return new RegistryJobsError(
    'registry-unusable',
    `${shownAs} could not be read or written: ${message}. Nothing was changed.`,
    { hint: `See whether the file is whole: sqlite3 ${shellWord(shownAs)} 'PRAGMA integrity_check'`, cause },
  );
}
