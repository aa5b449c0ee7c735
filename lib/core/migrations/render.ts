import { renderError } from '../errors.ts';
import { count, formatDuration, formatTable } from '../format.ts';
import type { JournalRow } from './journal.ts';
import type { AppliedReport, FailedReport, MigrationReport, StatusReport } from './report.ts';

/** The report of `up` as a person reads it; a deploy event shows the same text. Pure. */
export function renderMigrationReport(report: MigrationReport): string {
  const { applied, failed, notRun } = report;
  const lines = report.warnings.map(({ message }) => `Warning: ${message}`);
  lines.push(...applied.map(renderApplied));
  if (failed) lines.push(...renderFailure(failed, applied.length, notRun));
  lines.push(...(failed ? [] : [success(report)]));
  return lines.join('\n');
}

function renderApplied({ file, direction, durationMs, statements, attempts }: AppliedReport): string {
  const again = attempts > 1 ? `, ${attempts} attempts` : '';
  const verb = direction === 'down' ? 'Undone ' : 'Applied';
  return `${verb} ${file} in ${formatDuration(durationMs)} (${count(statements, 'statement')}${again})`;
}

function renderFailure(failed: FailedReport, applied: number, notRun: readonly string[]): string[] {
  const before =
    applied > 0
      ? `${count(applied, 'migration')} before it ${applied === 1 ? 'was applied and stays' : 'were applied and stay'}`
      : 'nothing was applied';
  const behind = `${count(notRun.length, 'migration')} behind it ${notRun.length === 1 ? 'was' : 'were'} not run`;
  const half = failed.done === undefined ? [] : [stays(failed.done)];
  return [
    `Failed  ${failed.file} after ${formatDuration(failed.durationMs)}`,
    renderError(failed.error),
    `State: ${[before, ...half, behind].join('; ')}.`,
    ...(half.length > 0 ? ['Go on with: registry-jobs resume'] : []),
  ];
}

function stays(done: number): string {
  if (done === 0) return 'none of its statements was done';
  return done === 1 ? 'its first statement stays done' : `its first ${done} statements stay done`;
}

function success({
  command,
  status,
  applied,
  alreadyApplied,
  older,
  database,
  durationMs,
}: MigrationReport): string {
  const place = `${database.name} on ${database.host}`;
  const took = formatDuration(durationMs);
  if (older) {
    return `${older.message} Nothing was changed in ${place} (${took}). To run them all the same: registry-jobs up`;
  }
  if (status === 'nothing-to-do') {
    const why = {
      up: `${place} has all ${count(alreadyApplied, 'migration')}`,
      down: 'nothing is applied',
      redo: 'nothing is applied',
      resume: 'nothing stopped half way',
    };
    return `Nothing to do: ${why[command]} (${took}).`;
  }
  const undone = applied.filter(({ direction }) => direction === 'down').length;
  const done = [
    ...(undone > 0 ? [`${count(undone, 'migration')} undone`] : []),
    ...(applied.length > undone ? [`${count(applied.length - undone, 'migration')} applied`] : []),
  ];
  return `${done.join(', ')} ${undone > 0 ? 'in' : 'to'} ${place} in ${took}.`;
}

/** The report of `status` as a person reads it. Pure. */
export function renderStatusReport(report: StatusReport): string {
  const { database, entries } = report;
  const pending = entries.filter(({ state }) => state === 'pending').length;
  const rows = entries.map(({ version, state, startedAt, finishedAt }) => [
    state,
    version,
    finishedAt ? renderTime(finishedAt) : '',
    startedAt && finishedAt ? formatDuration(Date.parse(finishedAt) - Date.parse(startedAt)) : '',
  ]);
  return [
    `${database.name} on ${database.host}:${database.port} (Postgres ${database.serverVersion}, user ${database.user})`,
    formatTable([['state', 'version', 'finished', 'took'], ...rows], new Set([3])),
    ...(report.history ? renderHistory(report.history) : []),
    ...report.warnings.map(({ message }) => `Warning: ${message}`),
    ...report.problems.map(renderError),
    report.problems.length > 0
      ? `${count(report.problems.length, 'problem')}: up would refuse to run.`
      : pending > 0
        ? `${count(pending, 'migration')} pending.`
        : 'Up to date.',
  ].join('\n');
}

/** The journal's newest rows, newest first. */
function renderHistory(history: readonly JournalRow[]): string[] {
  if (history.length === 0) return ['No attempt is on record.'];
  const rows = history.map(({ startedAt, status, direction, version, statements, done, who, error = '' }) => [
    renderTime(startedAt),
    status,
    direction,
    version,
    `${done}/${statements}`,
    who,
    error,
  ]);
  return ['', formatTable([['started', 'outcome', 'what', 'version', 'done', 'who', ''], ...rows]), ''];
}

function renderTime(iso: string): string {
  return `${iso.replace('T', ' ').slice(0, 19)} UTC`;
}
