import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { isWholeArchive } from './cluster-archive.ts';

/** How old what nobody made anew must be to go, in ms: of versions that are no longer installed. */
const OLD_MS = 60 * 24 * 3_600_000;
/** How old a file that somebody was writing must be to go, in ms: its process was killed. */
const ABANDONED_MS = 10 * 60_000;
const EXTENSION = '.cluster';

/**
 * The folder for what this user can have made again at any time, as the platform has it, or undefined where there is none. A
 * home that is not ours, as root may have that of somebody else, gets no file of ours.
 */
export async function cacheFolder(): Promise<string | undefined> {
  const named = process.env.XDG_CACHE_HOME;
  if (named && path.isAbsolute(named)) return path.join(named, 'registry-jobs');
  const home = homedir();
  const found = await stat(home).catch(() => undefined);
  if (!found?.isDirectory() || (process.getuid && found.uid !== process.getuid())) return undefined;
  const places: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'Library/Caches',
    win32: 'AppData/Local',
  };
  return path.join(home, places[process.platform] ?? '.cache', 'registry-jobs');
}

/** The file of a cluster in a folder, by all that made it what it is. */
export function clusterFile(folder: string, madeOf: readonly string[]): string {
  const sum = createHash('sha256').update(JSON.stringify(madeOf)).digest('hex');
  return path.join(folder, `${sum.slice(0, 32)}${EXTENSION}`);
}

const reading = new Map<string, Promise<Buffer | undefined>>();

/**
 * The archive in a file, or undefined where there is none, or one that is not whole or that others could have changed. Servers that are started
 * together share what is read.
 */
export function readCluster(file: string): Promise<Buffer | undefined> {
  const begun = reading.get(file);
  if (begun) return begun;
  const own = readWhole(file).finally(() => reading.delete(file));
  reading.set(file, own);
  return own;
}

async function readWhole(file: string): Promise<Buffer | undefined> {
  try {
    if (!(await isOurs(path.dirname(file), 'folder')) || !(await isOurs(file, 'file'))) return undefined;
    const archive = await readFile(file);
    return isWholeArchive(archive) ? archive : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an archive can be kept in a file. Makes its folder. */
export async function canKeep(file: string): Promise<boolean> {
  const folder = path.dirname(file);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return await isOurs(folder, 'folder');
  } catch {
    return false;
  }
}

/**
 * Keeps an archive for the next one. It is written beside its place and gets its name when it is whole, so several may do so at once, and
 * what was there is replaced. Where it cannot be kept, it is not: whoever comes next makes it again.
 */
export async function keepCluster(file: string, archive: Buffer): Promise<void> {
  const folder = path.dirname(file);
  const making = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    if (!(await canKeep(file))) return;
    await removeOld(folder);
    await writeFile(making, archive, { flag: 'wx', mode: 0o600 });
    await rename(making, file);
  } catch {
    await rm(making, { force: true }).catch(() => {});
  }
}

/** Nobody else can have put it there or changed it; no link, whose target may be anybody's. */
async function isOurs(place: string, kind: 'folder' | 'file'): Promise<boolean> {
  const found = await lstat(place);
  if (kind === 'folder' ? !found.isDirectory() : !found.isFile()) return false;
  // Windows has neither; there the home itself keeps others out.
  return !process.getuid || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.includes(EXTENSION)) continue;
    const file = path.join(folder, name);
    const found = await lstat(file).catch(() => undefined);
    const age = Date.now() - (found?.mtimeMs ?? Date.now());
    if (age > (name.endsWith(EXTENSION) ? OLD_MS : ABANDONED_MS)) await rm(file, { force: true });
  }
}
