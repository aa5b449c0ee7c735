/**
 * SQLite files of operator registries, for a program: `import { check, create } from 'registry-jobs/operators'`. An entry of its own, so that
 * whoever migrates Postgres loads neither YAML nor SQLite. Reads no environment, prints nothing and ends no process.
 */
import path from 'node:path';
import type { OperatorsCheckOptions } from './operators/check.ts';
import type { OperatorsCreateOptions } from './operators/create.ts';
import type { OperatorsMigrateOptions } from './operators/migrate.ts';
import type { OperatorsRepairOptions } from './operators/repair.ts';
import type { OperatorsCheckReport } from './reports/operators-check.ts';
import type { OperatorsCreateReport } from './reports/operators-create.ts';
import type { OperatorsMigrateReport } from './reports/operators-migrate.ts';
import type { OperatorsRepairReport } from './reports/operators-repair.ts';

export type { ErrorCode, WarningCode } from './errors/catalogue.ts';
export { RegistryJobsError, type SourceLocation, UsageError } from './errors/error.ts';
export type { LintFinding } from './reports/lint.ts';
export type { OperatorsCheckReport, OperatorsCreateReport, OperatorsMigrateReport, OperatorsRepairReport };

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
