import { constants, type Stats } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import path from 'node:path';

/** A folder with `bin`, `lib` and `share`, and what tells it from others. */
export interface NativeFolder {
  readonly folder: string;
  /** Version and platform, fit for a file name. */
  readonly name: string;
}

/** How old what a killed process left must be, so that nobody is still at work on it. */
const ABANDONED_MS = 10 * 60_000;

/** Needed to build against Postgres, not to run it. */
const isSpare = (file: string) => file.startsWith('include') || /\.a$|pkgconfig/.test(file);

/**
 * Copies the programs into `place`, below a name that says which they are, unless they are there. Every process may do so
 * at the same time: a copy is made under a name of its own, and gets its name when it is whole.
 *
 * The copy is run by another user and kept, so it is used only where nobody else can have put or changed it: it and `place`
 * belong to root, and nobody else may write into them (into `place` only if it is sticky).
 *
 * @throws Error with a reason to show
 */
export async function copyPrograms(source: NativeFolder, place: string): Promise<string> {
  // Through a link, which /var/tmp is on some machines.
  assertSafe(place, await stat(place), { mayBeSticky: true });
  const target = path.join(place, `registry-jobs-postgres-${source.name}`);
  const files = await list(source.folder);
  if (await isWhole(target, files)) return target;
  await removeAbandoned(target);
  const making = await mkdtemp(`${target}.`);
  try {
    await copyFiles(source.folder, making, files);
    // Whatever was there lacks a file, so it is of no use to anybody who has not started from it.
    if (!(await isWhole(target, files))) await rename(target, `${making}.old`).catch(() => {});
    await rename(making, target);
  } catch (error) {
    // Somebody else was faster.
    if (!(await isWhole(target, files))) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
    await rm(`${making}.old`, { recursive: true, force: true });
  }
  return target;
}

interface SourceFile {
  readonly name: string;
  readonly kind: 'folder' | 'link' | 'file';
  readonly size: number;
  readonly isExecutable: boolean;
}

async function list(folder: string): Promise<SourceFile[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => !isSpare(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const found = await lstat(path.join(folder, name));
      const kind = found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'file';
      const isExecutable = (found.mode & 0o111) !== 0 || name.startsWith('bin/');
      return { name, kind, size: kind === 'folder' ? 0 : found.size, isExecutable };
    }),
  );
}

/** Modes are set and not left to the umask, which may close the copy to the user that it is for. */
async function copyFiles(from: string, to: string, files: readonly SourceFile[]): Promise<void> {
  for (const { name, kind, isExecutable } of files) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    if (kind === 'link') {
      await symlink(await readlink(source), target);
      continue;
    }
    if (kind === 'folder') await mkdir(target);
    else await copyFile(source, target, constants.COPYFILE_FICLONE);
    await chmod(target, kind === 'folder' || isExecutable ? 0o755 : 0o644);
  }
  await chmod(to, 0o755);
}

/** @throws Error if it is there and not ours */
async function isWhole(target: string, files: readonly SourceFile[]): Promise<boolean> {
  const folder = await lstat(target).catch(() => undefined);
  if (!folder) return false;
  assertSafe(target, folder, { mayBeSticky: false });
  const sizes = await Promise.all(
    files.map(async ({ name, kind, size }) => {
      const found = await lstat(path.join(target, name)).catch(() => undefined);
      return found !== undefined && (kind === 'folder' ? found.isDirectory() : found.size === size);
    }),
  );
  return sizes.every(Boolean);
}

function assertSafe(name: string, found: Stats, { mayBeSticky }: { mayBeSticky: boolean }): void {
  if (!found.isDirectory()) throw new Error(`${name} is not a folder`);
  if (found.uid !== process.getuid?.())
    throw new Error(`${name} belongs to the user with the id ${found.uid}`);
  const isSticky = (found.mode & 0o1000) !== 0;
  if ((found.mode & 0o022) !== 0 && !(mayBeSticky && isSticky))
    throw new Error(`${name} can be changed by others`);
}

async function removeAbandoned(target: string): Promise<void> {
  const prefix = `${path.basename(target)}.`;
  const place = path.dirname(target);
  for (const name of (await readdir(place)).filter((each) => each.startsWith(prefix))) {
    const folder = path.join(place, name);
    const found = await lstat(folder).catch(() => undefined);
    if (found && found.uid === process.getuid?.() && Date.now() - found.mtimeMs > ABANDONED_MS)
      await rm(folder, { recursive: true, force: true });
  }
}
