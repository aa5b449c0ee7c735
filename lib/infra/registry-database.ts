import {
  InstanceClass,
  InstanceSize,
  InstanceType,
  type IVpc,
  SecurityGroup,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CaCertificate,
  type CfnDBInstance,
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { CfnDeletionPolicy, Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type JobName, parameterNames, parameterPath } from '../contract.ts';
import { acknowledge } from './acknowledge.ts';
import type { DatabaseOptions } from './database-options.ts';
import { claimIdentity } from './identity.ts';
import { createIsolatedVpc } from './isolated-vpc.ts';
import {
  type GeneratedPassword,
  PasswordParameters,
  type PasswordParametersProps,
} from './password-parameters.ts';

export interface RegistryDatabaseProps extends PasswordParametersProps, DatabaseOptions {
  /** The name of the place, such as `staging`: part of the instance's name. */
  readonly environment: string;
  /**
   * The path in Parameter Store below which both jobs have theirs, `migrate` and `refresh-statistics`.
   * @default - `/registry/<environment>`
   */
  readonly parameterPath?: string;
  /**
   * Keeps a standby in the second zone, for twice the price.
   * @default false
   */
  readonly multiAz?: boolean;
}

/** The identifier of the instance that is made for an environment. */
export function databaseIdentifier(environment: string): string {
  return `registry-${environment}`;
}

/** Only the master user can make the other one, so it is the one that migrates. */
const masterUser = 'migrator';
const users: Readonly<Record<JobName, string>> = { migrate: masterUser, 'refresh-statistics': 'refresher' };
const databaseName = 'registry';
export const databasePort = 5432;

/**
 * For those who have neither: a VPC that nothing leads into or out of, a small Postgres in it, and the settings of both jobs in
 * Parameter Store.
 *
 * The instance takes ten minutes, so what may be refused is made before it. Among that are the parameters: where they exist
 * already they belong to another database, and the deploy fails before anything was overwritten.
 *
 * @example
 * const { vpc, instance } = new RegistryDatabase(stack, 'Database', { environment: 'shop', parameterPath: '/shop' });
 * const network = new JobNetwork(stack, 'Network', { vpc, database: instance });
 */
export class RegistryDatabase extends Construct {
  /** Two isolated subnets, and nothing else. */
  readonly vpc: IVpc;
  /** The database. */
  readonly instance: DatabaseInstance;
  /** What each job's user begins with. */
  readonly passwords: Readonly<Record<JobName, GeneratedPassword>>;
  private readonly pathOf: (job: JobName) => string;

  constructor(scope: Construct, id: string, props: RegistryDatabaseProps) {
    super(scope, id);
    const { parameterPath: path, environment } = props;
    claimIdentity(this, 'database', environment);
    this.pathOf = (job) => (path ? `${path}/${job}` : parameterPath(environment, job));
    this.vpc = createIsolatedVpc(this, 'Vpc', props);
    const group = new SecurityGroup(this, 'Group', {
      vpc: this.vpc,
      description: `${databaseIdentifier(environment)}: whoever may connect adds a rule`,
      allowAllOutbound: false,
    });
    this.passwords = this.createSettings(props);
    this.instance = this.createInstance(props, group);
    this.instance.node.addDependency(...Object.values(this.passwords).map(({ parameter }) => parameter));
    for (const job of Object.keys(users) as JobName[])
      this.createParameter(job, 'host', this.instance.dbInstanceEndpointAddress);
  }

  /** Everything but the host, which nobody knows yet. */
  private createSettings(props: PasswordParametersProps) {
    const generator = new PasswordParameters(this, 'Passwords', props);
    const create = (job: JobName) => {
      const plain = Object.entries({ port: String(databasePort), database: databaseName, user: users[job] });
      const parameters = plain.map(([key, value]) =>
        this.createParameter(job, key as keyof typeof parameterNames, value),
      );
      const password = generator.generate(users[job], this.nameOf(job, 'password'));
      password.parameter.node.addDependency(...parameters);
      return password;
    };
    return { migrate: create('migrate'), 'refresh-statistics': create('refresh-statistics') };
  }

  private createInstance(props: RegistryDatabaseProps, group: SecurityGroup): DatabaseInstance {
    const instance = new DatabaseInstance(this, 'Instance', {
      instanceIdentifier: databaseIdentifier(props.environment),
      // Without a minor version: RDS goes on to new ones by itself, and a deploy must not ask for the old one back.
      engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 }),
      autoMinorVersionUpgrade: true,
      instanceType: props.instanceType ?? InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
      multiAz: props.multiAz ?? false,
      databaseName,
      credentials: Credentials.fromPassword(masterUser, this.passwords.migrate.secret.secretValue),
      iamAuthentication: true,
      vpc: this.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [group],
      port: databasePort,
      publiclyAccessible: false,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      parameters: { 'rds.force_ssl': '1' },
      storageType: StorageType.GP3,
      allocatedStorage: props.allocatedStorage ?? 20,
      maxAllocatedStorage: props.maxAllocatedStorage ?? 100,
      ...(props.logExports && { cloudwatchLogsExports: [...props.logExports] }),
      storageEncrypted: true,
      backupRetention: Duration.days(7),
      deleteAutomatedBackups: false,
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    // RDS writes into groups of these names, and makes them without an end where they are not there.
    for (const log of props.logExports ?? []) {
      const group = new LogGroup(this, `Log-${log}`, {
        logGroupName: `/aws/rds/instance/${databaseIdentifier(props.environment)}/${log}`,
        retention: props.logRetention ?? RetentionDays.ONE_MONTH,
        removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
      });
      instance.node.addDependency(group);
    }
    // It is in subnets that go with the stack, so it cannot simply stay: the stack's deletion stops at its protection, and whoever
    // lifts that gets a snapshot. One that is replaced stays, and so do its subnets.
    const resource = instance.node.defaultChild as CfnDBInstance;
    resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    acknowledge(instance, {
      'AwsSolutions-RDS11':
        'Only who has a rule in its security group reaches the port, whatever its number.',
      ...(!props.multiAz && {
        'AwsSolutions-RDS3':
          'A standby doubles the price. Environments that people depend on are protected, and have one.',
      }),
    });
    return instance;
  }

  private createParameter(job: JobName, key: keyof typeof parameterNames, value: string): StringParameter {
    const parameter = new StringParameter(this, `${users[job]}-${key}`, {
      parameterName: this.nameOf(job, key),
      stringValue: value,
    });
    // As long as the database is there, they are how it is found.
    parameter.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return parameter;
  }

  private nameOf(job: JobName, key: keyof typeof parameterNames): string {
    return `${this.pathOf(job)}/${parameterNames[key]}`;
  }
}
