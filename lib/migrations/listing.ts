import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import { lookAt, otherThanFile } from '../files/place.ts';
import { count, shellWord } from '../text/format.ts';
import { importCommand } from './script/other-tools.ts';
import type { ScriptWarning } from './script/statement.ts';

/** What stands in a folder of migrations. */
export interface Listing {
  readonly files: readonly string[];
  /** SQL files in folders below it, relative to it. They are not read. */
  readonly below: readonly string[];
}

/** How deep below a folder is looked, and how many names are read there. */
const DEEPEST = 4;
const MOST_NAMES = 10_000;

/**
 * Lists a folder: its files in one order on every machine, and what SQL lies below it.
 *
 * @param shownAs how the folder is named in errors
 * @throws UsageError `no-migrations-folder`, `symlink-outside`, `symlink-broken`
 */
export async function listFolder(folder: string, shownAs: string): Promise<Listing> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new UsageError('no-migrations-folder', `The migrations folder ${shownAs} cannot be read.`, {
      hint: 'Name the folder, here or as REGISTRY_JOBS_MIGRATIONS: registry-jobs status --migrations DIR',
      cause,
    });
  }
  const home = await realpath(folder);
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      folders.push(entry.name);
      continue;
    }
    if (entry.isSymbolicLink() && !(await targetOf(folder, entry.name)).startsWith(home + path.sep)) {
      throw new UsageError('symlink-outside', `${entry.name} is a link that leaves ${folder}.`, {
        hint: 'Copy the file into the folder: what a deploy runs must be what was reviewed.',
      });
    }
    if (entry.name.endsWith('.sql')) assertFile(entry, path.join(folder, entry.name));
    files.push(entry.name);
  }
  // The order of a directory differs between file systems; reports and bundles must not.
  return { files: files.sort(), below: await findBelow(folder, folders) };
}

/** Reading a pipe would wait for ever. A name that leads to a file by a link is one. */
function assertFile(entry: Dirent, place: string): void {
  const other = entry.isFile() ? undefined : otherThanFile(lookAt(place));
  if (other)
    throw new UsageError('no-such-file', `${entry.name} is ${other}, and no file.`, { hint: 'Remove it.' });
}

async function findBelow(folder: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  let left = MOST_NAMES;
  const look = async (names: readonly string[], depth: number): Promise<void> => {
    for (const name of [...names].sort()) {
      // What cannot be read is not ours to complain of: it is not looked at in any case.
      const entries = await readdir(path.join(folder, name), { withFileTypes: true }).catch(() => []);
      left -= entries.length;
      if (left < 0) return;
      const visible = entries.filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules');
      for (const entry of visible)
        if (entry.isFile() && /\.sql$/i.test(entry.name)) found.push(path.posix.join(name, entry.name));
      const inner = visible.filter((entry) => entry.isDirectory());
      if (depth < DEEPEST)
        await look(
          inner.map((entry) => path.posix.join(name, entry.name)),
          depth + 1,
        );
    }
  };
  await look(folders, 1);
  return found;
}

/** What to know of SQL files that lie below a folder of migrations; nothing where there are none. Pure. */
export function describeSubfolders(shownAs: string, { below }: Listing): ScriptWarning | undefined {
  const [first, ...others] = below;
  if (first === undefined) return undefined;
  const what = others.length === 0 ? first : `${first} and ${others.length} more`;
  return {
    code: 'subfolder',
    message: `SQL files in folders below ${shownAs} are not migrations, and were not read: ${what}.`,
  };
}

/** Layouts of other tools, by a file that they have in a folder for each migration. */
const LAYOUTS: readonly { readonly tool: string; readonly file: RegExp }[] = [
  { tool: 'Prisma', file: /^[^/]+\/migration\.sql$/ },
  { tool: 'Diesel or Hasura', file: /^(?:[^/]+\/)?[^/]+\/up\.sql$/ },
];

/** The error for a folder without a migration: says what is there instead. Pure. */
export function noMigrations(shownAs: string, { files, below }: Listing): UsageError {
  const lacks = `${shownAs} holds no migration.`;
  const layout = LAYOUTS.find(({ file }) => below.some((name) => file.test(name)));
  if (layout) {
    const folders = new Set(below.map((name) => path.posix.dirname(name))).size;
    return new UsageError(
      'no-migrations',
      `${shownAs} holds no migration, but ${count(folders, 'folder')} as ${layout.tool} has them.`,
      {
        hint: `Have them written as files: ${importCommand(shownAs)}`,
      },
    );
  }
  const [first] = below;
  if (first !== undefined) {
    const folder = path.posix.join(shownAs, path.posix.dirname(first));
    return new UsageError(
      'no-migrations',
      `${lacks} ${count(below.length, 'SQL file')} in folders below it ${below.length === 1 ? 'was' : 'were'} not read.`,
      { hint: `Name the folder that has them: --migrations ${shellWord(folder)}` },
    );
  }
  const other = files.filter((name) => !/^readme(?:\.|$)/i.test(name));
  const found =
    other.length > 0
      ? ` What is there is none: ${other.slice(0, 3).join(', ')}${other.length > 3 ? ` and ${other.length - 3} more` : ''}.`
      : '';
  return new UsageError('no-migrations', `${lacks}${found}`, {
    hint: 'Create one with: registry-jobs new "title"',
  });
}

async function targetOf(folder: string, name: string): Promise<string> {
  try {
    return await realpath(path.join(folder, name));
  } catch (cause) {
    throw new UsageError('symlink-broken', `${name} in ${folder} is a link to nothing.`, {
      hint: 'Remove it, or copy the file into the folder.',
      cause,
    });
  }
}
