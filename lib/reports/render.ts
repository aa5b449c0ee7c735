import { renderError } from '../errors/error.ts';
import { renderWarning } from '../errors/warning.ts';
import type { JournalRow } from '../plan/known.ts';
import type { StatusEntry, TargetReport } from '../plan/plan.ts';
import { count, formatDuration, formatTable, listed } from '../text/format.ts';
import { millisecondsBetween, toSecond } from '../text/times.ts';
import { visible } from '../text/visible.ts';
import { nextCommands, renderState } from './render-state.ts';
import type { AppliedReport, FailedReport, MigrationReport, StatusReport } from './report.ts';

/** The report of `up`, `down`, `redo` or `resume` as a person reads it; a deploy event shows the same text. Pure. */
export function renderMigrationReport(report: MigrationReport): string {
  const { applied, failed } = report;
  const lines = report.warnings.map(renderWarning);
  lines.push(...applied.map(renderApplied));
  lines.push(...(failed ? renderFailure(failed, report) : [success(report)]));
  return visible(lines.join('\n'));
}

function renderApplied({ file, direction, durationMs, statements, attempts }: AppliedReport): string {
  const again = attempts > 1 ? `, ${attempts} attempts` : '';
  const verb = direction === 'down' ? 'Undone ' : 'Applied';
  return `${verb} ${file} in ${formatDuration(durationMs)} (${count(statements, 'statement')}${again})`;
}

function renderFailure(failed: FailedReport, report: MigrationReport): string[] {
  const run = { ...report, failed };
  return [heading(failed), renderError(failed.error), renderState(run), ...nextCommands(run)];
}

function heading({ outcome, file, durationMs }: FailedReport): string {
  if (outcome === 'not-started') return `Not run ${file}`;
  return `${outcome === 'unknown' ? 'Unknown' : 'Failed '} ${file} after ${formatDuration(durationMs)}`;
}

function success(report: MigrationReport): string {
  const { command, status, applied, database, durationMs, older, target } = report;
  const place = `${database.name} on ${database.host}`;
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
  const undone = applied.filter(({ direction }) => direction === 'down').length;
  const done = [
    ...(undone > 0 ? [`${count(undone, 'migration')} undone`] : []),
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
  const which = to === undefined || to === '0' ? 'with a number' : `after ${to}`;
  return `none of the files ${which} is applied in ${place}`;
}

/** What `--to` left, for `up` and `plan`: a sentence with a space in front. Pure. */
export function pendingAfter({ to, pendingAfter: left }: TargetReport): string {
  if (left === undefined) return '';
  const what = left === 0 ? 'No migration' : count(left, 'migration');
  return ` ${what} after ${to} ${left > 1 ? 'are' : 'is'} pending.`;
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
  const rows = entries.map(({ version, state, was, startedAt, finishedAt }) => [
    state,
    was === undefined ? version : `${version}, applied as ${was}`,
    finishedAt ? toSecond(finishedAt) : '',
    startedAt && finishedAt ? formatDuration(millisecondsBetween(startedAt, finishedAt)) : '',
  ]);
  const lines = [
    `${database.name} on ${database.host}:${database.port} (Postgres ${database.serverVersion}, user ${database.user})`,
    formatTable([['state', 'version', 'finished', 'took'], ...rows], new Set([3])),
    ...(report.history ? renderHistory(report.history) : []),
    ...report.warnings.map(renderWarning),
    ...report.problems.map(renderError),
    report.problems.length > 0
      ? `${count(report.problems.length, 'problem')}: up would refuse to run.`
      : left.length > 0
        ? `${left.join(', ')}.`
        : 'Up to date.',
  ];
  return visible(lines.join('\n'));
}

/** The journal's newest rows, newest first. */
function renderHistory(history: readonly JournalRow[]): string[] {
  if (history.length === 0) return ['No attempt is on record.'];
  const rows = history.map(({ startedAt, status, direction, version, statements, done, who, error = '' }) => [
    toSecond(startedAt),
    status,
    direction,
    version,
    `${done}/${statements}`,
    who,
    error.replace(/\s*\n\s*/g, ' '),
  ]);
  return ['', formatTable([['started', 'outcome', 'what', 'version', 'done', 'who', ''], ...rows]), ''];
}
