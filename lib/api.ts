/**
 * The jobs as a library: `import { migrate, plan, status } from 'registry-jobs'`. Reads no environment, no `.env`
 * file and no Parameter Store, prints nothing and ends no process: what it needs is given, what it found is returned.
 */
import { type DatabaseOptions, settingsOf } from './api-settings.ts';
import { version } from './contract.ts';
import { RegistryJobsError, renderError, toErrorReport, UsageError } from './errors/error.ts';
import type { ImportOptions as ImportJobOptions } from './jobs/import.ts';
import { plan as readPlan } from './jobs/plan.ts';
import { type StatusOptions as ReadOptions, status as readStatus } from './jobs/status.ts';
import { type UpOptions, up } from './jobs/up.ts';
import { type CompiledMigrations, checkCompiled } from './migrations/compiled.ts';
import type { ImportReport } from './reports/import.ts';
import { type MigrationReport, renderMigrationReport } from './reports/migration.ts';
import type { FailedReport } from './reports/outcome.ts';
import type { PlanReport } from './reports/plan.ts';
import type { StatusReport } from './reports/status.ts';
import { redactDeep } from './secrets/redact.ts';
import { withoutSecrets } from './secrets/redact-error.ts';
import { passwordOf } from './settings/database-url.ts';
import type { Settings } from './settings/settings.ts';

export { type DoctorOptions, doctor } from './api-doctor.ts';
export type { DatabaseOptions } from './api-settings.ts';
export type { MigrationEvent } from './engine/events.ts';
export type { ErrorCode, WarningCode } from './errors/catalogue.ts';
export { type ErrorReport, RegistryJobsError, type SourceLocation, UsageError } from './errors/error.ts';
export type { WarningReport } from './errors/warning.ts';
export type { CompiledMigrations } from './migrations/compiled.ts';
export { PlanError } from './plan/error.ts';
export type { StatusEntry } from './plan/plan.ts';
export type { DatabaseReport, NoticeReport } from './reports/database.ts';
export type { DoctorCheck, DoctorReport } from './reports/doctor.ts';
export type { ImportReport } from './reports/import.ts';
export type { MigrationReport } from './reports/migration.ts';
export type { AppliedReport, FailedReport } from './reports/outcome.ts';
export type { PlannedTask, PlanReport } from './reports/plan.ts';
export type { StatusReport } from './reports/status.ts';
export type { LedgerName } from './settings/ledger-name.ts';
export type { TlsSettings } from './settings/settings.ts';

/** The migrations: a folder of SQL files, or what {@link compile} made of one. */
export type MigrationSource =
  | {
      /** The folder, absolute or relative to the current one. Files are named in reports as it is written here. */
      readonly folder: string;
      /** What an empty database starts with, instead of `initial_schema.sql` of the folder. */
      readonly initialSchema?: string;
      readonly compiled?: never;
    }
  | { readonly compiled: CompiledMigrations; readonly folder?: never; readonly initialSchema?: never };

/** Where to work, and on what. */
export type Target = MigrationSource & {
  /** A connection string of libpq, such as `postgres://user:password@host:5432/database?sslmode=verify-full`, or its parts. */
  readonly database: string | DatabaseOptions;
  /** What reports call this environment. @default 'library' */
  readonly environment?: string;
};

export type MigrateOptions = Target &
  Omit<UpOptions, 'toolVersion'> & {
    /** The longest that a statement may wait for a lock, and the application behind it. @default 2 seconds */
    readonly lockTimeoutMs?: number;
  };

export type StatusOptions = Target & ReadOptions;

export type PlanOptions = Target & Omit<ReadOptions, 'history'>;

export type ImportOptions = Pick<
  ImportJobOptions,
  'from' | 'to' | 'tool' | 'toolLedger' | 'ledger' | 'who'
> & {
  /** Whether to write; otherwise the report says what would be written. @default false */
  readonly apply?: boolean;
  /** The database whose ledger is taken over. @default none: only files are written */
  readonly database?: Target['database'];
};

/** A migration failed. The report says what was applied before it and stays, and what was not run. */
export class MigrationError extends RegistryJobsError {
  override readonly name: string = 'MigrationError';
  readonly report: MigrationReport;

