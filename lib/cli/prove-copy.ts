import { UsageError } from '../errors/error.ts';
import type { MadeOfSqlite } from '../jobs/catalog.ts';
import type { ProveProgress } from '../jobs/prove.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { ProveReport } from '../reports/prove.ts';
import { fileLedger, type LedgerName } from '../settings/ledger-name.ts';
import type { SqliteSettings } from '../settings/settings.ts';
import { listedWithVerb } from '../text/format.ts';
import { type Cli, withProgress } from './database-command.ts';
import type { Io } from './io.ts';
import type { Progress } from './progress.ts';
import type { ProveOptions } from './prove-options.ts';
import { requestOf } from './prove-scope.ts';
import { findSqlite } from './settings.ts';
import { readTableName } from './table-name.ts';

/** The SQLite database that the files are for: a server that is named by --server or --against says that they are not. */
export function findOwn({ on, databaseUrl = on, server, against, againstEnv }: ProveOptions, io: Io) {
  if (server !== undefined || against !== undefined || againstEnv !== undefined) return undefined;
  const env = io.env.REGISTRY_JOBS_ENVIRONMENT ?? 'development';
  return findSqlite({ env, ...(databaseUrl !== undefined && { databaseUrl }) }, io);
}

/**
 * Refuses what would be left out without a word.
 *
 * @throws UsageError `not-for-sqlite`
 */
export function assertOfSqlite({ shownAs }: SqliteSettings, { owner, privileges }: ProveOptions): void {
  const given = [...(owner ? [] : ['--no-owner']), ...(privileges ? [] : ['--no-privileges'])];
  if (given.length === 0) return;
  throw new UsageError(
    'not-for-sqlite',
    `${shownAs} is a SQLite database, which has no owners and no privileges: ${listedWithVerb(given)} for Postgres.`,
    { hint: 'Leave that out: registry-jobs prove' },
  );
}

/**
 * Refuses what a SQLite file may be given, and a server may not.
 *
 * @throws UsageError `invalid-settings`
 */
export function assertOfServer({ databaseUrl, on, catalog }: ProveOptions): void {
  if (databaseUrl !== undefined)
    throw new UsageError(
      'invalid-settings',
      'The database of --database-url is no SQLite file, and of a server prove wants copies, or databases of its own.',
      {
        hint: 'On copies of a restored snapshot: registry-jobs prove --on URL; on a throw-away Postgres: registry-jobs prove',
      },
    );
  if (on === undefined || catalog === undefined) return;
  throw new UsageError(
    'invalid-settings',
    'A catalog is what all files make of an empty database: --catalog cannot stand beside --on.',
    { hint: 'Leave out one of them: registry-jobs prove --catalog' },
  );
}

/** Proves on a copy of it, or for a record from nothing, and shows how far that is. */
export async function proveOnCopy(
  cli: Cli,
  options: ProveOptions,
  settings: SqliteSettings,
  compiled: CompiledMigrations,
  files: readonly string[],
): Promise<{ readonly report: ProveReport; readonly made?: MadeOfSqlite }> {
  const { proveSqlite, catalogOfSqlite } = await import('../jobs/prove.ts');
  const { readRequest } = await import('../jobs/prove-request.ts');
  const request = requestOf(options, files);
  const { values: _, ...asked } = await readRequest(cli.io.folder, compiled, request, settings);
  const ledger = { ...ledgerOf(options, fileLedger), schema: 'main' };
  const report = await withProgress(cli, options.json, (progress) =>
    cli.stop.inOrder((signal) =>
      proveSqlite(settings, compiled, {
        ...asked,
        ledger,
        // A record says what the files do, and not what happens to be in this database.
        fromNothing: options.record !== undefined,
        onProgress: (done) => progress.step(describeProgress(done)),
        signal,
      }),
    ),
  );
  if (options.catalog === undefined) return { report };
  return { report, made: await catalogOfSqlite(compiled, ledger) };
}

/** What is tried, in a few words. */
export function describeProgress({ file, check }: ProveProgress): string {
  if (check === 'drift') return 'Comparing';
  return check === 'set' ? 'The set as a whole' : `${file}  ${check}`;
}

/** How many of them. */
function detailOf({ done, of }: ProveProgress): string {
  return done === undefined ? '' : ` ${done}/${of}`;
}

/** Two servers are at work at once: what one of them has begun last is told, and none of it twice. */
export function tellOf(progress: Progress): (done: ProveProgress) => void {
  const told = new Set<string>();
  let last = '';
  return (done) => {
    const text = describeProgress(done);
    if (text !== last && told.has(text)) return;
    told.add(text);
    last = text;
    progress.step(text, detailOf(done));
  };
}

/** The table that is not looked at. @throws UsageError `invalid-settings` */
export function ledgerOf({ ledger }: Pick<ProveOptions, 'ledger'>, otherwise: LedgerName): LedgerName {
  return ledger === undefined ? otherwise : readTableName('--ledger', ledger);
}
