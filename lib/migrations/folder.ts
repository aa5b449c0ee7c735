import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { RegistryJobsError, UsageError } from '../errors/error.ts';
import { collectMigrations, readFileNames, throwProblems } from './collect.ts';
import { type CompiledMigrations, FORMAT_VERSION } from './compiled.ts';
import { type FileName, INITIAL_SCHEMA, parseFileName } from './file-name.ts';
import { decodeSql } from './script/decode.ts';
import type { Script } from './script/statement.ts';

export interface CompileOptions {
  /** A file outside the folder that is loaded into an empty database, instead of the folder's `initial_schema.sql`. */
  readonly initialSchema?: { readonly file: string; readonly shownAs: string };
}

/** Reads the statements of a file. It belongs to the database that the file is for. */
export type ParseScript = (file: string, text: string) => Promise<Script>;

/**
 * Reads and parses a folder of migrations.
 *
 * @param parse the parser of the database
 * @param shownAs how files are named in reports and errors
 * @throws UsageError for a folder that cannot be read, and for every problem that can be seen without a database.
 */
export async function readFolder(
  parse: ParseScript,
  folder: string,
  shownAs: string,
  { initialSchema }: CompileOptions = {},
): Promise<CompiledMigrations> {
  const names = readFileNames(await listFiles(folder, initialSchema === undefined));
  const home = shownAs.split(path.sep).join('/');
  const sources = [...names]
    .filter(([, { style }]) => style !== 'initial' || initialSchema === undefined)
    .map(
      ([file, name]): Source => ({
        name,
        file: path.join(folder, file),
        shownAs: path.posix.join(home, file),
      }),
    );
  const name = parseFileName(INITIAL_SCHEMA);
  if (initialSchema && name) sources.unshift({ name, ...initialSchema });
  return {
    formatVersion: FORMAT_VERSION,
    folder: shownAs,
    migrations: collectMigrations(await parseAll(parse, sources)),
  };
}

interface Source {
  readonly name: FileName;
  readonly file: string;
  readonly shownAs: string;
}

/** Parses every file before anything is refused, so that all problems are told at once. */
async function parseAll(
  parse: ParseScript,
  sources: readonly Source[],
): Promise<{ name: FileName; script: Script }[]> {
  const scripts: { name: FileName; script: Script }[] = [];
  const problems: RegistryJobsError[] = [];
  for (const { name, file, shownAs } of sources) {
    try {
      const bytes = await readSource(file, shownAs);
      scripts.push({ name, script: await parse(shownAs, decodeSql(bytes, shownAs)) });
    } catch (error) {
      if (!(error instanceof RegistryJobsError)) throw error;
      problems.push(error);
    }
  }
  throwProblems(problems);
  return scripts;
}

async function readSource(file: string, shownAs: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new UsageError('no-such-file', `${shownAs} cannot be read.`, { hint: 'Correct its name.', cause });
  }
}

async function listFiles(folder: string, mustHoldSome: boolean): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new UsageError('no-migrations-folder', `The migrations folder ${folder} cannot be read.`, {
      hint: 'Name the folder with --migrations DIR.',
      cause,
    });
  }
  const home = await realpath(folder);
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() || entry.name.startsWith('.')) continue;
    if (entry.isSymbolicLink() && !(await targetOf(folder, entry.name)).startsWith(home + path.sep)) {
      throw new UsageError('symlink-outside', `${entry.name} is a link that leaves ${folder}.`, {
        hint: 'Copy the file into the folder: what a deploy runs must be what was reviewed.',
      });
    }
    files.push(entry.name);
  }
  if (mustHoldSome && readFileNames(files).size === 0) {
    throw new UsageError('no-migrations', `${folder} holds no migration.`, {
      hint: 'Create one with: registry-jobs new "title"',
    });
  }
  // The order of a directory differs between file systems; reports and bundles must not.
  return files.sort();
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
