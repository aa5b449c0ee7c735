import { renderError } from '../errors.ts';
import { count, formatDuration, formatTable } from '../format.ts';
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

function renderApplied({ file, durationMs, statements, attempts }: AppliedReport): string {
  const again = attempts > 1 ? `, ${attempts} attempts` : '';
  return `Applied ${file} in ${formatDuration(durationMs)} (${count(statements, 'statement')}${again})`;
}

function renderFailure(failed: FailedReport, applied: number, notRun: readonly string[]): string[] {
  const kept =
    applied > 0
      ? `${count(applied, 'migration')} before it ${applied === 1 ? 'was' : 'were'} applied and stay`
      : 'nothing was applied';
  return [
    `Failed  ${failed.file} after ${formatDuration(failed.durationMs)}`,
    renderError(failed.error),
    `State: ${kept}; ${count(notRun.length, 'migration')} behind it ${notRun.length === 1 ? 'was' : 'were'} not run.`,
  ];
}

function success({ status, applied, alreadyApplied, database, durationMs }: MigrationReport): string {
  const place = `${database.name} on ${database.host}`;
  const took = formatDuration(durationMs);
  if (status === 'nothing-to-do')
    return `Nothing to do: ${place} has all ${count(alreadyApplied, 'migration')} (${took}).`;
  return `${count(applied.length, 'migration')} applied to ${place} in ${took}.`;
}

/** The report of `status` as a person reads it. Pure. */
export function renderStatusReport(report: StatusReport): string {
  const { database, entries } = report;
  const pending = entries.filter(({ state }) => state === 'pending').length;
  const rows = entries.map(({ version, state, startedAt, finishedAt }) => [
    state,
    version,
    finishedAt ? `${finishedAt.replace('T', ' ').slice(0, 19)} UTC` : '',
    startedAt && finishedAt ? formatDuration(Date.parse(finishedAt) - Date.parse(startedAt)) : '',
  ]);
  return [
    `${database.name} on ${database.host}:${database.port} (Postgres ${database.serverVersion}, user ${database.user})`,
    formatTable([['state', 'version', 'finished', 'took'], ...rows], new Set([3])),
    ...report.warnings.map(({ message }) => `Warning: ${message}`),
    ...report.problems.map(renderError),
    report.problems.length > 0
      ? `${count(report.problems.length, 'problem')}: up would refuse to run.`
      : pending > 0
        ? `${count(pending, 'migration')} pending.`
        : 'Up to date.',
  ].join('\n');
}
