import { type DatabaseOptions, settingsOf } from './api-settings.ts';
import { compiledOf, type MigrationSource } from './api-target.ts';
import { RegistryJobsError, UsageError } from './errors/error.ts';
import type { ProveRequest } from './jobs/prove-request.ts';
import type { StatusOptions } from './jobs/status.ts';
import type { CompiledMigrations } from './migrations/compiled.ts';
import type { DriftReport } from './reports/drift.ts';
import type { ProveReport } from './reports/prove.ts';
import type { StatusReport } from './reports/status.ts';
import { redactDeep } from './secrets/redact.ts';
import { withoutSecrets } from './secrets/redact-error.ts';
import { passwordOf } from './settings/database-url.ts';
import { defaultLedger, fileLedger, type LedgerName } from './settings/ledger-name.ts';
import type { Settings, SqliteSettings } from './settings/settings.ts';
import { postgresOnly } from './settings/sqlite.ts';
import { exactPlaceOf } from './text/place.ts';

interface CompareOptions {
  /** Whether whose everything is, and who has granted something, matters. @default true */
  readonly owner?: boolean;
  /** Whether who may do what matters. @default true */
  readonly privileges?: boolean;
}

interface TrialOptions {
  /** The table that says what is applied, which is not looked at. @default public.schema_migrations */
  readonly ledger?: LedgerName;
  /** Ends the work: what was made on the server is dropped. */
  readonly signal?: AbortSignal;
}

/** A server on which files are run. */
interface OnServer extends TrialOptions {
  /** A server where databases may be created, copied and dropped. Its own, which is the one that it is reached through, is not touched. */
  readonly server: string | DatabaseOptions;
  /**
   * Whether roles that the files grant something to may be made there: they belong to the server, cannot log in, and stay. @default false
   */
  readonly mayMakeRoles?: boolean;
}

/** Or copies of a database. */
interface OnCopies {
  /**
   * A database whose copies are used, on its own server: a restored snapshot, with real sizes. It is only read, and nobody can connect to it
   * while it is copied. Only files that are not applied there are judged. Of a SQLite file, `sqlite:./index.db`, the copies are in memory, and what is
   * applied is undone there and done again.
   */
  readonly on: string | DatabaseOptions;
  /** Whether to go on where something speaks for it being a live one, or for much work. One that is in use is refused in any case. @default false */
  readonly mayBeLive?: boolean;
  readonly server?: never;
  readonly mayMakeRoles?: never;
}

export type ProveOptions = MigrationSource &
  ((OnServer & { readonly on?: never; readonly mayBeLive?: never }) | (OnCopies & TrialOptions)) &
  CompareOptions &
  ProveRequest & {
    /** A database that is compared with what the files make that are applied there: see {@link drift}. @default none */
    readonly against?: string | DatabaseOptions;
  };

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
 * Shows, by doing it on a server of yours, that each file can be run again, stopped anywhere and run again, run late, and undone, as
 * `registry-jobs prove` does. What is found is in the report: its `status` is `findings` then.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError `connect-...`, and with `on` `live-database` and `no-copies`; the
 *   server's own error where no database can be made
 */
export async function prove(options: ProveOptions): Promise<ProveReport> {
  const { server, on, against, mayMakeRoles = false, signal } = options;
  const secrets = [server ?? on, against].map((one) => one && passwordOf(one));
  return withoutSecrets(secrets, async () => {
    if ((server === undefined) === (on === undefined))
      throw new UsageError('invalid-settings', 'Either a server or a database to copy has to be named.', {
        hint: 'Give `server`, where databases may be created, or `on`, a restored snapshot.',
      });
    const file = on === undefined ? undefined : sqliteOf(on);
    const compared = against === undefined ? undefined : serverOf(against);
    const compiled = await compiledOf(options, file && on);
    // Loaded only here: an application that migrates never needs it.
    const { prove: run, proveAgainst, proveSqlite } = await import('./jobs/prove.ts');
    const { readRequest } = await import('./jobs/prove-request.ts');
    const asked = await readRequest('', compiled, options, file);
    if (file) {
      const ledger = { ...(options.ledger ?? fileLedger), schema: 'main' };
      return proveSqlite(file, compiled, { ...asked, ledger, signal });
    }
    const ledger = options.ledger ?? compared?.ledger ?? defaultLedger;
    const copied = on === undefined ? undefined : await openCopies(on, compiled, ledger, options);
    const trial = copied?.trial ?? trialOf(server ?? '', mayMakeRoles);
    const common = { ...asked, ...(copied && { on: copied.on }), source: trial.source, ledger, signal };
    const report = compared
      ? await proveAgainst(trial, compiled, {
          ...common,
          mayMakeRoles,
          against: { settings: compared, ...partsOf(options) },
        })
      : await run(trial.settings, compiled, { ...common, mayMakeRoles });
    return redactDeep(report, secrets);
  });
}

/** @throws RegistryJobsError `live-database`, `no-copies`, `connect-...` */
async function openCopies(
  database: string | DatabaseOptions,
  compiled: CompiledMigrations,
  ledger: LedgerName,
  { mayBeLive = false }: { readonly mayBeLive?: boolean | undefined },
) {
  const { lookAtDatabase } = await import('./jobs/prove.ts');
  const on = await lookAtDatabase(serverOf(database).database, compiled, ledger);
  const { host, port, name } = on.database;
  if (on.signs.length > 0 && !mayBeLive)
    throw new RegistryJobsError(
      'live-database',
      `${exactPlaceOf(on.database)} may be a live one, or more than is meant: ${on.signs.join('; ')}.`,
      {
        hint: 'Nothing was done. Name a snapshot that was restored for this, or say that it is meant: mayBeLive: true',
      },
    );
  const source = `copies of ${name} on ${host}:${port}`;
  return { on, trial: { settings: on.settings, source, mayMakeRoles: false } };
}

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

/** A file of SQLite, where one is named. */
function sqliteOf(database: string | DatabaseOptions): SqliteSettings | undefined {
  const { database: settings } = settingsOf(database);
  return settings.kind === 'sqlite' ? settings : undefined;
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
