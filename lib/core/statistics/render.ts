import { renderError } from '../errors.ts';
import { formatDuration, formatTable } from '../format.ts';
import type { FunctionReport, StatisticsReport } from './report.ts';

/** The report as a person reads it. Pure. */
export function renderStatisticsReport(report: StatisticsReport): string {
  const { environment, functions, reason } = report;
  if (report.status === 'skipped') return `Skipped the statistics of ${environment}: ${reason}.`;
  const table = formatTable(
    functions.map((entry) => [
      `  ${entry.outcome}`,
      entry.name,
      formatDuration(entry.durationMs),
      entry.reason ?? '',
    ]),
    new Set([2]),
  );
  const errors = functions.flatMap(({ error }) => (error ? [renderError(error)] : []));
  return [
    ...(table ? [table] : []),
    ...errors,
    `${verdict(report)} in ${formatDuration(report.durationMs)}.`,
  ].join('\n');
}

function verdict({ status, environment, functions }: StatisticsReport): string {
  const number = (wanted: FunctionReport['outcome']) =>
    functions.filter(({ outcome }) => outcome === wanted).length;
  switch (status) {
    case 'nothing-to-do':
      return `Nothing to refresh in ${environment}`;
    case 'failed':
      return `${number('failed')} of ${functions.length} statistics functions failed in ${environment}`;
    default:
      return `Refreshed the statistics of ${environment}`;
  }
}
