import { type ErrorReport, renderError } from '../errors/error.ts';
import { count, formatDuration, formatTable } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { placeOf, type StatisticsDatabase } from './database.ts';

/** The reason where there was no session to call a function in. */
export const NOT_CALLED = 'not called';

/** What became of one statistics function. */
export interface FunctionReport {
  readonly name: string;
  /** `called`: its work is done, and it does not say whether there was any. `skipped`: it found nothing to do, or was not called. */
  readonly outcome: 'refreshed' | 'called' | 'skipped' | 'failed';
  readonly durationMs: number;
  /** Why it was not called, or what it returned where that says nothing. */
  readonly reason?: string;
  readonly error?: ErrorReport;
}

/** Everything a run of `refresh` has to say. */
export interface StatisticsReport {
  readonly command: 'refresh';
  /** `skipped`: the whole run stood aside, for `reason`. */
  readonly status: 'refreshed' | 'nothing-to-do' | 'skipped' | 'failed';
  readonly environment?: string | undefined;
  readonly database: StatisticsDatabase;
  readonly reason?: string;
  readonly functions: readonly FunctionReport[];
  /** Why those that are skipped as `not called` were not: the session was lost, and no other could be opened. */
  readonly notReopened?: ErrorReport;
  /** Changes that were added to the state of the statistics, by this run or by another at the same time. */
  readonly rowsFolded?: number;
  /** In the end, how long ago the state was as new as all the tables, in milliseconds. */
  readonly lagMs?: number;
  readonly durationMs: number;
}

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
