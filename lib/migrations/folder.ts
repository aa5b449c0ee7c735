import { readFileSync } from 'node:fs';
import path from 'node:path';
import { RegistryJobsError, toErrorReport, UsageError } from '../errors/error.ts';
import { throwProblems } from '../errors/problems.ts';
import { type BrokenDown, collectMigrations, type NamedScript, readFileNames } from './collect.ts';
import { type CompiledMigrations, FORMAT_VERSION } from './compiled.ts';
import { type FileName, INITIAL_SCHEMA, parseFileName } from './file-name.ts';
import { describeSubfolders, listFolder, noMigrations } from './listing.ts';
import { decodeSql } from './script/decode.ts';
import type { Script } from './script/statement.ts';
import { UnparsedScript } from './unparsed.ts';

export interface CompileOptions {
  /** A file outside the folder that is loaded into an empty database, instead of the folder's `initial_schema.sql`. */
  readonly initialSchema?: { readonly file: string; readonly shownAs: string };
  /** Whether the files are only read: whoever asks for their statements has them parsed before, see `parseNow`. @default false */
  readonly later?: boolean;
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
  { initialSchema, later = false }: CompileOptions = {},
): Promise<CompiledMigrations> {
  const listing = await listFolder(folder, shownAs);
  const home = shownAs.split(path.sep).join('/');
  const names = readFileNames(listing.files, home);
  if (names.size === 0 && initialSchema === undefined) throw noMigrations(shownAs, listing);
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
  const { scripts, broken } = await parseAll(later ? onlyRead(parse) : parse, sources);
  const warning = describeSubfolders(shownAs, listing);
  return {
    formatVersion: FORMAT_VERSION,
    folder: shownAs,
    migrations: collectMigrations(scripts, broken),
    ...(warning && { warnings: [warning] }),
  };
}

interface Source {
  readonly name: FileName;
  readonly file: string;
  readonly shownAs: string;
}

/** Stands for the file until it is parsed. */
function onlyRead(parse: ParseScript): ParseScript {
  return async (file, text) => new UnparsedScript(file, text, () => parse(file, text));
}

/** Parses every file before anything is refused, so that all problems are told at once. */
async function parseAll(
  parse: ParseScript,
  sources: readonly Source[],
): Promise<{ scripts: NamedScript[]; broken: BrokenDown[] }> {
  const scripts: NamedScript[] = [];
  const broken: BrokenDown[] = [];
  const problems: RegistryJobsError[] = [];
  for (const { name, file, shownAs } of sources) {
    try {
      const bytes = readSource(file, shownAs);
      scripts.push({ name, script: await parse(shownAs, decodeSql(bytes, shownAs)) });
    } catch (error) {
      if (!(error instanceof RegistryJobsError)) throw error;
      // A way back that nobody goes keeps nobody from going forward.
      if (name.style === 'down') broken.push({ name, file: shownAs, problem: toErrorReport(error) });
      else problems.push(error);
    }
  }
  throwProblems(problems);
  return { scripts, broken };
}

/** At once: each wait is longer than the read. Ten thousand small files took 0.8 s instead of 0.04. */
function readSource(file: string, shownAs: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError('no-such-file', `${shownAs} cannot be read.`, { hint: 'Correct its name.', cause });
  }
}
