import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnOutput, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { type JobName, parameterPath } from '../contract.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { Alarms } from './alarms.ts';
import { JobsDashboard } from './dashboard.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Environment } from './environments.ts';
import type { JobFunction, JobProps } from './job-function.ts';
import { MigrateOnDeploy } from './migrate-on-deploy.ts';
import { JobNetwork } from './network.ts';
import { ScheduledStatistics } from './scheduled-statistics.ts';

export interface RegistryJobsStackProps {
  readonly environment: Environment;
  /** Where each function's bundled code lies. */
  readonly bundles: Readonly<Record<JobName, { readonly folder: string }>>;
}

/**
 * Everything of one environment, in the order in which it comes up: network, migration, and only when that succeeded
 * the statistics function (whose code may need the new schema) with its schedule.
 */
export class RegistryJobsStack extends Stack {
  constructor(scope: Construct, props: RegistryJobsStackProps) {
    const { environment, bundles } = props;
    super(scope, `registry-jobs-${environment.name}`, {
      description: `Migrations and statistics of the ${environment.name} registry`,
      env: { account: environment.account, region: environment.region },
      terminationProtection: environment.protected,
    });
    Tags.of(this).add('project', 'registry-jobs');
    Tags.of(this).add('environment', environment.name);

    const jobs = this.createJobProps(environment);
    const migrations = new MigrateOnDeploy(this, 'Migrations', {
      ...jobs,
      codeFolder: bundles.migrate.folder,
      timeout: Duration.minutes(environment.migrateMinutes),
    });
    const minutes = environment.refreshEveryMinutes;
    const statistics = new ScheduledStatistics(this, 'Statistics', {
      ...jobs,
      codeFolder: bundles['refresh-statistics'].folder,
      timeout: Duration.minutes(environment.refreshMinutes),
      every: minutes === false ? false : Duration.minutes(minutes),
      ...(minutes === false && { auditHour: false }),
    });
    migrations.trigger.executeBefore(statistics);

    const existing = environment.alarmTopicArn;
    const { topic } = new AlarmTopic(this, 'AlarmTopic', { ...(existing && { existing }) });
    const watched = {
      environment: environment.name,
      migrate: migrations.job,
      refresh: statistics.job,
      deadLetters: jobs.deadLetters,
    };
    const alarms = new Alarms(this, 'Alarms', {
      ...watched,
      refreshScheduled: statistics.schedule !== undefined,
      refreshMissingHours: environment.refreshMissingHours,
      action: new SnsAction(topic),
    });
    const { databaseInstanceId } = environment;
    new JobsDashboard(this, 'Dashboard', {
      ...watched,
      alarms: alarms.all,
      ...(databaseInstanceId && { databaseInstanceId }),
    });
    this.describe('Migrate', migrations.job);
    this.describe('Refresh', statistics.job);
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: jobs.deadLetters.queueUrl });
    new CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn });
  }

  private createJobProps(environment: Environment): Omit<JobProps, 'codeFolder'> {
    const jobNames: JobName[] = ['migrate', 'refresh-statistics'];
    return {
      environment: environment.name,
      network: new JobNetwork(this, 'Network', {
        ...environment.network,
        parameterPaths: jobNames.map((job) => parameterPath(environment.name, job)),
      }),
      deadLetters: new DeadLetters(this, 'DeadLetters').queue,
      memoryMb: environment.memoryMb,
      logRetention: environment.logRetentionDays,
      logRemoval: environment.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(environment.databaseLogin && { databaseLogin: environment.databaseLogin }),
      ...(environment.parameterKeyArn && { parameterKeyArn: environment.parameterKeyArn }),
    };
  }

  private describe(name: string, job: JobFunction): void {
    new CfnOutput(this, `${name}FunctionName`, { value: job.function.functionName });
    new CfnOutput(this, `${name}LogGroup`, { value: job.logGroup.logGroupName });
  }
}