  constructor(report: MigrationReport, { error }: FailedReport) {
    super(error.code, error.message, error);
    this.report = report;
  }
}

/**
 * Applies the pending migrations, each in a transaction of its own. Safe to call from several processes at once:
 * one runs, the others wait and then find nothing to do.
 *
 * @throws MigrationError when a migration failed: those before it stay applied. Its `report` has the details
 * @throws PlanError when files and ledger disagree, UsageError when files or options are wrong: nothing was run
 * @throws RegistryJobsError for everything else that kept it from running: no connection, another run's lock
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  return withTarget(options, async (compiled, settings) => {
    const report = await up(compiled, settings, { who: 'library', ...options, toolVersion: version });
    if (!report.failed) return report;
    const clean = redactDeep(report, [passwordOf(options.database)]);
    throw new MigrationError(clean, clean.failed ?? report.failed);
  });
}

/**
 * What {@link migrate} would do now, file by file and statement by statement, with the locks they take. Changes
 * nothing, takes no lock, and waits for nobody.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError when the database cannot be read
 */
export async function plan(options: PlanOptions): Promise<PlanReport> {
  return withTarget(options, (compiled, settings) => readPlan(compiled, settings, options));
}

/**
 * Which migrations are applied, which are pending, and what would keep {@link migrate} from running. Changes
 * nothing, takes no lock, and waits for nobody.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError when the database cannot be read
 */
export async function status(options: StatusOptions): Promise<StatusReport> {
  return withTarget(options, (compiled, settings) => readStatus(compiled, settings, options));
}

/**
 * Reads and checks a folder of migrations with Postgres' own grammar, without a database. The result is plain data: as
 * JSON it can be shipped with an application, which then needs neither the files nor the parser.
 *
 * @throws UsageError for a folder that cannot be read; RegistryJobsError naming every file that cannot run, and where
 */
export async function compile(
  folder: string,
  { initialSchema: file }: { readonly initialSchema?: string } = {},
): Promise<CompiledMigrations> {
  // Loaded only here, since the parser takes longer to load than the rest.
  const { compileFolder } = await import('./jobs/compile.ts');
  return compileFolder(folder, folder, file === undefined ? {} : { initialSchema: { file, shownAs: file } });
}

/**
 * Makes our files of the folder of another tool, as `registry-jobs import` does, and takes over its ledger where a database is given.
 * Overwrites nothing, and leaves that folder and that tool's own table as they are.
 *
 * @throws UsageError when the folders are not right, PlanError when the ledger cannot be taken over: nothing was written
 * @throws RegistryJobsError for everything else that kept it from being done: no connection, a file that cannot be written
 */
export async function importMigrations({
  database,
  apply = false,
  ...options
}: ImportOptions): Promise<ImportReport> {
  return withoutSecrets([database && passwordOf(database)], async () => {
    // Loaded only here, like the parser that it brings along.
    const { importMigrations: run } = await import('./jobs/import.ts');
    const job = { who: 'library', ...options, apply, toolVersion: version };
    return run(job, database === undefined ? undefined : settingsOf(database));
  });
}

/** An error as the command line shows it: what happened, where, what was kept, and what to do. */
export function explain(error: unknown): string {
  return error instanceof MigrationError
    ? renderMigrationReport(error.report)
    : renderError(toErrorReport(error));
}

/** Errors are logged by whoever catches them: none leaves with the password of the database. */
function withTarget<T>(
  target: Target & { readonly lockTimeoutMs?: number },
  work: (compiled: CompiledMigrations, settings: Settings) => Promise<T>,
): Promise<T> {
  return withoutSecrets([passwordOf(target.database)], async () => {
    const settings = settingsOf(target.database, target.environment, target.lockTimeoutMs);
    return work(await compiledOf(target), settings);
  });
}

async function compiledOf(target: Target): Promise<CompiledMigrations> {
  if (target.folder !== undefined) return compile(target.folder, target);
  if (target.compiled !== undefined) return checkCompiled(target.compiled);
  throw new UsageError('no-migrations-folder', 'Neither a folder nor compiled migrations were given.', {
    hint: 'Name the folder of SQL files as `folder`, or give what compile() returned as `compiled`.',
  });
}
