import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';

const BEAT_MS = 1_000;
/** Many beats, for a machine that is busy or was asleep. */
const STALE_MS = 10_000;

/** Who holds the lock of a folder, by what its file says. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When it was taken, as UTC in ISO 8601. */
  readonly since: string;
  /** Whether it is a process that we could see and end: of this machine and this container. */
  readonly isHere: boolean;
}

export interface FolderLock {
  release(): void;
}

/** The file of a folder's lock. */
export function lockFile(home: string): string {
  return path.join(home, 'keeper.pid');
}

/**
 * Takes the lock of a folder, or returns undefined while another process holds it.
 *
 * Whoever holds it touches its file every second, and a file that nobody touches is no lock. The process id alone would
 * not do: after a restart, and in a container above all, some other process has the number of one that was killed.
 */
export async function takeFolderLock(home: string): Promise<FolderLock | undefined> {
  const file = lockFile(home);
  // No two locks have the same text.
  const word = randomBytes(12).toString('base64url');
  const text = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    ...{ container: container(), word },
  });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(file, text, { flag: 'wx' });
      return hold(file, text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = await read(file);
    if (found && !found.isStale) return undefined;
    if (found && (await takeOver(file, text, found.text))) return hold(file, text);
  }
  return undefined;
}

/** Who holds the lock of a folder at this moment. */
export async function readFolderLock(home: string): Promise<LockHolder | undefined> {
  const found = await read(lockFile(home));
  return found && !found.isStale ? found.holder : undefined;
}

function hold(file: string, text: string): FolderLock {
  const beat = setInterval(() => {
    const now = new Date();
    // It may be gone, with its folder.
    utimes(file, now, now).catch(() => {});
  }, BEAT_MS);
  beat.unref();
  const release = () => {
    clearInterval(beat);
    process.off('exit', release);
    // Nobody else's: ours may have been taken over while this machine was asleep.
    try {
      if (readFileSync(file, 'utf8') === text) rmSync(file);
    } catch {
      // Gone with its folder.
    }
  };
  process.on('exit', release);
  return { release };
}

interface FoundLock {
  readonly text: string;
  readonly isStale: boolean;
  readonly holder: LockHolder | undefined;
}

async function read(file: string): Promise<FoundLock | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const holder = parse(text);
    // Also one from the future, after a clock was set back.
    const isOld = Math.abs(Date.now() - mtimeMs) > STALE_MS;
    return { text, isStale: isOld || (holder?.isHere === true && !isAlive(holder.pid)), holder };
  } catch {
    return undefined;
  }
}

/** Undefined for a file that is just being written, and for that of an earlier version. */
function parse(text: string): LockHolder | undefined {
  try {
    const { pid, host, since, container: where } = JSON.parse(text);
    if (typeof pid !== 'number') return undefined;
    return { pid, host, since, isHere: host === hostname() && where === container() };
  } catch {
    return undefined;
  }
}

/**
 * Puts our lock in the place of a stale one, in one step: at no time is there none that somebody else could take for free. Several may find
 * the same stale one, so only who has the file beside it looks once more and does it.
 */
async function takeOver(file: string, text: string, stale: string): Promise<boolean> {
  const next = `${file}.next`;
  try {
    await writeFile(next, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Left by a process that was killed just then; whoever comes next has it free.
    const left = await read(next);
    if (left?.isStale) await rm(next, { force: true });
    return false;
  }
  if ((await read(file))?.text === stale) {
    await rename(next, file);
    return true;
  }
  await rm(next, { force: true });
  return false;
}

/** Tells the process ids of a container from those of its neighbours, on Linux. */
function container(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
