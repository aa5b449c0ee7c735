import type { CompiledMigrations } from '../migrations/compiled.ts';
import { prove as proveSet, type ProveOptions as SetOptions } from '../postgres/prove/prove.ts';
import type { ProveReport } from '../reports/prove.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { DatabaseSettings, PostgresSettings, SqliteSettings } from '../settings/settings.ts';
import { type Made as MadeOfSqlite, makeCatalog } from '../sqlite/prove/catalog.ts';
import { proveSqlite as proveOnCopy, type ProveOptions as SqliteOptions } from '../sqlite/prove/prove.ts';
import { readForDrift, type TrialServer } from './drift.ts';
import { withoutValues } from './prove-values.ts';

export type { ProveProgress } from '../postgres/prove/context.ts';
export { lookAtDatabase } from '../postgres/prove/on-database.ts';

export interface ProveOptions extends SetOptions {
  /** Whether the report may repeat what rows hold, in errors of the server and numbers of sequences. @default true */
  readonly values?: boolean;
}

/**
 * Shows, by doing it on a throw-away database, that each file can be run again, stopped anywhere and run again, run late, and undone.
 *
 * @param server where databases may be created and dropped; its own is not touched
 * @throws RegistryJobsError `connect-...`; the server's own error where no database can be made
 */
export async function prove(
  server: DatabaseSettings,
  compiled: CompiledMigrations,
  { values = true, ...options }: ProveOptions,
): Promise<ProveReport> {
  const report = await proveSet(server, compiled, options);
  return values ? report : withoutValues(report);
}

/**
 * The same for a folder that is for SQLite, on a copy of a database in memory, with the rows that are there. The file is never written.
 *
 * @throws RegistryJobsError `sqlite-open`, `database-busy`, `rows-failed`
 */
export async function proveSqlite(
  settings: SqliteSettings,
  compiled: CompiledMigrations,
  { values = true, ...options }: SqliteOptions & Pick<ProveOptions, 'values'>,
): Promise<ProveReport> {
  const report = await proveOnCopy(settings, compiled, options);
  return values ? report : withoutValues(report);
}

/** What a folder that is for SQLite makes of an empty database in memory, or why it does not run. */
export function catalogOfSqlite(compiled: CompiledMigrations, ledger: LedgerName): Promise<MadeOfSqlite> {
  return makeCatalog(compiled, ledger);
}

/** The database that is compared as well. */
export interface Against {
  readonly settings: PostgresSettings;
  /** Whether whose everything is, and who has granted something, matters. @default true */
  readonly owner?: boolean;
  /** Whether who may do what matters. @default true */
  readonly privileges?: boolean;
}

/**
 * {@link prove}, and beside it the catalog of a database, compared with what the files make that are applied there. The database is read
 * first, in one transaction that reads only, and waits 2 seconds for a lock at the most.
 *
 * @throws RegistryJobsError `connect-...`, `ledger-...`, `catalog-locked`, `catalog-slow`
 */
export async function proveAgainst(
  server: TrialServer,
  compiled: CompiledMigrations,
  { against, ...options }: ProveOptions & { readonly against: Against },
): Promise<ProveReport> {
  const { settings, owner, privileges } = against;
  const wanted = { ...(owner !== undefined && { owner }), ...(privileges !== undefined && { privileges }) };
  const { signal, onProgress } = options;
  const compare = await readForDrift(settings, server, { ...wanted, signal });
  const report = await prove(server.settings, compiled, options);
  onProgress?.({ file: '', check: 'drift' });
  const drift = await compare(compiled);
  const { status } = report;
  const isIncomplete = drift.status === 'not-shown' && (status === 'proved' || status === 'shown');
  return {
    ...report,
    status: drift.status === 'found' ? 'findings' : isIncomplete ? 'incomplete' : status,
    drift,
  };
}
