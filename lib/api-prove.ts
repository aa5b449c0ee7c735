import { type DatabaseOptions, settingsOf } from './api-settings.ts';
import { compiledOf, type MigrationSource } from './api-target.ts';
import type { DriftReport } from './reports/drift.ts';
import type { ProveReport } from './reports/prove.ts';
import { redactDeep } from './secrets/redact.ts';
import { withoutSecrets } from './secrets/redact-error.ts';
import { passwordOf } from './settings/database-url.ts';
import { defaultLedger, type LedgerName } from './settings/ledger-name.ts';
import { postgresOnly } from './settings/sqlite.ts';

interface CompareOptions {
  /** Whether whose everything is, and who has granted something, matters. @default true */
  readonly owner?: boolean;
  /** Whether who may do what matters. @default true */
  readonly privileges?: boolean;
}

/** A server on which files are run. */
interface OnServer {
  /** A server where databases may be created, copied and dropped. Its own, which is the one that it is reached through, is not touched. */
  readonly server: string | DatabaseOptions;
  /**
   * Whether roles that the files grant something to may be made there: they belong to the server, cannot log in, and stay. @default false
   */
  readonly mayMakeRoles?: boolean;
  /** The table that says what is applied, which is not looked at. @default public.schema_migrations */
  readonly ledger?: LedgerName;
  /** Ends the work: what was made on the server is dropped. */
  readonly signal?: AbortSignal;
}

export type ProveOptions = MigrationSource &
  OnServer &
  CompareOptions & {
    /** A database that is compared with what the files make that are applied there: see {@link drift}. @default none */
    readonly against?: string | DatabaseOptions;
    /** After how many statements at the most a file is stopped. @default 200 */
    readonly mostStops?: number;
  };

export type DriftOptions = MigrationSource &
  OnServer &
  CompareOptions & {
    /** The database that is compared: it is only read. */
    readonly database: string | DatabaseOptions;
  };

/**
 * Shows, by doing it on a server of yours, that each file can be run again, stopped anywhere and run again, run late, and undone, as
 * `registry-jobs prove` does. What is found is in the report: its `status` is `findings` then.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError `connect-...`; the server's own error where no database can be made
 */
export async function prove(options: ProveOptions): Promise<ProveReport> {
  const { server, against, mayMakeRoles = false, mostStops, signal } = options;
  const secrets = [passwordOf(server), against && passwordOf(against)];
  return withoutSecrets(secrets, async () => {
    const trial = trialOf(server, mayMakeRoles);
    const compared = against === undefined ? undefined : serverOf(against);
    const compiled = await compiledOf(options);
    // Loaded only here: an application that migrates never needs it.
    const { prove: run, proveAgainst } = await import('./jobs/prove.ts');
    const ledger = options.ledger ?? compared?.ledger ?? defaultLedger;
    const stops = mostStops !== undefined && { mostStops };
    const common = { source: trial.source, ledger, mayMakeRoles, ...stops, signal };
    const report = compared
      ? await proveAgainst(trial, compiled, {
          ...common,
          against: { settings: compared, ...partsOf(options) },
        })
      : await run(trial.settings, compiled, common);
    return redactDeep(report, secrets);
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

function serverOf(database: string | DatabaseOptions) {
  return postgresOnly(settingsOf(database), 'Catalogs of Postgres are compared');
}

function trialOf(server: string | DatabaseOptions, mayMakeRoles: boolean) {
  const { database } = serverOf(server);
  return { settings: database, source: `the server at ${database.host}`, mayMakeRoles };
}

function partsOf({ owner, privileges }: CompareOptions): CompareOptions {
  return { ...(owner !== undefined && { owner }), ...(privileges !== undefined && { privileges }) };
}
