import { renderError } from '../errors/error.ts';
import { renderWarning } from '../errors/warning.ts';
import { count, formatDuration, formatTable, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { pendingAfter } from './render.ts';
import type { PlannedTask, PlanReport } from './report.ts';

/** The report of `plan` as a person reads it. Pure. */
export function renderPlanReport(report: PlanReport): string {
  const { database, tasks, problems } = report;
  const lines = [
    `${database.name} on ${database.host}:${database.port} (Postgres ${database.serverVersion}, user ${database.user})`,
    ...tasks.map(renderTask),
    ...report.warnings.map(renderWarning),
    ...problems.map(renderError),
    ending(report),
  ];
  return visible(lines.join('\n'));
}

function ending({ problems, tasks, target, hash }: PlanReport): string {
  if (problems.length > 0) return `${count(problems.length, 'problem')}: up would refuse to run.`;
  const after = target ? pendingAfter(target) : '';
  const to = target?.to;
  if (tasks.length === 0) return `Nothing to do${to === undefined ? '' : ` up to ${to}`}.${after}`;
  const command = `registry-jobs up ${to === undefined ? '' : `--to ${shellWord(to)} `}--plan ${hash}`;
  return `${count(tasks.length, 'migration')} would be applied.${after} Run exactly this: ${command}`;
}

function renderTask({ file, transaction, statements, expectedMs }: PlannedTask): string {
  const how = transaction ? 'one transaction' : 'no transaction: one statement at a time';
  const expected = expectedMs === undefined ? '' : `, expected to take ${formatDuration(expectedMs)}`;
  const rows = statements.map(({ line, text, lock }) => [
    `  line ${line}`,
    text,
    lock ? `${lock.mode} on ${lock.relation}` : '',
  ]);
  return [`${file} (${how}${expected})`, ...(rows.length > 0 ? [formatTable(rows)] : [])].join('\n');
}
