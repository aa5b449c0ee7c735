import type { ErrorReport } from '../errors/error.ts';
import { renderErrors } from '../errors/list.ts';
import { renderWarnings, type WarningReport } from '../errors/warning.ts';
import type { StatementLock } from '../migrations/script/statement.ts';
import type { TargetReport } from '../plan/plan.ts';
import { count, formatDuration, formatTable, shellWord } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { type DatabaseReport, renderDatabase } from './database.ts';
import type { OfFunction } from './deployed.ts';
import { pendingAfter } from './target.ts';

/** What `plan` says of one file. */
export interface PlannedTask {
  readonly version: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  readonly transaction: boolean;
  /** What the file asks of it, such as `SERIALIZABLE`. */
  readonly modes?: string;
  readonly expectedMs?: number;
  /** In order; `kind` is the node name of Postgres' parse tree, `text` the beginning of the statement. */
  readonly statements: readonly {
    readonly line: number;
    readonly kind: string;
    readonly text: string;
    readonly lock?: StatementLock;
  }[];
}

/** What `up` would do now. */
export interface PlanReport extends OfFunction {
  readonly command: 'plan';
  readonly status: 'up-to-date' | 'pending' | 'invalid';
  readonly environment?: string | undefined;
  readonly database: DatabaseReport;
  /** Names exactly this plan, for `up --plan`. */
  readonly hash: string;
  /** What was asked for, with `--to`. */
  readonly target?: TargetReport;
  readonly tasks: readonly PlannedTask[];
  readonly warnings: readonly WarningReport[];
  readonly problems: readonly ErrorReport[];
}

/** The report of `plan` as a person reads it. Pure. */
export function renderPlanReport(report: PlanReport): string {
  const { database, tasks, problems } = report;
  const lines = [
    renderDatabase(database),
    ...tasks.map(renderTask),
    ...renderWarnings(report.warnings),
    ...renderErrors(problems),
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

function renderTask({ file, transaction, modes, statements, expectedMs }: PlannedTask): string {
  const how = transaction
    ? `one transaction${modes ? `, ${modes}` : ''}`
    : 'no transaction: one statement at a time';
  const expected = expectedMs === undefined ? '' : `, expected to take ${formatDuration(expectedMs)}`;
  const rows = statements.map(({ line, text, lock }) => [
    `  line ${line}`,
    text,
    lock ? `${lock.mode} on ${lock.relation}` : '',
  ]);
  return [`${file} (${how}${expected})`, ...(rows.length > 0 ? [formatTable(rows)] : [])].join('\n');
}
