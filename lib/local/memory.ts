import { accessSync, constants, statfsSync } from 'node:fs';

const MEMORY = '/dev/shm';
const MEMORY_BYTES = 2 * 2 ** 30;

/**
 * Shared memory, where there is plenty and nobody asked for another folder: for data that is thrown away, whose files are made and removed by
 * the thousand. Containers have 64 MB.
 *
 * @returns nothing where the folder for temporary files will do
 */
export function folderInMemory(): string | undefined {
  if (process.platform !== 'linux' || process.env.TMPDIR) return undefined;
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bsize, bavail } = statfsSync(MEMORY);
    // What a container may use is not what its file system says.
    return Math.min(bsize * bavail, process.availableMemory()) >= MEMORY_BYTES ? MEMORY : undefined;
  } catch {
    return undefined;
  }
}
