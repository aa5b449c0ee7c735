import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { Io } from './io.ts';

/**
 * Writes a file that somebody named, whole or not at all.
 *
 * @throws UsageError `not-written`
 */
export async function writeWhole({ folder }: Pick<Io, 'folder'>, file: string, text: string): Promise<void> {
  const target = path.resolve(folder, file);
  // What the terminal or another process is behind cannot be put in the place of.
  const isDevice = target.startsWith('/dev/');
  const part = isDevice ? target : `${target}.part`;
  try {
    await writeFile(part, text);
    if (!isDevice) await rename(part, target);
  } catch (error) {
    if (!isDevice) await rm(part, { force: true }).catch(() => {});
    throw notWritten(file, error);
  }
}

export function notWritten(file: string, cause: unknown): UsageError {
  // What comes after it names the file as the system was asked for it.
  const [reason] = (cause as Error).message.split(',');
  return new UsageError('not-written', `${file} cannot be written: ${reason}`, {
    hint: 'Name a file in a folder that exists and that you may write to.',
    cause,
  });
}
