import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { explainUse } from './open.ts';

/**
 * Does something in one transaction without foreign keys, which a transaction cannot turn off itself: all of it, or nothing where it throws.
 *
 * @param shownAs the file in the words of whoever named it
 * @param keep whether what was done stays; asked for a trial, which leaves nothing. @default it stays
 * @throws RegistryJobsError `registry-busy`, `registry-unusable`, `sqlite-read-only`, and what the work throws
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
    throw error instanceof RegistryJobsError
      ? error
      : explainUse(error, database.location() ?? shownAs, shownAs);
  } finally {
    database.exec('PRAGMA foreign_keys = ON');
  }
}
