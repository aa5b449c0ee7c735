import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { throwIfStopped } from '../errors/stopped.ts';
import { isSqliteFile, isWithin, lookAt } from '../files/place.ts';
import type { OperatorsCreateReport } from '../reports/operators-create.ts';
import { isFullCode, noRoom } from '../sqlite/no-room.ts';
import { openSqlite } from '../sqlite/open.ts';
import { shellWord } from '../text/format.ts';
import type { OperatorsCheckOptions } from './check.ts';
import { removePart } from './left.ts';
import { openSource } from './load/source.ts';
import { RegistryWriter } from './load/writer.ts';
import { assertPlace, assertQuiet, claimPart, isOfSqlite, isThere, notWritten, takePlace } from './part.ts';
import { createSchema } from './schema.ts';

export interface OperatorsCreateOptions extends OperatorsCheckOptions {
  /** The file in the words of whoever named it. @default its path */
  readonly databaseShownAs?: string;
  /** Loads what is sound, and reports the rest, as the registry's own tools may be told to. @default nothing is written for an error */
  readonly permissive?: boolean;
  /** Takes the place of a file that is there. @default that is refused */
  readonly replace?: boolean;
}

/**
 * Makes the SQLite file of an operator registry of a tree of manifests, at the newest version of the schema. It is built beside its place,
 * and takes it as a whole: whenever this ends, by whatever, the file is the one that was there, or the new one.
 *
 * @param folder of the manifests, its path
 * @param file the path of the database
 * @returns what was made; with the status `failed` what is wrong, and nothing was written
 * @throws UsageError `manifests-folder`; RegistryJobsError `registry-exists`, `registry-inside`, `registry-busy`, `registry-journal`, `sqlite-missing`, `sqlite-open`, `stopped`,
 *   `not-written`
 */
export async function createOperators(
  folder: string,
  file: string,
  options: OperatorsCreateOptions = {},
): Promise<OperatorsCreateReport> {
  const { shownAs = folder, databaseShownAs: shown = file, permissive = false, replace = false } = options;
  const start = performance.now();
  const { findings, load } = openSource(folder, shownAs);
  const isReplaced = isThere(file);
  assertPlace(file, shown);
  assertOutside(folder, file, shownAs, shown);
  if (isReplaced && !replace) throw exists(shownAs, shown, permissive);
  assertReplaceable(file, shown);
  assertQuiet(file, shown);
  const stoppedAs = `Nothing was written: ${isReplaced ? `${shown} is as it was` : `there is no ${shown}`}`;
  const part = await claimPart(file, shown);
  let database: DatabaseSync | undefined;
  try {
    database = await openSqlite(part);
    const version = begin(database, shown);
    const writer = new RegistryWriter(database);
    const { signal, onFile } = options;
    const files = await load(writer, { withContents: true, signal, stoppedAs, onFile });
    const counts = {
      packages: writer.count('package'),
      channels: writer.count('channel'),
      bundles: writer.count('operatorbundle'),
    };
    const fails = findings.errors > 0 && !permissive;
    if (!fails) {
      database.exec('COMMIT');
      throwIfStopped(signal, `. ${stoppedAs}`);
      takePlace(part, file, shown);
    }
    return {
      command: 'operators create',
      status: fails ? 'failed' : 'created',
      folder: shownAs,
      database: shown,
      replaced: isReplaced,
      version,
      files,
      ...counts,
      durationMs: performance.now() - start,
      findings: findings.all(),
    };
  } catch (error) {
    if (isFullCode(error)) throw noRoom(file, shown, error);
    throw isOfSqlite(error) ? notWritten(shown, error) : error;
  } finally {
    database?.close();
    removePart(part);
  }
}

/**
 * Nobody else sees the file before it is whole, so nothing of it has to outlive the machine before that; the lock says that somebody works on
 * it, to whoever finds it.
 *
 * @returns the version
 */
function begin(database: DatabaseSync, shown: string): number {
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF');
  const version = createSchema(database, shown);
  database.exec('BEGIN EXCLUSIVE');
  return version;
}

/** The next run would read it as a manifest. */
function assertOutside(folder: string, file: string, shownAs: string, shown: string): void {
  if (!lookAt(folder)?.isDirectory() || !isWithin(file, folder)) return;
  const beside = path.join(shownAs, '..', path.basename(shown));
  throw new RegistryJobsError(
    'registry-inside',
    `${shown} would be in the folder of the manifests, ${shownAs}, whose files are all read as manifests. Nothing was written.`,
    {
      hint: `Have it beside the folder: registry-jobs operators create ${shellWord(shownAs)} --database ${shellWord(beside)}`,
    },
  );
}

/** Only a database is what this replaces: anything else was named by mistake. */
function assertReplaceable(file: string, shown: string): void {
  const found = lookAt(file);
  if (!found || found.size === 0 || isSqliteFile(file)) return;
  throw new RegistryJobsError(
    'registry-exists',
    `${shown} is there already, and is no SQLite database. It was not touched.`,
    { hint: 'Name another file: --database index.db' },
  );
}

function exists(folder: string, file: string, permissive: boolean): RegistryJobsError {
  const more = permissive ? ' --permissive' : '';
  return new RegistryJobsError('registry-exists', `${file} is there already. It was not touched.`, {
    hint: `Name another file, or replace it: registry-jobs operators create ${shellWord(folder)} --database ${shellWord(file)} --replace${more}`,
  });
}
