import { type DatabaseOptions, settingsOf } from './api-settings.ts';
import { compiledOf, type MigrationSource } from './api-target.ts';
import type { StatusOptions } from './jobs/status.ts';
import type { CompiledMigrations } from './migrations/compiled.ts';
import type { DriftReport } from './reports/drift.ts';
import type { StatusReport } from './reports/status.ts';
import { redactDeep } from './secrets/redact.ts';
import { withoutSecrets } from './secrets/redact-error.ts';
import { passwordOf } from './settings/database-url.ts';
import { defaultLedger, type LedgerName } from './settings/ledger-name.ts';
import type { Settings } from './settings/settings.ts';
import { postgresOnly } from './settings/sqlite.ts';

export interface CompareOptions {
  /** Whether whose everything is, and who has granted something, matters. @default true */
  readonly owner?: boolean;
  /** Whether who may do what matters. @default true */
  readonly privileges?: boolean;
}

export interface TrialOptions {
  /** The table that says what is applied, which is not looked at. @default public.schema_migrations */
  readonly ledger?: LedgerName;
  /** Ends the work: what was made on the server is dropped. */
  readonly signal?: AbortSignal;
}

/** A server on which files are run. */
export interface OnServer extends TrialOptions {
  /** A server where databases may be created, copied and dropped. Its own, which is the one that it is reached through, is not touched. */
  readonly server: string | DatabaseOptions;
  /**
   * Whether roles that the files grant something to may be made there: they belong to the server, cannot log in, and stay. @default false
   */
  readonly mayMakeRoles?: boolean;
}

/** How the catalog of the database is compared with what the files make that are applied there: see {@link drift}. */
export type DeepOptions = Omit<OnServer, 'ledger'> & CompareOptions;

export type CatalogOptions = MigrationSource & OnServer;

export type DriftOptions = MigrationSource &
  OnServer &
  CompareOptions & {
    /** The database that is compared: it is only read. */
    readonly database: string | DatabaseOptions;
  };

/**
 * {@link status} of the library with `deep`.
 *
 * @throws RegistryJobsError when the database cannot be read, or no other one made on the server
 */
export async function readDeep(
  compiled: CompiledMigrations,
  settings: Settings,
  { deep, ...options }: StatusOptions & { readonly deep: DeepOptions },
): Promise<StatusReport> {
  const { statusDeep } = await import('./jobs/status-deep.ts');
  const own = postgresOnly(settings, 'Catalogs of Postgres are compared');
  const trial = trialOf(deep.server, deep.mayMakeRoles ?? false);
  const secrets = [passwordOf(deep.server)];
  return withoutSecrets(secrets, async () => {
    const rest = { ...options, ...partsOf(deep), ...(deep.signal && { signal: deep.signal }) };
    return redactDeep(await statusDeep(compiled, own, trial, rest), secrets);
  });
}

/**
 * Compares the catalog of a database with what the files make that are applied there, as `registry-jobs verify --deep` does: what is there
 * and not in the files, what is in the files and not there, what is different. The database is only read, in one transaction, which waits 2
 * seconds for a lock at the most.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError when the database cannot be read: `catalog-locked`, `connect-...`
 */
export async function drift(options: DriftOptions): Promise<DriftReport> {
  const { server, database, mayMakeRoles = false, ledger, signal } = options;
  const secrets = [passwordOf(server), passwordOf(database)];
  return withoutSecrets(secrets, async () => {
    const trial = trialOf(server, mayMakeRoles);
    const settings = serverOf(database);
    const compiled = await compiledOf(options);
    const { drift: compare } = await import('./jobs/drift.ts');
    const rest = { ...partsOf(options), ...(ledger && { ledger }), ...(signal && { signal }) };
    return redactDeep(await compare(compiled, settings, trial, rest), secrets);
  });
}

/**
 * What the files make, as the text of `catalog.json` that `registry-jobs prove --catalog` writes, for a deployed job that watches for drift.
 * The same files give the same text on servers of the same version.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError `no-catalog` where not all files run, `connect-...`; the server's own
 *   error where no database can be made
 */
export async function catalog(options: CatalogOptions): Promise<string> {
  const { server, mayMakeRoles = false, ledger = defaultLedger, signal } = options;
  return withoutSecrets([passwordOf(server)], async () => {
    const compiled = await compiledOf(options);
    const { catalog: make } = await import('./jobs/catalog.ts');
    return make(trialOf(server, mayMakeRoles), compiled, { ledger, signal });
  });
}

export function serverOf(database: string | DatabaseOptions) {
  return postgresOnly(settingsOf(database), 'Catalogs of Postgres are compared');
}

export function trialOf(server: string | DatabaseOptions, mayMakeRoles: boolean) {
  const { database } = serverOf(server);
  return { settings: database, source: `the server at ${database.host}`, mayMakeRoles };
}

export function partsOf({ owner, privileges }: CompareOptions): CompareOptions {
  return { ...(owner !== undefined && { owner }), ...(privileges !== undefined && { privileges }) };
}
