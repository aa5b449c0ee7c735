import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, lstatSync, openSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';
import { behindLinks, lookAt, otherThanFile } from '../files/place.ts';
import { shellWord } from '../text/format.ts';
import { clearLeft } from './left.ts';

/** Whether there is a file, or a link, of that name. */
export function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/**
 * What is put in the place of a folder, a pipe or a device takes it away.
 *
 * @throws RegistryJobsError `not-written`
 */
export function assertPlace(file: string, shown: string): void {
  const other = otherThanFile(lookAt(file));
  if (other) throw notWritten(shown, new Error(`it is ${other} and no file`));
}

/**
 * A journal beside the file belongs to the file that is there: SQLite would play it into the one that takes its place.
 *
 * @throws RegistryJobsError `registry-journal`
 */
export function assertQuiet(file: string, shown: string): void {
  for (const end of ['-journal', '-wal']) {
    const beside = statSync(behindLinks(file) + end, { throwIfNoEntry: false });
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
  const place = behindLinks(file);
  try {
    if (await clearLeft(place)) {
      throw new RegistryJobsError('registry-busy', `Another run makes ${shown} at this moment.`, {
        hint: 'Wait for it, and run this again.',
      });
    }
  } catch (error) {
    throw error instanceof RegistryJobsError ? error : notWritten(shown, error);
  }
  const part = partOf(place);
  try {
    closeSync(openSync(part, 'wx'));
  } catch (cause) {
    throw notWritten(shown, cause);
  }
  return part;
}

/** A name beside the place that nobody else has. */
export function partOf(place: string): string {
  return path.join(path.dirname(place), `.${path.basename(place)}.${randomBytes(4).toString('hex')}.part`);
}

/**
 * Puts what was built in its place, once it is on the disk.
 *
 * @throws RegistryJobsError `not-written`
 */
export function takePlace(part: string, file: string, shown: string): void {
  const place = behindLinks(file);
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

const FULL = 'Make room, or name a file on another disk; see how much room there is: df -h';

/** Says that nothing could be written, and why. */
export function notWritten(shown: string, cause: unknown): RegistryJobsError {
  const [reason] = (cause as Error).message.split(',');
  return new RegistryJobsError('not-written', `${shown} cannot be written: ${reason}.`, {
    hint:
      (cause as { code?: unknown }).code === 'ENOSPC'
        ? FULL
        : 'Name a file in a folder that exists and that you may write to.',
    cause,
  });
}
