import { type FileName, parseFileName } from '../../migrations/file-name.ts';
import { findWaysBack } from '../../migrations/ways-back.ts';

/** The version of a file, and its title where the version does not hold it. */
export interface ListedVersion {
  readonly version: string;
  readonly title?: string;
}

/**
 * The versions that a folder's files have, in the order in which they are applied. What is no migration, has a bad name or is a way back is
 * left out, and nothing is complained of: somebody is typing. Pure.
 *
 * @param names of the files, in any order
 */
export function listVersions(names: readonly string[]): ListedVersion[] {
  const waysBack = findWaysBack(names, '');
  const found = names.filter((name) => !waysBack.has(name)).flatMap((name) => meaningOf(name) ?? []);
  const forward = found.filter(({ style }) => style !== 'down' && style !== 'initial');
  return forward
    .sort(inOrder)
    .map(({ version, title }) => (version.includes(title) ? { version } : { version, title }));
}

function meaningOf(name: string): FileName | undefined {
  try {
    return parseFileName(name);
  } catch {
    return undefined;
  }
}

/** Repeatable files, which have no number, come last. */
function inOrder(one: FileName, other: FileName): number {
  if (one.number !== undefined && other.number !== undefined) return one.number < other.number ? -1 : 1;
  if (one.number === other.number) return one.version < other.version ? -1 : 1;
  return one.number === undefined ? 1 : -1;
}
