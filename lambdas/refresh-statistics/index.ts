import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { functionMetrics, metrics as names, statisticsTasks } from '../../lib/contract.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { audit } from '../../lib/statistics/audit.ts';
import { type AuditReport, renderAuditReport } from '../../lib/statistics/audit-report.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import {
  type FunctionReport,
  renderStatisticsReport,
  type StatisticsReport,
} from '../../lib/statistics/refresh-report.ts';
import { countPending } from '../shared/count-pending.ts';
import { createHandler, type JobResult, type JobTools } from '../shared/handler.ts';
import { watchDrift } from '../shared/watch-drift.ts';

/**
 * Refreshes the statistics, or audits them when the event says so. Invoked by schedules, which may deliver twice:
 * the database guards itself.
 */
export const handler = createHandler<StatisticsReport | AuditReport>(
  'refresh-statistics',
  (settings, tools, event) => (isAudit(event) ? runAudit(settings, tools) : runRefresh(settings, tools)),
);

function isAudit(event: unknown): boolean {
  return (event as { task?: unknown } | null)?.task === statisticsTasks.audit;
}

async function runRefresh(
  settings: PostgresSettings,
  { logger, metrics, metricsOf, deadline }: JobTools,
): Promise<JobResult<StatisticsReport>> {
  const report = await refresh(settings, {
    deadline,
    onEvent: (event) => logger.info(event.type, { event }),
  });
  const number = (outcome: string) => report.functions.filter((entry) => entry.outcome === outcome).length;
  // One that does not say whether it had to do anything counts as if it had.
  metrics.addMetric(names.statisticsRefreshed, MetricUnit.Count, number('refreshed') + number('called'));
  metrics.addMetric(names.statisticsSkipped, MetricUnit.Count, number('skipped'));
  metrics.addMetric(names.statisticsFailed, MetricUnit.Count, number('failed'));
  if (report.rowsFolded !== undefined)
    metrics.addMetric(names.statisticsRowsFolded, MetricUnit.Count, report.rowsFolded);
  if (report.lagMs !== undefined)
    metrics.addMetric(names.statisticsLag, MetricUnit.Seconds, report.lagMs / 1000);
  // During maintenance, and beside a migration, the job stands aside.
  if (report.status !== 'skipped') {
    await countPending(settings, { logger, metrics, deadline });
    await watchDrift(settings, { logger, metrics, deadline });
  }
  for (const entry of report.functions) measure(metricsOf(entry.name), entry);
  return { report, text: renderStatisticsReport(report), failed: report.status === 'failed' };
}

function measure(metrics: Metrics, { outcome, durationMs }: FunctionReport): void {
  const counted = outcome === 'called' ? 'refreshed' : outcome;
  for (const each of ['refreshed', 'skipped', 'failed'] as const)
    metrics.addMetric(functionMetrics[each], MetricUnit.Count, counted === each ? 1 : 0);
  metrics.addMetric(functionMetrics.duration, MetricUnit.Milliseconds, durationMs);
  metrics.publishStoredMetrics();
}

async function runAudit(
  settings: PostgresSettings,
  { metrics, deadline }: JobTools,
): Promise<JobResult<AuditReport>> {
  const report = await audit(settings, { deadline });
  metrics.addMetric(names.auditDifferences, MetricUnit.Count, report.total);
  // Its metric raises the alarm. A thrown error would only have the service try again, to the same end.
  return { report, text: renderAuditReport(report), failed: false };
}
