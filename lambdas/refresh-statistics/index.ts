import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { metrics as names, statisticsTasks } from '../../lib/contract.ts';
import type { Settings } from '../../lib/core/settings/settings.ts';
import { audit } from '../../lib/core/statistics/audit.ts';
import { refresh } from '../../lib/core/statistics/refresh.ts';
import { renderAuditReport, renderStatisticsReport } from '../../lib/core/statistics/render.ts';
import type { AuditReport, StatisticsReport } from '../../lib/core/statistics/report.ts';
import { createHandler, type JobResult, type JobTools } from '../shared/job.ts';

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
  settings: Settings,
  { logger, metrics, deadline }: JobTools,
): Promise<JobResult<StatisticsReport>> {
  const report = await refresh(settings, {
    deadline,
    onEvent: (event) => logger.info(event.type, { event }),
  });
  const number = (outcome: string) => report.functions.filter((entry) => entry.outcome === outcome).length;
  metrics.addMetric(names.statisticsRefreshed, MetricUnit.Count, number('refreshed'));
  metrics.addMetric(names.statisticsSkipped, MetricUnit.Count, number('skipped'));
  metrics.addMetric(names.statisticsFailed, MetricUnit.Count, number('failed'));
  return { report, text: renderStatisticsReport(report), failed: report.status === 'failed' };
}

async function runAudit(
  settings: Settings,
  { metrics, deadline }: JobTools,
): Promise<JobResult<AuditReport>> {
  const report = await audit(settings, { deadline });
  metrics.addMetric(names.auditDifferences, MetricUnit.Count, report.total);
  // Its metric raises the alarm. A thrown error would only have the service try again, to the same end.
  return { report, text: renderAuditReport(report), failed: false };
}
