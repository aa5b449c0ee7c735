import { type ErrorReport, renderError } from '../errors/error.ts';
import { countMore, renderWarnings, type WarningReport } from '../errors/warning.ts';
import type { OlderReport, TargetReport } from '../plan/plan.ts';
import { count, formatDuration, listed } from '../text/format.ts';
import { placeOf } from '../text/place.ts';
import { visible } from '../text/visible.ts';
import type { DatabaseReport } from './database.ts';
import type { OfFunction } from './deployed.ts';
import {
  type AppliedReport,
  type FailedReport,
  nextCommands,
  type RunCommand,
  renderState,
} from './outcome.ts';
import { describeDetached, type RunningReport } from './running.ts';
import { pendingAfter } from './target.ts';

/** Everything a run of `up`, `down`, `redo` or `resume` has to say: rendered as text, as JSON, in a log line and in a deploy event. */
export interface MigrationReport extends OfFunction {
  readonly command: RunCommand;
  /** The key to this run's rows in the journal. */
  readonly runId: string;
  /** `running`: a file runs on in the server, see `running`; call again with the same `since` until it is another. */
  readonly status: 'applied' | 'nothing-to-do' | 'failed' | 'running';
  /** Absent, as in all reports, where the database was named without the settings of one. */
  readonly environment?: string | undefined;
  readonly database: DatabaseReport;
  /** The clock of the server before anything was done, for `since` of the calls after this one: UTC, ISO 8601. */
  readonly at: string;
  /** What was asked for, with `--to` or `--steps`. */
  readonly target?: TargetReport;
  readonly applied: readonly AppliedReport[];
  readonly failed?: FailedReport;
  /** The file that runs on in the server, when the status says so. */
  readonly running?: RunningReport;
  /** Versions that were not tried because an earlier one failed, or runs on. */
  readonly notRun: readonly string[];
  /** How many were applied before this run. */
  readonly alreadyApplied: number;
  readonly older?: OlderReport;
  readonly warnings: readonly WarningReport[];
  readonly durationMs: number;
  /** Where the schema was written afterwards, or why it was not: with `--dump`. */
  readonly dump?: { readonly file: string; readonly error?: ErrorReport };
}

/**
 * The report of `up`, `down`, `redo` or `resume` as a person reads it; a deploy event shows the same text. Pure.
 *
 * @param isTold warnings, and what was applied, were told when they came up, and are not told twice
 */
export function renderMigrationReport(report: MigrationReport, isTold = false): string {
  const { applied, failed } = report;
  const lines = isTold
    ? countMore(report.warnings)
    : [...renderWarnings(report.warnings), ...applied.map(renderApplied)];
  if (report.running) lines.push(...renderDetached(report.running, report));
  else lines.push(...(failed ? renderFailure(failed, report) : [success(report)]));
  return visible(lines.join('\n'));
}

/** One file that was applied or undone. Pure. */
export function renderApplied({ file, direction, durationMs, statements, attempts }: AppliedLine): string {
  const again = attempts > 1 ? `, ${attempts} attempts` : '';
  if (direction === 'down' && statements === 0)
    return `Forgot  ${file} in ${formatDuration(durationMs)} (no statement: nothing was undone${again})`;
  const verb = direction === 'down' ? 'Undone ' : 'Applied';
  return `${verb} ${file} in ${formatDuration(durationMs)} (${count(statements, 'statement')}${again})`;
}

/** What is told of a file as soon as it is applied. */
export type AppliedLine = Pick<
  AppliedReport,
  'file' | 'direction' | 'durationMs' | 'statements' | 'attempts'
>;

function renderFailure(failed: FailedReport, report: MigrationReport): string[] {
  const run = { ...report, failed };
  return [heading(failed), renderError(failed.error), renderState(run), ...nextCommands(run)];
}

/** What runs on, and what is true of the rest. */
function renderDetached(running: RunningReport, { applied, notRun }: MigrationReport): string[] {
  const before = applied.length > 0 ? [`${count(applied.length, 'migration')} before it applied`] : [];
  const after = notRun.length > 0 ? [`${count(notRun.length, 'migration')} after it not run yet`] : [];
  const state = [...before, ...after];
  return [
    ...describeDetached(running),
    ...(state.length > 0 ? [`State: ${state.join('; ')}.`] : []),
    'Watch it with: registry-jobs watch',
  ];
}

function heading({ outcome, file, durationMs, error }: FailedReport): string {
  if (outcome === 'not-started') return `Not run ${file}`;
  const how = error.code === 'stopped' ? 'Stopped' : 'Failed ';
  return `${outcome === 'unknown' ? 'Unknown' : how} ${file} after ${formatDuration(durationMs)}`;
}

function success(report: MigrationReport): string {
  const { command, status, applied, database, durationMs, older, target } = report;
  const place = placeOf(database);
  const took = formatDuration(durationMs);
  if (older) {
    const { message, pending } = older;
    const lacks =
      pending.length > 0
        ? ` ${listed(pending)} of these ${pending.length === 1 ? 'is' : 'are'} not applied.`
        : '';
    return `${message}${lacks} Nothing was changed in ${place} (${took}). To run them all the same: registry-jobs up`;
  }
  const after = target ? pendingAfter(target) : '';
  if (status === 'nothing-to-do') return `Nothing to do: ${whyNothing(report, place)} (${took}).${after}`;
  const back = applied.filter(({ direction }) => direction === 'down');
  const undone = back.length;
  const forgotten = back.filter(({ statements }) => statements === 0).length;
  const done = [
    ...(undone > forgotten ? [`${count(undone - forgotten, 'migration')} undone`] : []),
    ...(forgotten > 0 ? [`${count(forgotten, 'record')} taken away with nothing undone`] : []),
    ...(applied.length > undone ? [`${count(applied.length - undone, 'migration')} applied`] : []),
  ];
  const isLess = command === 'down' && target?.steps !== undefined && undone < target.steps;
  const end = isLess ? ' No other file with a number is applied.' : after;
  return `${done.join(', ')} ${undone > 0 ? 'in' : 'to'} ${place} in ${took}.${end}`;
}

/** Says only what was looked at: the files, and the versions that `--to` leaves. */
function whyNothing({ command, alreadyApplied, target }: MigrationReport, place: string): string {
  const to = target?.to;
  if (command === 'resume') return `no file stopped half way in ${place}`;
  if (command === 'up') {
    if (to !== undefined) return `${place} has every migration up to ${to}`;
    if (alreadyApplied === 0) return `no migration is pending in ${place}`;
    return `${place} has ${alreadyApplied === 1 ? 'the' : 'all'} ${count(alreadyApplied, 'migration')}`;
  }
  const which = to === undefined || target?.all ? 'with a number' : `after ${to}`;
  return `none of the files ${which} is applied in ${place}`;
}
