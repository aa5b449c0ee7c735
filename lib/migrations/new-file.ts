import { UsageError } from '../errors/error.ts';
import { readFileNames } from './collect.ts';

/** A file that does not exist yet. */
export interface NewFile {
  readonly name: string;
  readonly content: string;
}

const HEADER = `-- Runs in one transaction, together with its row in schema_migrations.`;
const PLAIN = `-- Write it so that running it twice does no harm: IF NOT EXISTS, CREATE OR REPLACE, ON CONFLICT.`;

/**
 * Names the next migration of a folder. Pure.
 *
 * @param existing the names of the folder's files
 * @param versioned a pair with a version made of the time, rather than the next `NNN_title.sql`
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
  if (versioned) {
    const version = now.toISOString().replace(/\D/g, '').slice(0, 14);
    return [
      { name: `${version}_${slug}.up.sql`, content: `${HEADER}\n\n` },
      { name: `${version}_${slug}.down.sql`, content: `-- Undoes ${version}_${slug}.up.sql.\n\n` },
    ];
  }
  const found = [...readFileNames(existing)];
  const plain = found.filter(([, { style }]) => style === 'plain');
  const taken = new Set(found.map(([, { number }]) => number));
  let next = plain.reduce((highest, [, { number = 0n }]) => (number > highest ? number : highest), 0n) + 1n;
  while (taken.has(next)) next++;
  const width = Math.max(3, ...plain.map(([name]) => name.indexOf('_')));
  const number = next.toString().padStart(width, '0');
  return [{ name: `${number}_${slug}.sql`, content: `${HEADER}\n${PLAIN}\n\n` }];
}
