import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { SqliteSettings } from '../../settings/settings.ts';
import { openSqlite } from '../open.ts';
import { mayWrite } from '../reading.ts';
import { isBusy } from './errors.ts';
import { openToRead } from './open-to-read.ts';

/** The connections of a session. */
export interface Files {
  /** To read: no file is made, and nothing written. */
  reader(): Promise<DatabaseSync>;
  /** Runs `work` on a connection that may write, and makes the file where there is none. */
  write<T>(work: (database: DatabaseSync) => T): Promise<T>;
  /** Whether nobody is writing at this moment. Looks, and changes nothing. */
  isFree(): Promise<boolean>;
  /** Reads anew: what was read may be the empty database that stands for a file that was not there. */
  forget(): void;
  close(): void;
}

/** Opens each when it is asked for. */
export function createFiles(settings: SqliteSettings): Files {
  let reader: Promise<DatabaseSync> | undefined;
  const forget = () => {
    const open = reader;
    reader = undefined;
    // One that could not be opened is nothing to close.
    open?.then((database) => database.close()).catch(() => {});
  };
  return {
    reader: () => {
      reader ??= openToRead(settings);
      return reader;
    },
    write: async (work) => {
      // It may be the empty one that stands for a file that is not there yet.
      forget();
      const database = await openSqlite(settings.file, {}, settings.shownAs);
      try {
        return work(database);
      } finally {
        database.close();
      }
    },
    isFree: async () => {
      // Who may not write it has nothing to wait for, and would leave files beside it by trying.
      if (!existsSync(settings.file) || !mayWrite(settings.file)) return true;
      try {
        const database = await openSqlite(settings.file, { timeoutMs: 0 }, settings.shownAs);
        try {
          database.exec('BEGIN IMMEDIATE; ROLLBACK;');
          return true;
        } finally {
          database.close();
        }
      } catch (error) {
        // Whatever else is wrong is told by who reads or writes.
        return !isBusy(error);
      }
    },
    forget,
    close: forget,
  };
}
