import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { metrics } from '../contract.ts';
import type { JobFunction } from './job-function.ts';
import { jobMetric } from './job-metric.ts';

export interface AlarmsProps {
  /** As in the metrics' dimensions. */
  readonly environment: string;
  readonly migrate: JobFunction;
  readonly refresh: JobFunction;
  readonly deadLetters: IQueue;
  /** Whether something starts the refresh; without a schedule its absence is no news. */
  readonly refreshScheduled: boolean;
  /**
   * Whom to tell when an alarm starts and when it ends.
   * @default - nobody; the alarm only changes its state
   */
  readonly action?: IAlarmAction;
  /**
   * Hours without a finished refresh that are too many.
   * @default 3
   */
  readonly refreshMissingHours?: number;
  /**
   * The share of a function's timeout that is too long for one run.
   * @default 0.8
   */
  readonly durationShare?: number;
}

interface Rule {
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default - greater than or equal to the threshold, once, and no data is good */
  readonly missing?: { readonly periods: number };
}

/** What somebody should look at, each alarm with the sentence that says why. */
export class Alarms extends Construct {
  /** In the order in which they are shown. */
  readonly all: Alarm[] = [];
  private readonly props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.props = props;
    this.watchFunction('Migrate', 'A migration', props.migrate);
    this.alarm('MigrationsPending', {
      description:
        'A run ended before all migrations were applied: the code of a deploy may miss its schema.',
      metric: jobMetric(props.environment, 'migrate', metrics.migrationsPending, {
        period: Duration.minutes(5),
      }),
      threshold: 1,
    });
    this.watchFunction('Refresh', 'A statistics refresh', props.refresh);
    if (props.refreshScheduled) this.watchRefresh(props.refreshMissingHours ?? 3);
    if (props.refreshScheduled) this.watchAudit();
    this.alarm('DeadLetters', {
      description:
        'An event was given up: its schedule was not delivered or its function failed. Read the queue.',
      metric: props.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      threshold: 1,
    });
  }

  private watchFunction(name: string, subject: string, job: JobFunction): void {
    const share = this.props.durationShare ?? 0.8;
    // Lambda's own count: a failure is thrown, and so is what breaks before a metric of ours can be written.
    this.alarm(`${name}Failed`, {
      description: `${subject} failed. The report is in the log group of the function.`,
      metric: job.function.metricErrors(),
      threshold: 1,
    });
    this.alarm(`${name}Slow`, {
      description: `${subject} took more than ${share * 100} % of the time it has.`,
      metric: job.function.metricDuration({ statistic: 'Maximum' }),
      threshold: Math.round(job.timeout.toMilliseconds() * share),
    });
    this.alarm(`${name}Throttled`, {
      description: `${subject} could not start: the account's concurrency is used up.`,
      metric: job.function.metricThrottles(),
      threshold: 1,
    });
  }

  /** Counts answers and not invocations, so that a function which never gets to its end is missed as well. */
  private watchRefresh(hours: number): void {
    this.alarm('RefreshMissing', {
      description: `No statistics were refreshed or found fresh for ${hours} hours.`,
      metric: new MathExpression({
        expression: 'FILL(refreshed, 0) + FILL(skipped, 0)',
        usingMetrics: {
          refreshed: this.count(metrics.statisticsRefreshed),
          skipped: this.count(metrics.statisticsSkipped),
        },
        label: 'statistics functions that answered',
        period: Duration.hours(1),
      }),
      threshold: 1,
      missing: { periods: hours },
    });
    this.alarm('RefreshLag', {
      description: `Runs come to their end, but some statistics are more than ${hours} hours old.`,
      metric: jobMetric(this.props.environment, 'refresh-statistics', metrics.statisticsLag, {
        statistic: 'Maximum',
      }),
      threshold: hours * 3600,
    });
  }

  private watchAudit(): void {
    this.alarm('AuditDiffers', {
      description:
        'The statistics are not what the tables say. See the report in the log, then run: registry-jobs rebuild.',
      metric: this.count(metrics.auditDifferences),
      threshold: 1,
    });
  }

  /** What the statistics function counted in an hour. */
  private count(metricName: string): Metric {
    return jobMetric(this.props.environment, 'refresh-statistics', metricName);
  }

  private alarm(id: string, rule: Rule): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${this.props.environment}: ${rule.description}`,
      metric: rule.metric,
      threshold: rule.threshold,
      evaluationPeriods: rule.missing?.periods ?? 1,
      comparisonOperator: rule.missing
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
