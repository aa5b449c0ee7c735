/** What `registry-jobs/operators` has to change the file of a registry. */
import path from 'node:path';
import type { BundleSource, OperatorsAddOptions } from './operators/change/add.ts';
import type { OperatorsDeprecateOptions } from './operators/change/deprecate.ts';
import type { OperatorsRmOptions } from './operators/change/rm.ts';
import type {
  OperatorsAddReport,
  OperatorsDeprecateReport,
  OperatorsRmReport,
} from './reports/operators-change.ts';

export interface AddOptions extends Omit<OperatorsAddOptions, 'shownAs' | 'root'> {
  /** The SQLite file of a registry. */
  readonly database: string;
  readonly bundles: readonly BundleSource[];
}

export interface RmOptions extends Omit<OperatorsRmOptions, 'shownAs'> {
  /** The SQLite file of a registry. */
  readonly database: string;
  /** By name. */
  readonly packages: readonly string[];
}

export interface DeprecateOptions extends Omit<OperatorsDeprecateOptions, 'shownAs'> {
  /** The SQLite file of a registry. */
  readonly database: string;
  /** By image, or by name. */
  readonly bundles: readonly string[];
}

/**
 * Adds bundles, as `registry-jobs operators add` does: all of them or none; writes it where `write` says so. What is wrong with them is in the
 * report, whose status is `failed` then.
 *
 * @throws UsageError `no-bundle`; RegistryJobsError `registry-busy` and others: see the reference of error codes
 */
export async function add({ database, bundles, ...options }: AddOptions): Promise<OperatorsAddReport> {
  const { addOperators } = await import('./operators/change/add.ts');
  return addOperators(path.resolve(database), bundles, { ...options, shownAs: database });
}

/**
 * Removes packages, as `registry-jobs operators rm` does; writes it where `write` says so.
 *
 * @throws UsageError `no-package`; RegistryJobsError `unknown-package`, `registry-busy` and others: see the reference of error codes
 */
export async function rm({ database, packages, ...options }: RmOptions): Promise<OperatorsRmReport> {
  const { rmOperators } = await import('./operators/change/rm.ts');
  return rmOperators(path.resolve(database), packages, { ...options, shownAs: database });
}

/**
 * Deprecates bundles, as `registry-jobs operators deprecate` does; writes it where `write` says so.
 *
 * @throws UsageError `no-bundle`; RegistryJobsError `unknown-bundle`, `default-channel-head`, `registry-busy` and others: see the reference of
 *   error codes
 */
export async function deprecate({
  database,
  bundles,
  ...options
}: DeprecateOptions): Promise<OperatorsDeprecateReport> {
  const { deprecateOperators } = await import('./operators/change/deprecate.ts');
  return deprecateOperators(path.resolve(database), bundles, { ...options, shownAs: database });
}
