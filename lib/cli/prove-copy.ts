import { UsageError } from '../errors/error.ts';
import type { ProveProgress } from '../jobs/prove.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { ProveReport } from '../reports/prove.ts';
import { fileLedger, type LedgerName } from '../settings/ledger-name.ts';
import type { SqliteSettings } from '../settings/settings.ts';
import { listed } from '../text/format.ts';
import { type Cli, withProgress } from './database-command.ts';
import type { Io } from './io.ts';
import type { ProveOptions } from './prove-options.ts';
import { requestOf } from './prove-scope.ts';
import { findSqlite } from './settings.ts';
import { readTableName } from './table-name.ts';

/** The SQLite database that the files are for: a server that is named by --server or --against says that they are not. */
export function findOwn({ on: databaseUrl, server, against, againstEnv }: ProveOptions, io: Io) {
  if (server !== undefined || against !== undefined || againstEnv !== undefined) return undefined;
  const env = io.env.REGISTRY_JOBS_ENVIRONMENT ?? 'development';
  return findSqlite({ env, ...(databaseUrl !== undefined && { databaseUrl }) }, io);
}

/** What is done on a server alone. */
const OF_A_SERVER = ['data', 'fixtures', 'rowsUpTo', 'catalog'] as const;

/**
 * Refuses what would be left out without a word.
 *
 * @throws UsageError `not-for-sqlite`
 */
export function assertOfSqlite({ shownAs }: SqliteSettings, options: ProveOptions): void {
  const given = OF_A_SERVER.filter((name) => options[name] !== undefined);
  if (given.length === 0) return;
  const names = given.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  throw new UsageError(
    'not-for-sqlite',
    `${shownAs} is a SQLite database, whose own rows prove works on: ${listed(names, 4)} ${names.length === 1 ? 'is' : 'are'} for Postgres.`,
    { hint: 'Leave that out: registry-jobs prove' },
  );
}

/** Proves on a copy of it, or for a record from nothing, and shows how far that is. */
export async function proveOnCopy(
  cli: Cli,
  options: ProveOptions,
  settings: SqliteSettings,
  compiled: CompiledMigrations,
  files: readonly string[],
): Promise<{ readonly report: ProveReport; readonly made?: undefined }> {
  const { proveSqlite } = await import('../jobs/prove.ts');
  const { readRequest } = await import('../jobs/prove-request.ts');
  const { judged, checks, mostStops } = await readRequest(cli.io.folder, compiled, requestOf(options, files));
  const report = await withProgress(cli, options.json, (progress) =>
    cli.stop.inOrder((signal) =>
      proveSqlite(settings, compiled, {
        ledger: { ...ledgerOf(options, fileLedger), schema: 'main' },
        ...(judged && { judged }),
        checks,
        ...(mostStops !== undefined && { mostStops }),
        // A record says what the files do, and not what happens to be in this database.
        fromNothing: options.record !== undefined,
        onProgress: (done) => progress.step(describeProgress(done)),
        signal,
      }),
    ),
  );
  return { report };
}

/** What is tried, in a few words. */
export function describeProgress({ file, check }: ProveProgress): string {
  if (check === 'drift') return 'Comparing';
  return check === 'set' ? 'The set as a whole' : `${file}  ${check}`;
}

/** How many of them. */
export function detailOf({ done, of }: ProveProgress): string {
  return done === undefined ? '' : ` ${done}/${of}`;
}

/** The table that is not looked at. @throws UsageError `invalid-settings` */
export function ledgerOf({ ledger }: Pick<ProveOptions, 'ledger'>, otherwise: LedgerName): LedgerName {
  return ledger === undefined ? otherwise : readTableName('--ledger', ledger);
}
