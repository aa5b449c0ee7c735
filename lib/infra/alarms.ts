import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { metrics } from '../contract.ts';
import type { JobAlarmsProps } from './alarm-props.ts';
import type { JobFunction } from './job-function.ts';
import { jobMetric } from './job-metric.ts';
import type { MigrateOnDeploy } from './migrate-on-deploy.ts';
import type { ScheduledStatistics } from './scheduled-statistics.ts';

interface Rule {
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default - greater than or equal to the threshold, once, and no data is good */
  readonly missing?: { readonly periods: number };
  /** What is too little instead of too much. @default false */
  readonly isLeast?: boolean;
}

/** How long a metric may be on its way from a function to its alarm. */
const DELIVERY_MINUTES = 5;

/**
 * What somebody should look at, each alarm with the sentence that says why.
 *
 * @example
 * new JobAlarms(stack, 'Alarms', { migrations, statistics, action: new SnsAction(topic) });
 */
export class JobAlarms extends Construct {
  /** In the order in which they are shown. */
  readonly all: Alarm[] = [];
  private readonly props: JobAlarmsProps;

  constructor(scope: Construct, id: string, props: JobAlarmsProps) {
    super(scope, id);
    this.props = props;
    const { migrations, statistics } = props;
    if (migrations) this.watchMigrations(migrations);
    if (statistics) this.watchStatistics(statistics);
    const jobs = [migrations, statistics].flatMap((it) => it?.job ?? []);
    const [{ environment } = { environment: Stack.of(this).stackName }] = jobs;
    if (props.databaseInstanceId) this.watchStorage(environment, props.databaseInstanceId);
    // They may share one queue.
    const queues = new Map(jobs.map((job) => [job.deadLetterQueue, job]));
    for (const [index, [queue, job]] of [...queues].entries()) {
      this.alarm(job, `DeadLetters${index === 0 ? '' : index + 1}`, {
        description:
          'An event was given up: its schedule was not delivered or its function failed. Read the queue.',
        metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
        threshold: 1,
      });
    }
  }

  private watchStorage(environment: string, instance: string): void {
    const gb = this.props.freeStorageGb ?? 2;
    this.alarm({ environment }, 'StorageLow', {
      description: `The database has less than ${gb} GB of storage left, without which it stops. Raise its allocated storage.`,
      metric: new Metric({
        namespace: 'AWS/RDS',
        metricName: 'FreeStorageSpace',
        dimensionsMap: { DBInstanceIdentifier: instance },
        statistic: 'Minimum',
        period: Duration.minutes(5),
      }),
      threshold: gb * 1024 ** 3,
      isLeast: true,
    });
  }

  private watchMigrations({ job, needsApproval }: MigrateOnDeploy): void {
    this.watchFunction('Migrate', 'A migration, or the deploy that waited for one,', job);
    this.alarm(job, 'MigrationsPending', {
      description:
        'A run ended before all migrations were applied: the code of a deploy may miss its schema.',
      metric: jobMetric(job, metrics.migrationsPending, { period: Duration.minutes(5) }),
      threshold: 1,
    });
    if (!needsApproval) return;
    this.alarm(job, 'ApprovalWaiting', {
      description: `A deploy waits for its plan to be approved: registry-jobs plan --remote --env ${job.environment} shows it.`,
      metric: jobMetric(job, metrics.approvalWaiting, { statistic: 'Maximum', period: Duration.minutes(5) }),
      threshold: 1,
    });
  }

  /** Without a schedule its absence is no news. */
  private watchStatistics({ job, schedule, auditSchedule, ...watches }: ScheduledStatistics): void {
    this.watchFunction('Refresh', 'A statistics refresh', job);
    if (watches.watchesLedger) this.watchLedger(job);
    if (watches.watchesDrift) this.watchDrift(job);
    if (schedule) this.watchRefresh(job, this.props.refreshMissingHours ?? 3);
    if (auditSchedule) this.watchAudit(job);
  }

  private watchFunction(name: string, subject: string, job: JobFunction): void {
    const share = this.props.durationShare ?? 0.8;
    // Lambda dates these two with the beginning of the run, and says them at its end. A shorter period would be judged, and
    // found empty, before the datum of a long run is there; CloudWatch does not come back to it.
    const period = Duration.minutes(Math.ceil(job.timeout.toSeconds() / 60) + DELIVERY_MINUTES);
    // Lambda's own count: a failure is thrown, and so is what breaks before a metric of ours can be written.
    this.alarm(job, `${name}Failed`, {
      description: `${subject} failed. The report is in the log group of the function.`,
      metric: job.function.metricErrors({ period }),
      threshold: 1,
    });
    this.alarm(job, `${name}Slow`, {
      description: `${subject} took more than ${share * 100} % of the time that one run has.`,
      metric: job.function.metricDuration({ statistic: 'Maximum', period }),
      threshold: Math.round(job.timeout.toMilliseconds() * share),
    });
    this.alarm(job, `${name}Throttled`, {
      description: `${subject} could not start: the account's concurrency is used up.`,
      metric: job.function.metricThrottles(),
      threshold: 1,
    });
  }

  /** Counts answers and not invocations, so that a function which never gets to its end is missed as well. */
  private watchRefresh(job: JobFunction, hours: number): void {
    this.alarm(job, 'RefreshMissing', {
      description: `No statistics were refreshed or found fresh for ${hours} hours.`,
      metric: new MathExpression({
        expression: 'FILL(refreshed, 0) + FILL(skipped, 0)',
        usingMetrics: {
          refreshed: jobMetric(job, metrics.statisticsRefreshed),
          skipped: jobMetric(job, metrics.statisticsSkipped),
        },
        label: 'statistics functions that answered',
        period: Duration.hours(1),
      }),
      threshold: 1,
      missing: { periods: hours },
    });
    this.alarm(job, 'RefreshLag', {
      description: `Runs come to their end, but some statistics are more than ${hours} hours old.`,
      metric: jobMetric(job, metrics.statisticsLag, { statistic: 'Maximum' }),
      threshold: hours * 3600,
    });
  }

  /** What a deploy does not notice: the database was restored, or another one is at its address. */
  private watchLedger(job: JobFunction): void {
    this.alarm(job, 'MigrationsMissing', {
      description:
        'The database lacks migrations of this deploy, as after a restore. Invoke the migrate function, see docs/guides/aws.md.',
      metric: jobMetric(job, metrics.migrationsPending, { statistic: 'Maximum' }),
      threshold: 1,
    });
  }

  private watchDrift(job: JobFunction): void {
    this.alarm(job, 'CatalogDrift', {
      description:
        'The database is not as its migrations make it: somebody has changed it by hand. See the log, or run: registry-jobs verify --deep.',
      metric: jobMetric(job, metrics.catalogDrift, { statistic: 'Maximum' }),
      threshold: 1,
    });
  }

  private watchAudit(job: JobFunction): void {
    this.alarm(job, 'AuditDiffers', {
      description:
        'The statistics are not what the tables say. See the report in the log, then run: registry-jobs rebuild.',
      metric: jobMetric(job, metrics.auditDifferences),
      threshold: 1,
    });
  }

  private alarm({ environment }: Pick<JobFunction, 'environment'>, id: string, rule: Rule): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${environment}: ${rule.description}`,
      metric: rule.metric,
      threshold: rule.threshold,
      evaluationPeriods: rule.missing?.periods ?? 1,
      comparisonOperator:
        rule.missing || rule.isLeast
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: rule.missing ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    this.all.push(alarm);
    if (!this.props.action) return;
    alarm.addAlarmAction(this.props.action);
    alarm.addOkAction(this.props.action);
  }
}
