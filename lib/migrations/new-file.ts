import { UsageError } from '../errors/error.ts';
import { readFileNames } from './collect.ts';
import type { FileName } from './file-name.ts';
import { NEW_FILE_HEADER } from './migration.ts';

/** A file that does not exist yet. */
export interface NewFile {
  readonly name: string;
  readonly content: string;
}

const PLAIN = `-- Write it so that running it twice does no harm: IF NOT EXISTS, CREATE OR REPLACE, ON CONFLICT.`;

/**
 * Names the next migration of a folder. Pure.
 *
 * @param existing the names of the folder's files
 * @param versioned a pair also where the folder has plain files, or none. A folder of pairs gets pairs: counted on, or with the time as version
 * @throws UsageError `bad-title`
 */
export function newMigration(
  title: string,
  existing: readonly string[],
  versioned: boolean,
  now: Date,
): NewFile[] {
  const slug = title
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (slug === '') {
    throw new UsageError('bad-title', `"${title}" has no letter or digit to name a file by.`, {
      hint: 'Say what the migration does: registry-jobs new "add alert types"',
    });
  }
  const found = [...readFileNames(existing)];
  const plain = found.filter(([, { style }]) => style === 'plain');
  const pairs = found.filter(([, { style }]) => style === 'up');
  const taken = new Set(found.map(([, { number }]) => number));
  const isPair = versioned || (pairs.length > 0 && plain.length === 0);
  if (!isPair) {
    const name = `${following(plain, taken)}_${slug}.sql`;
    return [{ name, content: `${NEW_FILE_HEADER}\n${PLAIN}\n\n` }];
  }
  const highest = pairs.reduce((most, [, { number = 0n }]) => (number > most ? number : most), 0n);
  // A folder that counts goes on counting.
  const counts = pairs.length > 0 && highest < 1_000_000n;
  const version = counts ? following(pairs, taken) : now.toISOString().replace(/\D/g, '').slice(0, 14);
  return [
    { name: `${version}_${slug}.up.sql`, content: `${NEW_FILE_HEADER}\n\n` },
    { name: `${version}_${slug}.down.sql`, content: `-- Undoes ${version}_${slug}.up.sql.\n\n` },
  ];
}

/** The number after the highest of these, as wide as they are. */
function following(
  files: readonly [name: string, meaning: FileName][],
  taken: ReadonlySet<bigint | undefined>,
): string {
  let next = files.reduce((highest, [, { number = 0n }]) => (number > highest ? number : highest), 0n) + 1n;
  while (taken.has(next)) next++;
  const width = Math.max(files.length > 0 ? 1 : 3, ...files.map(([name]) => name.indexOf('_')));
  return next.toString().padStart(width, '0');
}
