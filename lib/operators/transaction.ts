import type { DatabaseSync } from 'node:sqlite';

/**
 * Does something in one transaction without foreign keys, which a transaction cannot turn off itself: all of it, or nothing where it throws.
 *
 * @param keep whether what was done stays; asked for a trial, which leaves nothing. @default it stays
 */
export function inOneTransaction<T>(
  database: DatabaseSync,
  work: () => T,
  keep: (result: T) => boolean = () => true,
): T {
  database.exec('PRAGMA foreign_keys = OFF');
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec(keep(result) ? 'COMMIT' : 'ROLLBACK');
    return result;
  } catch (error) {
    // SQLite has ended it by itself where the disk is full.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    database.exec('PRAGMA foreign_keys = ON');
  }
}
