/**
 * SQLite files of operator registries, for a program: `import { check, create } from 'registry-jobs/operators'`. An entry of its own, so that
 * whoever migrates Postgres loads neither YAML nor SQLite. Reads no environment, prints nothing and ends no process.
 */
import path from 'node:path';
import type { BundleSource } from './operators/change/add.ts';
import type { OperatorsCheckOptions } from './operators/check.ts';
import type { OperatorsCreateOptions } from './operators/create.ts';
import type { OperatorsDiffOptions } from './operators/diff.ts';
import type { OperatorsExportOptions } from './operators/export.ts';
import type { OperatorsInspectOptions } from './operators/inspect.ts';
import type { OperatorsMigrateOptions } from './operators/migrate.ts';
import type { OperatorsRepairOptions } from './operators/repair.ts';
import type {
  OperatorsAddReport,
  OperatorsDeprecateReport,
  OperatorsRmReport,
} from './reports/operators-change.ts';
import type { OperatorsCheckReport } from './reports/operators-check.ts';
import type { OperatorsCreateReport } from './reports/operators-create.ts';
import type { OperatorsDiffReport } from './reports/operators-diff.ts';
import type { OperatorsExportReport } from './reports/operators-export.ts';
import type { OperatorsInspectReport } from './reports/operators-inspect.ts';
import type { OperatorsMigrateReport } from './reports/operators-migrate.ts';
import type { OperatorsRepairReport } from './reports/operators-repair.ts';

export {
  type AddOptions,
  add,
  type DeprecateOptions,
  deprecate,
  type RmOptions,
  rm,
} from './api-operators-change.ts';
export type { ErrorCode, WarningCode } from './errors/catalogue.ts';
export { RegistryJobsError, type SourceLocation, UsageError } from './errors/error.ts';
export type { LintFinding } from './reports/lint.ts';
export type {
  BundleSource,
  OperatorsAddReport,
  OperatorsCheckReport,
  OperatorsCreateReport,
  OperatorsDeprecateReport,
  OperatorsDiffReport,
  OperatorsExportReport,
  OperatorsInspectReport,
  OperatorsMigrateReport,
  OperatorsRepairReport,
  OperatorsRmReport,
};

export interface CheckOptions extends Omit<OperatorsCheckOptions, 'shownAs'> {
  /** The folder of manifests. */
  readonly folder: string;
}

export interface CreateOptions extends Omit<OperatorsCreateOptions, 'shownAs' | 'databaseShownAs'> {
  /** The folder of manifests. */
  readonly folder: string;
  /** The SQLite file to make. */
  readonly database: string;
}

export interface MigrateOptions extends Omit<OperatorsMigrateOptions, 'shownAs'> {
  /** The SQLite file of a registry. */
  readonly database: string;
}

export interface RepairOptions extends Omit<OperatorsRepairOptions, 'shownAs'> {
  /** The SQLite file of a registry. */
  readonly database: string;
}

/**
 * Says what is wrong with a folder of manifests, all of it with file and line, as `registry-jobs operators check` does. Writes nothing.
 *
 * @throws UsageError `manifests-folder`; RegistryJobsError `sqlite-missing`, `stopped`
 */
export async function check({ folder, ...options }: CheckOptions): Promise<OperatorsCheckReport> {
  const { checkOperators } = await import('./operators/check.ts');
  return checkOperators(path.resolve(folder), { ...options, shownAs: folder });
}

/**
 * Makes the SQLite file of a folder of manifests, as `registry-jobs operators create` does: as a whole, or not at all. What is wrong with the
 * manifests is in the report, whose status is `failed` then.
 *
 * @throws UsageError `manifests-folder`; RegistryJobsError `registry-exists`, `registry-busy`, `registry-journal`, `sqlite-missing`,
 *   `not-written`, `stopped`
 */
export async function create({
  folder,
  database,
  ...options
}: CreateOptions): Promise<OperatorsCreateReport> {
  const { createOperators } = await import('./operators/create.ts');
  const shown = { shownAs: folder, databaseShownAs: database };
  return createOperators(path.resolve(folder), path.resolve(database), { ...options, ...shown });
}

/**
 * Brings the file of a registry of any age to the newest version of its schema, or to another one, as `registry-jobs operators migrate` does.
 *
 * @throws RegistryJobsError `registry-busy`, `not-an-operator-registry`, `dirty` and others: see the reference of error codes
 */
export async function migrate({ database, ...options }: MigrateOptions): Promise<OperatorsMigrateReport> {
  const { migrateOperators } = await import('./operators/migrate.ts');
  return migrateOperators(path.resolve(database), { ...options, shownAs: database });
}

/**
 * Derives again what old loaders and defects have lost, as `registry-jobs operators repair` does; writes it where `write` says so.
 *
 * @throws RegistryJobsError `registry-busy`, `registry-older` and others: see the reference of error codes
 */
export async function repair({ database, ...options }: RepairOptions): Promise<OperatorsRepairReport> {
  const { repairOperators } = await import('./operators/repair.ts');
  return repairOperators(path.resolve(database), { ...options, shownAs: database });
}

export interface ExportOptions extends Omit<OperatorsExportOptions, 'shownAs' | 'outputShownAs'> {
  /** The SQLite file of a registry. */
  readonly database: string;
  /** A file (`.json`, `.yaml`, `.yml`), a folder, or what takes each text. */
  readonly output: string | ((text: string) => void);
}

export interface InspectOptions extends Omit<OperatorsInspectOptions, 'shownAs'> {
  /** The SQLite file of a registry. */
  readonly database: string;
}

export interface DiffOptions extends Omit<OperatorsDiffOptions, 'shownAs'> {
  /** The SQLite file of a registry, or a folder of manifests. */
  readonly before: string;
  readonly after: string;
}

/**
 * Writes a registry as a file-based catalog, as `registry-jobs operators export` does: as a whole, or not at all. Why a cluster would refuse it is
 * in the report, whose status is `failed` then.
 *
 * @throws UsageError `unknown-package`; RegistryJobsError `catalog-exists`, `not-written`, `sqlite-open` and others: see the reference of error codes
 */
async function exportCatalog({
  database,
  output,
  ...options
}: ExportOptions): Promise<OperatorsExportReport> {
  const { exportOperators } = await import('./operators/export.ts');
  const place =
    typeof output === 'string' ? path.resolve(output) + (output.endsWith('/') ? '/' : '') : output;
  const shown = { shownAs: database, ...(typeof output === 'string' && { outputShownAs: output }) };
  return exportOperators(path.resolve(database), place, { ...options, ...shown });
}

export { exportCatalog as export };

/**
 * Tells what is in a registry, as `registry-jobs operators inspect` does.
 *
 * @throws UsageError `unknown-package`, `unknown-channel`, `unknown-bundle`, `invalid-api`; RegistryJobsError `sqlite-open` and others: see the reference of error codes
 */
export async function inspect({ database, ...options }: InspectOptions): Promise<OperatorsInspectReport> {
  const { inspectOperators } = await import('./operators/inspect.ts');
  return inspectOperators(path.resolve(database), { ...options, shownAs: database });
}

/**
 * Tells what came, went and changed from one registry to another, as `registry-jobs operators diff` does.
 *
 * @throws RegistryJobsError `manifests-wrong`, `sqlite-open` and others: see the reference of error codes
 */
export async function diff({ before, after, ...options }: DiffOptions): Promise<OperatorsDiffReport> {
  const { diffOperators } = await import('./operators/diff.ts');
  return diffOperators(path.resolve(before), path.resolve(after), { ...options, shownAs: [before, after] });
}
