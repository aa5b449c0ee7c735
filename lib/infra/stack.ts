/**
 * The constructs as a library: `import { MigrateOnDeploy } from 'registry-jobs/cdk'`. Needs `aws-cdk-lib` and `constructs`, and
 * neither a database nor an AWS account to synthesize.
 */
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { JobName, LambdaName } from '../contract.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { JobAlarms } from './alarms.ts';
import { JobsDashboard } from './dashboard.ts';
import { DatabaseRoles } from './database-roles.ts';
import { RegistryDatabaseStack, type RegistryDatabaseStackProps } from './database-stack.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Environment } from './environment.ts';
import { gatesOf, letIn } from './environment-options.ts';
import { importNetwork } from './given-network.ts';
import type { JobFunction } from './job-function.ts';
import type { JobProps } from './job-props.ts';
import { MigrateOnDeploy } from './migrate-on-deploy.ts';
import { JobNetwork } from './network.ts';
import { databaseIdentifier } from './registry-database.ts';
import type { RegistryJobsStackProps } from './registry-stack-props.ts';
import { ScheduledStatistics } from './scheduled-statistics.ts';
import { stackProps, tagAll } from './stack-props.ts';

export type { JobAlarmsProps } from './alarm-props.ts';
export { JobAlarms } from './alarms.ts';
export type { DatabaseOptions } from './database-options.ts';
export { DatabaseRoles, type DatabaseRolesProps } from './database-roles.ts';
export type {
  DatabaseLogin,
  Environment,
  EnvironmentNetwork,
  EnvironmentSubnet,
  GivenEndpoint,
} from './environment.ts';
export type { MigrationSource } from './job-code.ts';
export type { JobFunction } from './job-function.ts';
export type { IamLogin } from './job-permissions.ts';
export type { JobProps } from './job-props.ts';
export { MigrateOnDeploy } from './migrate-on-deploy.ts';
export type { MigrateOnDeployOptions, MigrateOnDeployProps } from './migrate-options.ts';
export { JobNetwork, type JobNetworkProps, type JobPlace } from './network.ts';
export {
  type GeneratedPassword,
  PasswordParameters,
  type PasswordParametersProps,
} from './password-parameters.ts';
export { RegistryDatabase, type RegistryDatabaseProps } from './registry-database.ts';
export type { RegistryJobsStackProps } from './registry-stack-props.ts';
export {
  ScheduledStatistics,
  type ScheduledStatisticsOptions,
  type ScheduledStatisticsProps,
} from './scheduled-statistics.ts';

/**
 * Everything of one environment, in the order in which it comes up: network, migration, and only when that succeeded
 * the statistics function (whose code may need the new schema) with its schedule; alarms and a dashboard. Where the
 * environment has no network and no database, a second stack beside this one makes them first.
 *
 * @example
 * new RegistryJobsStack(app, 'shop-jobs', {
 *   environment,
 *   migrations: 'db/migrations',
 *   functions: ['refresh_totals'],
 *   parameterPath: '/shop',
 * });
 */
export class RegistryJobsStack extends Stack {
  /** The migrations, applied by every deploy. */
  readonly migrations: MigrateOnDeploy;
  /** The statistics, refreshed on a schedule. */
  readonly statistics: ScheduledStatistics;

