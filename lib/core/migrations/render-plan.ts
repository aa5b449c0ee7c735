import { renderError } from '../errors.ts';
import { count, formatDuration, formatTable } from '../format.ts';
import type { PlannedTask, PlanReport } from './report.ts';

/** The report of `plan` as a person reads it. Pure. */
export function renderPlanReport(report: PlanReport): string {
  const { database, tasks, problems, hash } = report;
  return [
    `${database.name} on ${database.host}:${database.port} (Postgres ${database.serverVersion}, user ${database.user})`,
    ...tasks.map(renderTask),
    ...report.warnings.map(({ message }) => `Warning: ${message}`),
    ...problems.map(renderError),
    problems.length > 0
      ? `${count(problems.length, 'problem')}: up would refuse to run.`
      : tasks.length === 0
        ? 'Nothing to do.'
        : `${count(tasks.length, 'migration')} would be applied. Run exactly this: registry-jobs up --plan ${hash}`,
  ].join('\n');
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
