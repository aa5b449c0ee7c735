import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Migration } from '../migrations/migration.ts';
import { worthwhile } from '../plan/lanes.ts';
import { MOST_STOPS } from '../plan/stops.ts';
import { findVersion } from '../plan/versions.ts';
import { PROVE_CHECKS, type ProveCheck } from '../reports/prove.ts';
import type { Settings } from '../settings/settings.ts';
import { nearest } from '../text/nearest.ts';
import { type ReadRows, type RowsOptions, readRows } from './prove-rows.ts';

/** What is to be proved, as the command line and the library are asked for it. Paths are relative to the current folder. */
export interface ProveRequest extends RowsOptions {
  /** Only these are judged: names, paths, versions or numbers; those before and after them are applied. @default all */
  readonly files?: readonly string[];
  /** Files are judged from this one on: its name, path, version or number. Not beside `files`. @default the first */
  readonly from?: string;
  /** What is done beside running each file once. @default all */
  readonly checks?: readonly ProveCheck[];
  /** After how many statements at the most a file is stopped, beside the last one; `Infinity` for each, 0 for none. @default 200 */
  readonly mostStops?: number;
  /** The largest table whose rows are compared, in bytes. @default 64 MB on copies of a database, else no table is too large */
  readonly rowsUpTo?: number;
  /** Whether the report may repeat what rows hold, in errors of the server and numbers of sequences. @default true */
  readonly values?: boolean;
}

/** What a request comes to for a set of files. */
export interface ReadRequest {
  /** Versions. */
  readonly judged?: ReadonlySet<string>;
  readonly checks: readonly ProveCheck[];
  readonly rows: ReadRows;
  readonly mostStops?: number;
  readonly rowsUpTo?: number;
  readonly values: boolean;
}

/**
 * Finds the files that are meant, and reads the rows that are brought along, before any server is started or asked.
 *
 * @param base the folder that paths are relative to
 * @param database the one that the files are for @default - some server of Postgres
 * @throws UsageError `unknown-version`, `no-such-file`, `invalid-settings`; what is wrong with the SQL of the rows
 */
export async function readRequest(
  base: string,
  compiled: CompiledMigrations,
  request: ProveRequest,
  database?: Settings['database'],
): Promise<ReadRequest> {
  const { checks = PROVE_CHECKS, mostStops, rowsUpTo, values = true } = request;
  for (const check of checks)
    if (!PROVE_CHECKS.includes(check)) refuse(`checks: there is no "${check}"`, PROVE_CHECKS.join(', '));
  assertNumber('mostStops', mostStops, 'a whole number from 0, or Infinity');
  assertNumber('rowsUpTo', rowsUpTo, 'a whole number of bytes, or Infinity');
  const judged = judgedFiles(base, compiled, request);
  return {
    ...(judged && { judged }),
    // Not to stop a file anywhere is to leave that check out.
    checks: checks.filter((one) => one !== 'stopped' || mostStops !== 0),
    rows: await readRows(base, compiled, request, database),
    ...(mostStops !== undefined && { mostStops }),
    ...(rowsUpTo !== undefined && { rowsUpTo }),
    values,
  };
}

/**
 * How many servers the work is worth: the files are shared out among as many.
 *
 * @param most how many there may be
 */
export function serversFor(
  { migrations }: CompiledMigrations,
  { judged, checks, mostStops = MOST_STOPS }: ReadRequest,
  most: number,
): number {
  const some = migrations.filter(({ version }) => judged?.has(version) !== false);
  return worthwhile(some, { checks: new Set(checks), mostStops }, most);
}

function assertNumber(name: string, value: number | undefined, wanted: string): void {
  if (value === undefined || value === Infinity || (Number.isSafeInteger(value) && value >= 0)) return;
  refuse(`${name}: ${value} is not ${wanted}`, wanted);
}

function refuse(what: string, wanted: string): never {
  throw new UsageError('invalid-settings', `${what}.`, { hint: `Give ${wanted}.` });
}

/**
 * Finds the files that are to be judged: by their names or paths, or from one of them on.
 *
 * @param base the folder that paths are relative to
 * @returns their versions; nothing where all are meant
 * @throws UsageError `unknown-version`
 */
function judgedFiles(
  base: string,
  { migrations, folder: shownAs }: CompiledMigrations,
  { files = [], from }: Pick<ProveRequest, 'files' | 'from'>,
): ReadonlySet<string> | undefined {
  const find = (named: string) => {
    const found = findFile(migrations, named, base);
    if (found) return found;
    const names = migrations.flatMap(({ up, down }) => [up, down].flatMap((one) => one?.file ?? []));
    const bare = path.posix.basename(named);
    const meant = nearest(
      bare,
      names.map((name) => path.posix.basename(name)),
    );
    const whole = names.find((name) => path.posix.basename(name) === meant);
    throw new UsageError('unknown-version', `There is no migration ${named} in ${shownAs}.`, {
      hint: whole === undefined ? 'See the files: registry-jobs lint' : `Perhaps ${whole} is meant.`,
    });
  };
  if (from !== undefined) {
    if (files.length > 0)
      throw new UsageError(
        'unknown-version',
        'A file to begin from and names of files both say what is judged.',
        {
          hint: 'Leave out one of them.',
        },
      );
    return new Set(migrations.slice(migrations.indexOf(find(from))).map(({ version }) => version));
  }
  return files.length === 0 ? undefined : new Set(files.map((file) => find(file).version));
}

/** By a path, the name of the file, of its way back, the version, or the number alone. */
function findFile(migrations: readonly Migration[], named: string, base: string): Migration | undefined {
  const asked = path.resolve(base, named);
  const scripts = (one: Migration) => [one.up, one.down].filter((script) => script !== undefined);
  return (
    migrations.find((one) => scripts(one).some(({ file }) => path.resolve(base, file) === asked)) ??
    migrations.find((one) => scripts(one).some(({ file }) => path.posix.basename(file) === named)) ??
    findVersion(migrations, named)
  );
}