  constructor(scope: Construct, id: string, props: RegistryJobsStackProps) {
    const { environment, functions, ...more } = props;
    super(scope, id, {
      description: `Migrations and statistics of the ${environment.name} registry`,
      terminationProtection: environment.protected,
      ...stackProps(more),
      env: { account: environment.account, region: environment.region },
    });
    tagAll(this, environment);

    const network = this.createNetwork(props);
    const jobs = this.createJobProps(environment);
    const login = environment.databaseLogin;
    const job = (name: JobName, code: LambdaName = name) => ({
      ...jobs,
      network,
      ...(props.parameterPath && { parameterPath: `${props.parameterPath}/${name}` }),
      ...(login && { iamLogin: { resourceId: login.resourceId, user: login.users[name] } }),
      ...(props.codeFolders && { codeFolder: props.codeFolders[code] }),
    });
    this.migrations = new MigrateOnDeploy(this, 'Migrations', {
      ...job('migrate'),
      migrations: props.migrations,
      ...gatesOf(environment, props.parameterPath),
    });
    letIn(this.migrations, environment);
    const minutes = environment.refreshEveryMinutes;
    this.statistics = new ScheduledStatistics(this, 'Statistics', {
      ...job('refresh-statistics'),
      migrations: this.migrations,
      ...(functions && { functions }),
      ...(environment.watchDrift && { watchDrift: true }),
      timeout: Duration.minutes(environment.refreshMinutes),
      every: minutes === false ? false : Duration.minutes(minutes),
      ...(minutes !== false && !functions && { auditHour: 3 }),
    });
    this.migrations.executeBefore(this.statistics);
    if (environment.network === 'create') {
      const refresherPath = this.statistics.job.parameterPath;
      const props = { ...job('migrate', 'create-roles'), refresherPath };
      this.migrations.executeAfter(new DatabaseRoles(this, 'Roles', props));
    }
    const topic = this.watch(environment);
    this.describe('Migrate', this.migrations.job);
    this.describe('Refresh', this.statistics.job);
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: jobs.deadLetterQueue.queueUrl });
    new CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn });
  }

  private createNetwork(props: RegistryJobsStackProps): JobNetwork {
    const place = new Construct(this, 'Network');
    const { network } = props.environment;
    const parts =
      network === 'create'
        ? new RegistryDatabaseStack(this.node.scope ?? this, `${this.node.id}-database`, databaseProps(props))
            .network
        : importNetwork(place, network);
    // A construct called Default leaves no trace in the names of its resources.
    return new JobNetwork(place, 'Default', parts);
  }

  private createJobProps(environment: Environment) {
    const { parameterKeyArn: key, certificates } = environment;
    return {
      ...(certificates !== undefined && { certificates }),
      environment: environment.name,
      deadLetterQueue: new DeadLetters(this, 'DeadLetters').queue,
      memorySize: environment.memoryMb,
      logRetention: environment.logRetentionDays,
      logRemovalPolicy: environment.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(key && { parameterKey: Key.fromKeyArn(this, 'ParameterKey', key) }),
    } satisfies JobProps;
  }

  private watch({ alarmTopicArn, refreshMissingHours, ...environment }: Environment): ITopic {
    const { migrations, statistics } = this;
    const databaseInstanceId =
      environment.network === 'create'
        ? databaseIdentifier(environment.name)
        : environment.databaseInstanceId;
    const { topic } = new AlarmTopic(this, 'AlarmTopic', {
      ...(alarmTopicArn && { existing: alarmTopicArn }),
    });
    const action = new SnsAction(topic);
    const alarms = new JobAlarms(this, 'Alarms', {
      migrations,
      statistics,
      refreshMissingHours,
      action,
      ...(databaseInstanceId && { databaseInstanceId }),
    });
    new JobsDashboard(this, 'Dashboard', {
      migrations,
      statistics,
      alarms: alarms.all,
      ...(databaseInstanceId && { databaseInstanceId }),
    });
    return topic;
  }

  private describe(name: string, job: JobFunction): void {
    new CfnOutput(this, `${name}FunctionName`, { value: job.function.functionName });
    new CfnOutput(this, `${name}LogGroup`, { value: job.logGroup.logGroupName });
  }
}

/** A stack of its own: what is said of this one's name, description and protection is not said of that one. */
function databaseProps(props: RegistryJobsStackProps): RegistryDatabaseStackProps {
  const { stackName, description: _, terminationProtection: __, ...rest } = props;
  return { ...rest, ...(stackName && { stackName: `${stackName}-database` }) };
}
