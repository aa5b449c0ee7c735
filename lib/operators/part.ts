import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';
import { openSqlite } from '../sqlite/open.ts';
import { shellWord } from '../text/format.ts';

/** What is built beside a file, and takes its place: `.index.db.1f9c4a7e.part`. */
const PART = /^\.(.+)\.[0-9a-f]{8}\.part$/;

/** Behind a link, which stays one. */
function target(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** Whether there is a file, or a link, of that name. */
export function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/**
 * A journal beside the file belongs to the file that is there: SQLite would play it into the one that takes its place.
 *
 * @throws RegistryJobsError `registry-journal`
 */
export function assertQuiet(file: string, shown: string): void {
  for (const end of ['-journal', '-wal']) {
    const beside = statSync(target(file) + end, { throwIfNoEntry: false });
    if (beside === undefined || beside.size === 0) continue;
    throw new RegistryJobsError(
      'registry-journal',
      `${shown}${end} is beside ${shown}: somebody works with it, or was stopped while he did.`,
      {
        hint: `Where nobody does, have SQLite tidy up: sqlite3 ${shellWord(shown)} .schema`,
      },
    );
  }
}

/**
 * Names the file to be built, and removes what runs that were killed have left of theirs.
 *
 * @throws RegistryJobsError `registry-busy` while another run builds the same file; `not-written` where the folder is not there
 */
export async function claimPart(file: string, shown: string): Promise<string> {
  const [folder, name] = [path.dirname(target(file)), path.basename(target(file))];
  let beside: string[];
  try {
    beside = readdirSync(folder);
  } catch (cause) {
    throw notWritten(shown, cause);
  }
  for (const one of beside.filter((it) => PART.exec(it)?.[1] === name)) {
    const left = path.join(folder, one);
    if (await isAtWork(left)) {
      throw new RegistryJobsError('registry-busy', `Another run makes ${shown} at this moment.`, {
        hint: 'Wait for it, and run this again.',
      });
    }
    removePart(left);
  }
  const part = path.join(folder, `.${name}.${randomBytes(4).toString('hex')}.part`);
  try {
    closeSync(openSync(part, 'wx'));
  } catch (cause) {
    throw notWritten(shown, cause);
  }
  return part;
}

/** A run that is alive holds a lock on what it builds; what was killed is half a database, or none. */
async function isAtWork(part: string): Promise<boolean> {
  try {
    const database = await openSqlite(part, { timeoutMs: 0 });
    database.close();
    return false;
  } catch (error) {
    const SQLITE_BUSY = 5;
    return ((error as Error).cause as { errcode?: number } | undefined)?.errcode === SQLITE_BUSY;
  }
}

/**
 * Puts what was built in its place, once it is on the disk.
 *
 * @throws RegistryJobsError `not-written`
 */
export function takePlace(part: string, file: string, shown: string): void {
  const place = target(file);
  try {
    const before = statSync(place, { throwIfNoEntry: false });
    if (before) chmodSync(part, before.mode & 0o777);
    sync(part);
    renameSync(part, place);
  } catch (cause) {
    throw notWritten(shown, cause);
  }
  try {
    sync(path.dirname(place));
  } catch {
    // Not every system lets a folder be written out by itself.
  }
}

/** What SQLite may have laid beside it goes too. */
export function removePart(part: string): void {
  for (const end of ['', '-journal', '-wal', '-shm']) {
    if (existsSync(part + end)) rmSync(part + end, { force: true });
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** An error of SQLite itself: a disk that is full, say. */
export function isOfSqlite(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR';
}

/** Says that nothing could be written, and why. */
export function notWritten(shown: string, cause: unknown): RegistryJobsError {
  const [reason] = (cause as Error).message.split(',');
  return new RegistryJobsError('not-written', `${shown} cannot be written: ${reason}.`, {
    hint: 'Name a file in a folder that exists and that you may write to.',
    cause,
  });
}
