import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Duration, Stack, TimeZone } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { environmentVariables, statisticsFunctionName, statisticsTasks } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import { claimIdentity } from './identity.ts';
import { type CatalogOf, catalogOf, stageJobCode } from './job-code.ts';
import { JobFunction } from './job-function.ts';
import type { JobProps } from './job-props.ts';
import type { MigrateOnDeploy } from './migrate-on-deploy.ts';
import { JobNetwork, type JobPlace } from './network.ts';

export interface ScheduledStatisticsOptions extends JobProps {
  /**
   * The functions that are called, in this order, each in a transaction of its own: `name` or `schema.name`, without arguments,
   * returning 1 when it refreshed and 0 when there was nothing to do. Their case counts.
   * @default - what `statistics/functions` says in Parameter Store, and without it those of the registry
   */
  readonly functions?: readonly string[];
  /**
   * How often they are called; `false` leaves the function without a schedule.
   * @default Duration.hours(1)
   */
  readonly every?: Duration | false;
  /**
   * How much later than its time a run may start, so that environments do not all hit at the same moment.
   * @default Duration.minutes(5)
   */
  readonly window?: Duration;
  /**
   * How long one run of all functions may take, at most 15 minutes.
   * @default Duration.minutes(14)
   */
  readonly timeout?: Duration;
  /**
   * The hour of the night, in UTC, in which `audit_statistics()` of the database compares the statistics with a full
   * recomputation. The registry has this function.
   * @default - never
   */
  readonly auditHour?: number;
  /**
   * The migrations of this database. Every run then compares them with the ledger, so that an alarm tells when some are
   * missing: after a restore, for example, which no deploy follows by itself. The job's user needs SELECT on the ledger.
   * @default - nothing is compared
   */
  readonly migrations?: MigrateOnDeploy;
  /**
   * Has every run compare the catalog of the database with what `migrations` make, and tell of an index that was dropped by hand, say, by a
   * metric and an alarm: `true` where `registry-jobs prove --catalog` has written that to `catalog.json` beside the files, or the name of its
   * file, absolute or relative to the folder of `cdk.json`. The comparison only reads, and nobody waits for it.
   * @default false - the catalog is not looked at
   */
  readonly watchDrift?: boolean | string;
}

export type ScheduledStatisticsProps = ScheduledStatisticsOptions & JobPlace;

/**
 * Refreshes statistics on a schedule, by calling SQL functions. Deliveries may double and runs may overlap, so the functions
 * must guard themselves in the database; those of the registry do.
 *
 * @example
 * new ScheduledStatistics(stack, 'Statistics', {
 *   functions: ['refresh_totals', 'reporting.refresh_sales'],
 *   every: Duration.minutes(15),
 *   vpc,
 *   database,
 *   parameterPath: '/shop/statistics',
 * });
 */
export class ScheduledStatistics extends Construct {
  /** The function that calls them. */
  readonly job: JobFunction;
  /** Where it runs. */
  readonly network: JobNetwork;
  /** Absent when nothing is scheduled. */
  readonly schedule?: Schedule;
  /** Whether every run compares the ledger with the migrations. */
  readonly watchesLedger: boolean;
  /** Whether every run compares the catalog with what the migrations make. */
  readonly watchesDrift: boolean;
  /** Absent when nothing is audited. */
  readonly auditSchedule?: Schedule;

  constructor(scope: Construct, id: string, props: ScheduledStatisticsProps) {
    super(scope, id);
    const { functions, every = Duration.hours(1), auditHour, codeFolder, certificates, secret } = props;
    this.network = JobNetwork.of(this, props);
    this.watchesLedger = props.migrations !== undefined;
    this.watchesDrift = props.watchDrift !== undefined && props.watchDrift !== false;
    this.job = new JobFunction(this, 'Job', {
      ...props,
      job: 'refresh-statistics',
      description: 'Refreshes the statistics that are out of date',
      code: stageJobCode(this, 'refresh-statistics', {
        codeFolder,
        certificates,
        secret,
        expected: props.migrations?.compiled,
        catalog: this.readCatalog(props),
      }),
      timeout: props.timeout ?? Duration.minutes(14),
      network: this.network,
      variables: functions
        ? { [environmentVariables.statisticsFunctions]: checkNames(functions).join() }
        : {},
      // Once more after a failover; after that the next hour is a better time.
      retryAttempts: 1,
    });
    claimIdentity(this, this.job.job, this.job.environment);
    const role = this.createRole().withoutPolicyUpdates();
    if (every !== false) {
      this.schedule = new Schedule(this, 'Schedule', {
        description: `Refreshes the statistics of ${this.job.environment}`,
        schedule: ScheduleExpression.rate(every),
        timeWindow: TimeWindow.flexible(props.window ?? Duration.minutes(5)),
        target: this.target(role),
      });
    }
    if (auditHour === undefined) return;
    this.auditSchedule = new Schedule(this, 'AuditSchedule', {
      description: `Compares the statistics of ${this.job.environment} with a full recomputation`,
      schedule: ScheduleExpression.cron({
        hour: String(auditHour),
        minute: '0',
        timeZone: TimeZone.ETC_UTC,
      }),
      timeWindow: TimeWindow.flexible(Duration.minutes(30)),
      target: this.target(role, ScheduleTargetInput.fromObject({ task: statisticsTasks.audit })),
    });
  }

  private readCatalog({ migrations, watchDrift }: ScheduledStatisticsProps): CatalogOf {
    if (!this.watchesDrift) return undefined;
    if (migrations) return catalogOf(migrations.source, migrations.compiled, watchDrift);
    throw new UsageError(
      'watch-without-migrations',
      `${this.node.path} watches for drift and knows no migrations.`,
      { hint: 'Give it `migrations` as well: the construct that applies them.' },
    );
  }

  private target(role: IRole, input?: ScheduleTargetInput): LambdaInvoke {
    return new LambdaInvoke(this.job.function, {
      // These cover the delivery; what the function does with it follows its own settings.
      retryAttempts: 3,
      maxEventAge: Duration.minutes(30),
      deadLetterQueue: this.job.deadLetterQueue,
      // As it is: CDK would add the right to invoke every version and alias of the function.
      role,
      ...(input && { input }),
    });
  }

  /** May start this function and report a failure to its queue, on behalf of this account's default schedules only. */
  private createRole() {
    const stack = Stack.of(this);
    const { environment, function: fn, deadLetterQueue } = this.job;
    return new Role(this, 'ScheduleRole', {
      description: `Starts registry-jobs refresh-statistics in ${environment}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
            }),
          },
        },
      }),
      inlinePolicies: {
        Deliver: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [fn.functionArn] }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
          ],
        }),
      },
    });
  }
}

function checkNames(functions: readonly string[]): readonly string[] {
  const bad = functions.filter((name) => !statisticsFunctionName.test(name));
  if (bad.length === 0 && functions.length > 0) return functions;
  const names = bad.map((name) => JSON.stringify(name)).join(', ');
  throw new UsageError(
    'bad-statistics-functions',
    bad.length > 0 ? `Not the name of a function: ${names}.` : 'The list of statistics functions is empty.',
    {
      hint: 'Write name or schema.name, without quotes and parentheses, for example: reporting.refresh_totals',
    },
  );
}
