import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync, DatabaseSyncOptions } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { headOf } from '../files/place.ts';

/** What decides on how a file is read. */
export interface ReadingFacts {
  /** Whether it is written by way of a write-ahead log. */
  readonly isWal: boolean;
  /** Whether there is something in that log. */
  readonly hasLog: boolean;
  /** Whether the two files that reading it needs are there already: of somebody who is at work, say. */
  readonly hasBoth: boolean;
  /** Whether this user may write the file, and make files beside it. */
  readonly mayWrite: boolean;
}

/**
 * - `read-only`: as SQLite reads a file that it may not write
 * - `as-reader`: as one who might write and does not. Reading by way of a write-ahead log makes two files beside the database, which SQLite
 *   removes again only for those who might write
 * - `as-is`: without those two files, which cannot be made there: as long as nobody writes, nothing is missed
 */
export type Reading = 'read-only' | 'as-reader' | 'as-is';

/** Pure. */
export function howToRead({ isWal, hasLog, hasBoth, mayWrite }: ReadingFacts): Reading {
  // Of a log that is somebody else's, or was left by a kill, nothing is put in order: who reads changes nothing.
  if (!isWal || hasLog) return 'read-only';
  if (mayWrite) return 'as-reader';
  return hasBoth ? 'read-only' : 'as-is';
}

/** Looks at the file and what is beside it; of one that cannot be read nothing is known, and SQLite tells it. */
export function readingFacts(file: string): ReadingFacts {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  return {
    isWal: isWal(file),
    hasLog: (log?.size ?? 0) > 0,
    hasBoth: log !== undefined && existsSync(`${file}-shm`),
    mayWrite: mayWrite(file) && mayWriteBeside(file),
  };
}

/** Byte 18 of the format says how a file is written. */
function isWal(file: string): boolean {
  const WRITE_AHEAD = 2;
  return headOf(file, 19)[18] === WRITE_AHEAD;
}

/** Whether this user may make files beside it. */
export function mayWriteBeside(file: string): boolean {
  return mayWrite(path.dirname(path.resolve(file)));
}

/** Whether this user may write a file or a folder that is there. */
export function mayWrite(place: string): boolean {
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens a file to be read without a look at what is beside it. */
export function openAsIs(
  Database: typeof DatabaseSync,
  file: string,
  options: DatabaseSyncOptions,
): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return new Database(url, options);
}
