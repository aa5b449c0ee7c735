import type { StackProps } from 'aws-cdk-lib/core';
import type { LambdaName } from '../contract.ts';
import type { DatabaseOptions } from './database-options.ts';
import type { Environment } from './environment.ts';
import type { MigrationSource } from './job-code.ts';

/**
 * What CDK lets every stack be told (synthesizer, tags, name, description, ...) counts; but the environment says in which account
 * and region it is.
 */
export interface RegistryJobsStackProps extends Omit<StackProps, 'env'> {
  /** The place: account, region, network, and everything that differs between places. */
  readonly environment: Environment;
  /** What is applied: a folder of SQL files, or what `compile` of this package made of one. */
  readonly migrations: MigrationSource;
  /**
   * The statistics functions, see {@link ScheduledStatistics}.
   * @default - those of the registry, which are audited every night as well
   */
  readonly functions?: readonly string[];
  /**
   * The path in Parameter Store below which both jobs have theirs, `migrate` and `refresh-statistics`.
   * @default - `/registry/<environment>`
   */
  readonly parameterPath?: string;
  /**
   * How large the database is that is made where the environment has none, and what it logs.
   * @default - see {@link DatabaseOptions}
   */
  readonly database?: DatabaseOptions;
  /**
   * For each function a folder with another build of its code, `index.mjs`.
   * @default - the code that comes with the package
   */
  readonly codeFolders?: Readonly<Record<LambdaName, string>>;
}
