import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnOutput, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { LambdaName } from '../contract.ts';
import type { DatabaseOptions } from './database-options.ts';
import type { Environment } from './environment.ts';
import type { JobNetworkProps } from './network.ts';
import { databasePort, RegistryDatabase } from './registry-database.ts';
import { stackProps, tagAll } from './stack-props.ts';

/** What every stack of CDK can be told; but this one is always protected, and the environment says where it is. */
export interface RegistryDatabaseStackProps extends Omit<StackProps, 'env' | 'terminationProtection'> {
  /** Says account and region, and whether there is a standby: where it is `protected`. */
  readonly environment: Environment;
  /**
   * The path in Parameter Store below which both jobs have theirs.
   * @default - `/registry/<environment>`
   */
  readonly parameterPath?: string;
  /**
   * How large the database is, and what it logs.
   * @default - see {@link DatabaseOptions}
   */
  readonly database?: DatabaseOptions;
  /**
   * For each function a folder with another build of its code.
   * @default - the code that comes with the package
   */
  readonly codeFolders?: Readonly<Record<LambdaName, string>>;
}

/**
 * Network and database of an environment that has none, in a stack of their own: a migration that fails in the first deploy rolls
 * the jobs back and not the database, and the jobs can be removed without it. Always protected.
 */
export class RegistryDatabaseStack extends Stack {
  /** Where the jobs run. */
  readonly network: JobNetworkProps;

  constructor(scope: Construct, id: string, props: RegistryDatabaseStackProps) {
    const { environment, parameterPath, codeFolders, database, ...more } = props;
    super(scope, id, {
      description: `Network and database of the ${environment.name} registry`,
      ...stackProps(more),
      env: { account: environment.account, region: environment.region },
      terminationProtection: true,
    });
    tagAll(this, environment);
    const { parameterKeyArn: key, certificates } = environment;
    const { vpc, instance, passwords } = new RegistryDatabase(this, 'Database', {
      ...database,
      environment: environment.name,
      multiAz: environment.protected,
      logRetention: environment.logRetentionDays,
      logRemovalPolicy: environment.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(certificates !== undefined && { certificates }),
      ...(parameterPath && { parameterPath }),
      ...(codeFolders && { codeFolder: codeFolders['store-password'] }),
      ...(key && { parameterKey: Key.fromKeyArn(this, 'ParameterKey', key) }),
    });
    this.network = { vpc, database: instance, databasePort };
    new CfnOutput(this, 'DatabaseHost', { value: instance.dbInstanceEndpointAddress });
    new CfnOutput(this, 'MigratorSecretArn', { value: passwords.migrate.secret.secretArn });
    new CfnOutput(this, 'RefresherSecretArn', { value: passwords['refresh-statistics'].secret.secretArn });
  }

  /** Chosen by CloudFormation: CDK would ask the account while it synthesizes. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
