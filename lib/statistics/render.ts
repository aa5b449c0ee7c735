import { renderError } from '../errors/error.ts';
import { count, formatDuration, formatTable } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import {
  type AuditReport,
  type FunctionReport,
  NOT_CALLED,
  type RebuildReport,
  type StatisticsDatabase,
  type StatisticsReport,
} from './report.ts';

/** The report as a person reads it. Pure. */
export function renderStatisticsReport(report: StatisticsReport): string {
  const { functions, reason } = report;
  const place = placeOf(report);
  if (report.status === 'skipped') return `Skipped the statistics of ${place}: ${reason}.`;
  const table = formatTable(
    functions.map((entry) => [
      `  ${entry.outcome}`,
      entry.name,
      formatDuration(entry.durationMs),
      // Of the server, and a line of the table.
      (entry.reason ?? '').replace(/\s*\n\s*/g, ' '),
    ]),
    new Set([2]),
  );
  const errors = functions.flatMap(({ error }) => (error ? [renderError(error)] : []));
  const lines = [
    ...(table ? [table] : []),
    ...errors,
    ...notReopened(report),
    `${verdict(report)} in ${formatDuration(report.durationMs)}${folded(report)}.`,
  ];
  return visible(lines.join('\n'));
}

function notReopened({ functions, notReopened: error }: StatisticsReport): string[] {
  if (!error) return [];
  const { length } = functions.filter(({ reason }) => reason === NOT_CALLED);
  const those = `${count(length, 'function')} ${length === 1 ? 'was' : 'were'} not called`;
  return [`The session was lost and no other could be opened, so ${those}: ${renderError(error)}`];
}

function folded({ rowsFolded = 0 }: StatisticsReport): string {
  return rowsFolded > 0 ? ` (${count(rowsFolded, 'change')} folded)` : '';
}

function verdict(report: StatisticsReport): string {
  const { status, functions } = report;
  const place = placeOf(report);
  const number = (wanted: FunctionReport['outcome']) =>
    functions.filter(({ outcome }) => outcome === wanted).length;
  switch (status) {
    case 'nothing-to-do':
      return `Nothing to refresh in ${place}`;
    case 'failed':
      return `${number('failed')} of ${functions.length} statistics functions failed in ${place}`;
    default:
      return `Refreshed the statistics of ${place}`;
  }
}

/** The report of `audit` as a person reads it. Pure. */
export function renderAuditReport(report: AuditReport): string {
  const { status, total, cells, durationMs } = report;
  const place = placeOf(report);
  const took = formatDuration(durationMs);
  if (status === 'ok') return `The statistics of ${place} are exact (checked in ${took}).`;
  const rows = cells.map(({ statistic, cell, recorded, recomputed }) => [
    statistic,
    ...[cell, recorded, recomputed].map((value) => JSON.stringify(value)),
  ]);
  return [
    formatTable([['statistic', 'cell', 'recorded', 'recomputed'], ...rows]),
    ...(total > cells.length ? [`... and ${count(total - cells.length, 'more cell')}`] : []),
    `${count(total, 'cell')} of the statistics of ${place} differ (checked in ${took}).`,
    'What to do: find out what wrote without the triggers, then run: registry-jobs rebuild',
  ].join('\n');
}

/** The report of `rebuild` as a person reads it. Pure. */
export function renderRebuildReport(report: RebuildReport): string {
  const { durationMs } = report;
  return `Counted the statistics of ${placeOf(report)} anew in ${formatDuration(durationMs)}.`;
}

/** As the other reports say it. */
function placeOf({ database }: { readonly database: StatisticsDatabase }): string {
  return `${database.name} on ${database.host}`;
}
