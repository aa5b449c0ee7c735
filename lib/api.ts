/**
 * The jobs as a library: `import { migrate, plan, status } from 'registry-jobs'`. Reads no environment, no `.env`
 * file and no Parameter Store, prints nothing and ends no process: what it needs is given, what it found is returned.
 */
import { type DeepOptions, readDeep } from './api-drift.ts';
import { settingsOf } from './api-settings.ts';
import { type Target, withTarget } from './api-target.ts';
import { version } from './contract.ts';
import { RegistryJobsError, renderError, toErrorReport } from './errors/error.ts';
import type { ImportOptions as ImportJobOptions } from './jobs/import.ts';
import { type PlanJobOptions, plan as readPlan } from './jobs/plan.ts';
import { type StatusOptions as ReadOptions, status as readStatus } from './jobs/status.ts';
import { type UpOptions, up } from './jobs/up.ts';
import type { ImportReport } from './reports/import.ts';
import { type MigrationReport, renderMigrationReport } from './reports/migration.ts';
import type { FailedReport } from './reports/outcome.ts';
import type { PlanReport } from './reports/plan.ts';
import type { StatusReport } from './reports/status.ts';
import { redactDeep } from './secrets/redact.ts';
import { withoutSecrets } from './secrets/redact-error.ts';
import { passwordOf } from './settings/database-url.ts';

export { type DoctorOptions, doctor } from './api-doctor.ts';
export { type CatalogOptions, catalog, type DeepOptions, type DriftOptions, drift } from './api-drift.ts';
export { type ProveOptions, prove } from './api-prove.ts';
export type { DatabaseOptions } from './api-settings.ts';
export { compile, type MigrationSource, type Target } from './api-target.ts';
export type { MigrationEvent } from './engine/events.ts';
export type { ErrorCode, WarningCode } from './errors/catalogue.ts';
export { type ErrorReport, RegistryJobsError, type SourceLocation, UsageError } from './errors/error.ts';
export type { WarningReport } from './errors/warning.ts';
export type { CompiledMigrations } from './migrations/compiled.ts';
export type { Difference } from './plan/differences.ts';
export { PlanError } from './plan/error.ts';
export type { StatusEntry } from './plan/plan.ts';
export type { DatabaseReport, NoticeReport } from './reports/database.ts';
export type { DoctorCheck, DoctorReport } from './reports/doctor.ts';
export type { DriftReport } from './reports/drift.ts';
export type { ImportReport } from './reports/import.ts';
export type { MigrationReport } from './reports/migration.ts';
export type { AppliedReport, FailedReport } from './reports/outcome.ts';
export type { PlannedRun, PlannedTask, PlanReport } from './reports/plan.ts';
export type { ProvedFile, ProveFinding, ProveReport } from './reports/prove.ts';
export type { RunningReport } from './reports/running.ts';
export type { StatusReport } from './reports/status.ts';
export type { LedgerName } from './settings/ledger-name.ts';
export type { TlsSettings } from './settings/settings.ts';

export type MigrateOptions = Target &
  Omit<UpOptions, 'toolVersion'> & {
    /** The longest that a statement may wait for a lock, and the application behind it. @default 2 seconds */
    readonly lockTimeoutMs?: number;
  };

export type StatusOptions = Target &
  ReadOptions & {
    /** Compares the whole catalog as well with what the files make that are applied there: `drift` of the report. @default not compared */
    readonly deep?: DeepOptions;
  };

export type PlanOptions = Target & Omit<ReadOptions, 'history'> & Pick<PlanJobOptions, 'detach' | 'timeMs'>;

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
 * nothing, takes no lock, and waits for nobody; with `deep`, the read of the catalog waits 2 seconds for a lock at the most.
 *
 * @throws UsageError when files or options are wrong; RegistryJobsError when the database cannot be read
 */
export async function status(options: StatusOptions): Promise<StatusReport> {
  const { deep } = options;
  return withTarget(options, (compiled, settings) =>
    deep ? readDeep(compiled, settings, { ...options, deep }) : readStatus(compiled, settings, options),
  );
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
