import { closeSync, existsSync, openSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../sqlite/open.ts';

/** What is built beside a place, and takes it: `.index.db.1f9c4a7e.part`; what is no database has a lock beside it, `.part-lock`. */
const PART = /^\.(.+)\.[0-9a-f]{8}\.part(?:-lock)?$/;

/**
 * Removes what runs that were killed have left of what they built for this place. What a run that is alive builds stays.
 *
 * @param place its path, without links
 * @returns whether another run builds it at this moment
 * @throws Error of the system, where the folder cannot be read or written
 */
export async function clearLeft(place: string): Promise<boolean> {
  const [folder, name] = [path.dirname(place), path.basename(place)];
  const mine = readdirSync(folder).filter((one) => PART.exec(one)?.[1] === name);
  let isBuilt = false;
  for (const part of new Set(mine.map((one) => one.replace(/-lock$/, '')))) {
    const left = path.join(folder, part);
    const isHeld = (await isLocked(lockOf(left))) || (await isLocked(left));
    if (isHeld) isBuilt = true;
    else removePart(left);
  }
  return isBuilt;
}

/** A database, or a file or folder with a lock beside it; what SQLite may have laid beside it goes too. */
export function removePart(part: string): void {
  for (const end of ['', '-lock', '-journal', '-wal', '-shm']) {
    if (existsSync(part + end)) rmSync(part + end, { recursive: true, force: true });
  }
}

/**
 * Says that somebody builds this, as long as it is open: a lock goes with its process, whatever ends that.
 *
 * @throws Error of the system, where no file can be made there
 */
export async function lockPart(part: string): Promise<DatabaseSync> {
  closeSync(openSync(lockOf(part), 'wx'));
  const lock = await openSqlite(lockOf(part));
  lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  return lock;
}

function lockOf(part: string): string {
  return `${part}-lock`;
}

/** A run that is alive holds a lock; what was killed is half of something, or nothing. */
async function isLocked(file: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  try {
    const database = await openSqlite(file, { timeoutMs: 0 });
    database.close();
    return false;
  } catch (error) {
    const SQLITE_BUSY = 5;
    return ((error as Error).cause as { errcode?: number } | undefined)?.errcode === SQLITE_BUSY;
  }
}
