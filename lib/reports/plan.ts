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

/** Who would run a file, where the run may leave files to the server. */
export interface PlannedRun {
  /** `attached`: whoever runs it waits for its end. `detached`: the server runs it by itself, and nobody has to. `not-started`: nobody. */
  readonly how: 'attached' | 'detached' | 'not-started';
  readonly why: string;
  readonly remedy?: string;
}

/** What `plan` says of one file. */
export interface PlannedTask {
  readonly version: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  readonly transaction: boolean;
  /** What the file asks of it, such as `SERIALIZABLE`. */
  readonly modes?: string;
  readonly expectedMs?: number;
  /** Absent where no file may be left to the server, and after one that would not be begun. */
  readonly run?: PlannedRun;
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
  /** Each file is to be left to the server, as by `up --detach`. */
  readonly detach?: true;
  /** Names exactly this plan, for `up --plan`. */
  readonly hash: string;
  /** What was asked for, with `--to`. */
  readonly target?: TargetReport;
  readonly tasks: readonly PlannedTask[];
  readonly warnings: readonly WarningReport[];
  readonly problems: readonly ErrorReport[];
}

/**
 * The report of `plan` as a person reads it. Pure.
 *
 * @param isOfAnother whether it is about a run somewhere else, which no command here would be
 */
export function renderPlanReport(report: PlanReport, isOfAnother = false): string {
  const { database, tasks, problems } = report;
  const lines = [
    renderDatabase(database),
    ...tasks.map(renderTask),
    ...renderWarnings(report.warnings),
    ...renderErrors(problems),
    ending(report, isOfAnother),
  ];
  return visible(lines.join('\n'));
}

function ending({ problems, tasks, target, detach, hash }: PlanReport, isOfAnother: boolean): string {
  if (problems.length > 0) return `${count(problems.length, 'problem')}: up would refuse to run.`;
  const after = target ? pendingAfter(target) : '';
  const to = target?.to;
  if (tasks.length === 0) return `Nothing to do${to === undefined ? '' : ` up to ${to}`}.${after}`;
  const command = `registry-jobs up ${detach ? '--detach ' : ''}${to === undefined ? '' : `--to ${shellWord(to)} `}--plan ${hash}`;
  const at = tasks.findIndex(({ run }) => run?.how === 'not-started');
  const [would, until] =
    at < 0
      ? [count(tasks.length, 'migration'), '']
      : [`${at} of ${count(tasks.length, 'migration')}`, `, those before ${tasks[at]?.file}`];
  const next = isOfAnother ? `This plan is ${hash}.` : `Run exactly this: ${command}`;
  return `${would} would be applied${until}.${after} ${next}`;
}

function renderTask({ file, transaction, modes, statements, expectedMs, run }: PlannedTask): string {
  const how = transaction
    ? `one transaction${modes ? `, ${modes}` : ''}`
    : 'no transaction: one statement at a time';
  const expected = expectedMs === undefined ? '' : `, expected to take ${formatDuration(expectedMs)}`;
  const rows = statements.map(({ line, text, lock }) => [
    `  line ${line}`,
    text,
    lock ? `${lock.mode} on ${lock.relation}` : '',
  ]);
  const by = run ? [`  ${WHO[run.how]}: ${run.why}`] : [];
  if (run?.remedy) by.push(`  What to do: ${run.remedy}`);
  return [`${file} (${how}${expected})`, ...by, ...(rows.length > 0 ? [formatTable(rows)] : [])].join('\n');
}

const WHO: Readonly<Record<PlannedRun['how'], string>> = {
  attached: 'Is waited for',
  detached: 'Runs on in the server',
  'not-started': 'Would not be begun',
};
