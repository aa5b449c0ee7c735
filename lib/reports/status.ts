import type { ErrorReport } from '../errors/error.ts';
import { renderErrors } from '../errors/list.ts';
import { renderWarnings, type WarningReport } from '../errors/warning.ts';
import type { JournalRow } from '../plan/known.ts';
import type { StatusEntry } from '../plan/plan.ts';
import { count, formatDuration, formatTable } from '../text/format.ts';
import { millisecondsBetween, toSecond } from '../text/times.ts';
import { visible } from '../text/visible.ts';
import { renderAttempts } from './attempts.ts';
import { type DatabaseReport, renderDatabase } from './database.ts';
import type { OfFunction } from './deployed.ts';
import type { DriftReport } from './drift.ts';
import { renderDrift } from './drift-text.ts';
import { type RunningReport, renderRunning } from './running.ts';

/** What `status` has to say: the plan, without executing it. */
export interface StatusReport extends OfFunction {
  readonly command: 'status';
  /** `pending` also while another run is at work on one. */
  readonly status: 'up-to-date' | 'pending' | 'invalid';
  readonly environment?: string | undefined;
  readonly database: DatabaseReport;
  readonly entries: readonly StatusEntry[];
  readonly warnings: readonly WarningReport[];
  readonly problems: readonly ErrorReport[];
  /** The run that is at work at this moment. */
  readonly running?: RunningReport;
  /** The newest attempts, newest first, when they were asked for. */
  readonly history?: readonly JournalRow[];
  /** How the catalog differs from what the files make, with `--deep`. */
  readonly drift?: DriftReport;
}

/** The report of `status` as a person reads it. Pure. */
export function renderStatusReport(report: StatusReport): string {
  const { database, entries } = report;
  const number = (wanted: StatusEntry['state']) => entries.filter(({ state }) => state === wanted).length;
  const [running, pending] = [number('running'), number('pending')];
  const left = [
    ...(running > 0 ? [`${count(running, 'migration')} running`] : []),
    ...(pending > 0 ? [`${count(pending, 'migration')} pending`] : []),
  ];
  const titles = entries.map(titleOf);
  const hasTitles = titles.some((title) => title !== '');
  const rows = entries.map(({ version, state, was, startedAt, finishedAt }, index) => [
    state,
    was === undefined ? version : `${version}, applied as ${was}`,
    finishedAt ? toSecond(finishedAt) : '',
    startedAt && finishedAt ? formatDuration(millisecondsBetween(startedAt, finishedAt)) : '',
    ...(hasTitles ? [titles[index] ?? ''] : []),
  ]);
  const head = ['state', 'version', 'finished', 'took', ...(hasTitles ? ['title'] : [])];
  const lines = [
    renderDatabase(database),
    formatTable([head, ...rows], new Set([3])),
    ...(report.history ? renderHistory(report.history) : []),
    ...(report.running ? [renderRunning(report.running)] : []),
    // That says the same, and more.
    ...renderWarnings(report.warnings.filter(({ code }) => code !== 'running' || !report.running)),
    ...renderErrors(report.problems),
    report.problems.length > 0
      ? `${count(report.problems.length, 'problem')}: up would refuse to run.`
      : left.length > 0
        ? `${left.join(', ')}.`
        : 'Up to date.',
    ...(report.drift ? ['', renderDrift(report.drift)] : []),
  ];
  return visible(lines.join('\n'));
}

/** Of a pair: its version is a number, and says nothing. */
function titleOf({ version, file = '' }: StatusEntry): string {
  const [, title = ''] =
    (/^\d+$/.test(version) && /(?:^|\/)\d+_([^/]+)\.(?:up|down)\.[.a-z]+$/i.exec(file)) || [];
  return title;
}

function renderHistory(history: readonly JournalRow[]): string[] {
  const table = renderAttempts(history);
  return history.length === 0 ? [table] : ['', table, ''];
}
