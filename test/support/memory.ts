import { accessSync, constants, statfsSync } from 'node:fs';

const MEMORY = '/dev/shm';
const MEMORY_BYTES = 2 * 2 ** 30;

/**
 * Shared memory, where there is plenty and nobody asked for another folder: for the server's data, and for the temporary files of tests, which make
 * and remove files by the thousand. Containers have 64 MB.
 */
export function folderInMemory(): string | undefined {
  if (process.platform !== 'linux' || process.env.TMPDIR) return undefined;
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bsize, bavail } = statfsSync(MEMORY);
    return bsize * bavail >= MEMORY_BYTES ? MEMORY : undefined;
  } catch {
    return undefined;
  }
}
