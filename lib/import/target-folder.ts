import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RegistryJobsError, UsageError } from '../errors/error.ts';
import { listed } from '../text/format.ts';
import type { TargetFile } from './targets.ts';

/**
 * Finds out which files are to be written. What is there must be what would be written, byte for byte: then an import that was broken off
 * can go on, and nothing is ever overwritten.
 *
 * @returns those that are not there yet
 * @throws UsageError `not-empty`
 */
export async function findMissing(
  folder: string,
  shownAs: string,
  targets: readonly TargetFile[],
): Promise<TargetFile[]> {
  const there = (await readdir(folder).catch(noneIfMissing(shownAs))).filter(
    (name) => !name.startsWith('.') && !/^readme(\.|$)/i.test(name),
  );
  const byName = new Map(targets.map((target) => [target.name, target]));
  const wrong: string[] = [];
  const equal = new Set<string>();
  for (const name of there.sort()) {
    const target = byName.get(name);
    const bytes = target && (await readFile(path.join(folder, name)).catch(() => undefined));
    if (bytes && Buffer.compare(bytes, target.bytes) === 0) equal.add(name);
    else wrong.push(target ? `${name} (with another text)` : name);
  }
  if (wrong.length > 0) {
    throw new UsageError('not-empty', `${shownAs} holds other files already: ${listed(wrong)}.`, {
      hint: 'Nothing was written, and nothing is ever overwritten. Name a folder that is new or empty.',
    });
  }
  return targets.filter(({ name }) => !equal.has(name));
}

/**
 * Writes files that are not there yet.
 *
 * @throws RegistryJobsError `file-not-written`; the files before the one that is named stay, and importing again goes on after them
 */
export async function writeTargets(
  folder: string,
  shownAs: string,
  targets: readonly TargetFile[],
): Promise<void> {
  let current = shownAs;
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, bytes } of targets) {
      current = path.join(shownAs, name);
      await writeNew(path.join(folder, name), bytes);
    }
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new RegistryJobsError('file-not-written', `${current} could not be written${reason}.`, {
      hint: 'See what stands in the way, then import again: what is written already stays, and is not written twice.',
      cause,
    });
  }
}

/** A file that is cut short must not stay: the next import would take it for somebody else's. */
async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { flag: 'wx' });
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isTaken) await rm(file, { force: true });
    throw error;
  }
}

function noneIfMissing(shownAs: string) {
  return (cause: NodeJS.ErrnoException): string[] => {
    if (cause.code === 'ENOENT') return [];
    const what = cause.code === 'ENOTDIR' ? 'is not a folder' : 'cannot be read';
    throw new UsageError('not-empty', `${shownAs} ${what}.`, {
      hint: 'Name a folder that is new or empty.',
      cause,
    });
  };
}
