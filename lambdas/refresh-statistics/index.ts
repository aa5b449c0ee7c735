import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { metrics as names } from '../../lib/contract.ts';
import { refresh } from '../../lib/core/statistics/refresh.ts';
import { renderStatisticsReport } from '../../lib/core/statistics/render.ts';
import { createHandler } from '../shared/job.ts';

/** Refreshes the statistics. Invoked by the schedule, which may deliver twice: the database guards itself. */
export const handler = createHandler(
  'refresh-statistics',
  async (settings, { logger, metrics, deadline }) => {
    const report = await refresh(settings, {
      deadline,
      onEvent: (event) => logger.info(event.type, { event }),
    });
    const number = (outcome: string) => report.functions.filter((entry) => entry.outcome === outcome).length;
    metrics.addMetric(names.statisticsRefreshed, MetricUnit.Count, number('refreshed'));
    metrics.addMetric(names.statisticsSkipped, MetricUnit.Count, number('skipped'));
    metrics.addMetric(names.statisticsFailed, MetricUnit.Count, number('failed'));
    return { report, text: renderStatisticsReport(report), failed: report.status === 'failed' };
  },
);
