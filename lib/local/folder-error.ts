import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';

/** A folder that an embedded Postgres needs, and what its user may do about it. */
export interface NeededFolder {
  readonly path: string;
  /** For data that is thrown away: the folder for temporary files. Otherwise the settings named it. */
  readonly isTemporary: boolean;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'there is no room left',
  EDQUOT: "this user's share of the disk is used up",
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'it is a file',
};

/**
 * Does something to a folder, and tells in one sentence when it cannot be done.
 *
 * @throws RegistryJobsError `unwritable-folder`; what is no fault of the folder stays as it is
 */
export async function inFolder<T>(folder: NeededFolder, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw REASONS[code] === undefined ? cause : unwritableFolder(folder, code, cause);
  }
}

/** The error for a folder, by the code of the operating system. */
export function unwritableFolder(
  { path: folder, isTemporary }: NeededFolder,
  code: string,
  cause?: unknown,
): RegistryJobsError {
  const other = isTemporary
    ? 'ame another folder for temporary files: export TMPDIR=/path/to/folder'
    : 'ame another folder, in the .env file: REGISTRY_JOBS_EMBEDDED=/path/to/folder. Or name a server: --database-url postgres://USER@HOST/DATABASE';
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new RegistryJobsError(
    'unwritable-folder',
    `The embedded Postgres cannot write into ${folder}: ${REASONS[code] ?? 'it failed'} (${code}).`,
    { hint: isFull ? `Make room there (100 MB are enough), or n${other}` : `N${other}`, cause },
  );
}

/** Makes a folder and those above it. Node's own way to do that takes a read-only file system for a missing folder. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((await stat(folder).catch(() => undefined))?.isDirectory()) return;
    if (code !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    await makeFolder(path.dirname(folder));
    await makeFolder(folder);
  }
}
