import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { functionMetrics, metricDimensions, metrics } from '../contract.ts';
import type { JobFunction } from './job-function.ts';
import { jobMetric } from './job-metric.ts';
import type { MigrateOnDeploy } from './migrate-on-deploy.ts';
import type { ScheduledStatistics } from './scheduled-statistics.ts';

export interface JobsDashboardProps {
  /** The migrations to show. */
  readonly migrations: MigrateOnDeploy;
  /** The statistics to show. */
  readonly statistics: ScheduledStatistics;
  /** The first thing on the page. */
  readonly alarms: readonly IAlarm[];
  /**
   * Identifier of the RDS instance whose connections are shown.
   * @default - none are shown
   */
  readonly databaseInstanceId?: string;
}

/** One page that says whether all is well, and if not, since when and with what: the alarms first, then their numbers. */
export class JobsDashboard extends Construct {
  /** The page itself. */
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: JobsDashboardProps) {
    super(scope, id);
    const { job: migrate } = props.migrations;
    const { job: refresh } = props.statistics;
    const { environment } = migrate;
    const counted = (job: JobFunction, name: string, label: string) => jobMetric(job, name).with({ label });
    const rows: IWidget[][] = [
      [
        new AlarmStatusWidget({
          title: `${environment}: alarms`,
          alarms: [...props.alarms],
          width: 24,
          height: 3,
        }),
      ],
      [
        graph('Migrations', [
          counted(migrate, metrics.migrationsApplied, 'applied'),
          counted(migrate, metrics.migrationsPending, 'pending'),
          counted(migrate, metrics.migrationFailed, 'failed'),
          ...(props.migrations.needsApproval
            ? [
                jobMetric(migrate, metrics.approvalWaiting, { statistic: 'Maximum' }).with({
                  label: 'waiting for approval',
                }),
              ]
            : []),
          ...(props.statistics.watchesLedger
            ? [
                jobMetric(refresh, metrics.migrationsPending, { statistic: 'Maximum' }).with({
                  label: 'missing in the ledger',
                }),
              ]
            : []),
        ]),
        graph('Statistics functions', [
          counted(refresh, metrics.statisticsRefreshed, 'refreshed'),
          counted(refresh, metrics.statisticsSkipped, 'skipped'),
          counted(refresh, metrics.statisticsFailed, 'failed'),
        ]),
      ],
      [
        graph('Longest run', [longest(migrate, 'migrate'), longest(refresh, 'refresh')]),
        graph('Errors and throttles', [
          ...failures(migrate, 'migrate'),
          ...failures(refresh, 'refresh'),
          refresh.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
            statistic: 'Maximum',
            label: 'dead letters',
          }),
        ]),
      ],
      [
        graph('Statistics functions: time in ms', [eachFunction(refresh, 'duration', 'Maximum')]),
        graph('Statistics functions: what became of each', [
          eachFunction(refresh, 'refreshed', 'Sum'),
          eachFunction(refresh, 'skipped', 'Sum'),
          eachFunction(refresh, 'failed', 'Sum'),
        ]),
      ],
      [
        graph('Changes folded', [counted(refresh, metrics.statisticsRowsFolded, 'changes')]),
        graph('Lag of the statistics in s', [
          jobMetric(refresh, metrics.statisticsLag, { statistic: 'Maximum' }),
        ]),
      ],
      [
        ...(props.statistics.auditSchedule
          ? [graph('Audit', [counted(refresh, metrics.auditDifferences, 'cells that differ')])]
          : []),
        ...(props.statistics.watchesDrift
          ? [
              graph('Drift of the catalog', [
                jobMetric(refresh, metrics.catalogDrift, { statistic: 'Maximum' }).with({
                  label: 'objects that differ',
                }),
              ]),
            ]
          : []),
        ...(props.databaseInstanceId ? [graph('Database', [connections(props.databaseInstanceId)])] : []),
      ],
    ];
    this.dashboard = new Dashboard(this, 'Dashboard', {
      // Dashboards of all regions share their names.
      dashboardName: `${Stack.of(this).stackName}-${Stack.of(this).region}`,
      defaultInterval: Duration.days(7),
      widgets: rows,
    });
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 12, height: 6, leftYAxis: { min: 0 } });
}

/** Found by a search, because which functions there are is a setting that may change without a deploy. */
function eachFunction(
  { environment, job }: JobFunction,
  what: keyof typeof functionMetrics,
  statistic: string,
): MathExpression {
  const dimensions = metricDimensions(environment, job, '*');
  const names = Object.keys(dimensions).sort().join(',');
  const { function: _, ...fixed } = dimensions;
  const values = Object.entries(fixed).map(([name, value]) => `${name}="${value}"`);
  const terms = [`{${metrics.namespace},${names}}`, `MetricName="${functionMetrics[what]}"`, ...values];
  return new MathExpression({
    expression: `SEARCH('${terms.join(' ')}', '${statistic}', 3600)`,
    label: what,
    period: Duration.hours(1),
    usingMetrics: {},
  });
}

function longest(job: JobFunction, label: string): Metric {
  return job.function.metricDuration({ statistic: 'Maximum', label, period: Duration.hours(1) });
}

function failures(job: JobFunction, name: string): Metric[] {
  return [
    job.function.metricErrors({ label: `${name} failed`, period: Duration.hours(1) }),
    job.function.metricThrottles({ label: `${name} throttled`, period: Duration.hours(1) }),
  ];
}

function connections(instance: string): Metric {
  return new Metric({
    namespace: 'AWS/RDS',
    metricName: 'DatabaseConnections',
    dimensionsMap: { DBInstanceIdentifier: instance },
    statistic: 'Maximum',
    label: 'connections',
    period: Duration.minutes(5),
  });
}
