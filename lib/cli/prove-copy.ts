import type { ProveProgress } from '../jobs/prove.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { ProveReport } from '../reports/prove.ts';
import { fileLedger, type LedgerName } from '../settings/ledger-name.ts';
import type { SqliteSettings } from '../settings/settings.ts';
import type { Cli } from './database-command.ts';
import type { Io } from './io.ts';
import type { Progress } from './progress.ts';
import { findSqlite } from './settings.ts';
import { readTableName } from './table-name.ts';

interface Options {
  /** Of two long names the second is the option's own. */
  readonly on?: string;
  readonly ledger?: string;
  readonly server?: string;
  readonly against?: string;
  readonly againstEnv?: string;
}

/** The SQLite database that the files are for: a server that is named by --server or --against says that they are not. */
export function findOwn({ on: databaseUrl, server, against, againstEnv }: Options, io: Io) {
  if (server !== undefined || against !== undefined || againstEnv !== undefined) return undefined;
  const env = io.env.REGISTRY_JOBS_ENVIRONMENT ?? 'development';
  return findSqlite({ env, ...(databaseUrl !== undefined && { databaseUrl }) }, io);
}

/** Proves on a copy of it, and shows how far that is. */
export async function proveOnCopy(
  cli: Cli,
  options: Options,
  settings: SqliteSettings,
  compiled: CompiledMigrations,
  progress: Progress,
): Promise<ProveReport> {
  const { proveSqlite } = await import('../jobs/prove.ts');
  return cli.stop.inOrder((signal) =>
    proveSqlite(settings, compiled, {
      ledger: { ...ledgerOf(options, fileLedger), schema: 'main' },
      onProgress: (done) => progress.step(describeProgress(done)),
      signal,
    }),
  );
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
export function ledgerOf({ ledger }: Pick<Options, 'ledger'>, otherwise: LedgerName): LedgerName {
  return ledger === undefined ? otherwise : readTableName('--ledger', ledger);
}
