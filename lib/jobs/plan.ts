import { foresee } from '../engine/foresee.ts';
import { assertDetachable, type RunOptions } from '../engine/run-options.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { versionsOf } from '../migrations/migration.ts';
import { beginning } from '../migrations/script/beginning.ts';
import { showModes } from '../migrations/script/modes.ts';
import { statementText } from '../migrations/script/statement.ts';
import { parseNow } from '../migrations/unparsed.ts';
import { planHash } from '../plan/hash.ts';
import { neededUp } from '../plan/needed.ts';
import type { Plan } from '../plan/plan.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import { planFolder } from '../plan/up.ts';
import type { PlannedRun, PlannedTask, PlanReport } from '../reports/plan.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';
import type { StatusOptions } from './status.ts';

export type PlanJobOptions = Omit<StatusOptions, 'history'> & {
  /** How the run would leave files to the server, see `RunOptions.detach`: then it is said of each file whether it would. @default 'never' */
  readonly detach?: RunOptions['detach'];
  /** How long one call of that run may take, in milliseconds: that of a function, for example. @default as long as it takes */
  readonly timeMs?: number;
};

/**
 * Says what `up` would do now, statement by statement, without doing it. Neither writes nor waits.
 *
 * @throws RegistryJobsError when the database cannot be read
 */
export async function plan(
  compiled: CompiledMigrations,
  settings: Settings,
  options: PlanJobOptions = {},
): Promise<PlanReport> {
  const { detach = 'never', timeMs } = options;
  const dialect = dialectFor(settings);
  assertDetachable(dialect, detach);
  const bound = { purpose: 'plan', ledger: options.ledger };
  return dialect.withSession(settings, bound, async (session) => {
    const { database, known } = await session.survey({ versions: versionsOf(compiled.migrations) });
    await parseNow(neededUp(compiled.migrations, known, options));
    const planned = planFolder(compiled, known, { ...options, goOn: options.goOn ?? detach !== 'never' });
    // One at a time is told: what comes after it would be judged by guesses.
    const refused = planned.problems.length > 0 ? [] : await session.rehearse(planned.tasks);
    const made = { ...planned, problems: [...planned.problems, ...refused] };
    const runs = detach === 'never' ? [] : foresee(session, made.tasks, detach, timeMs);
    return {
      command: 'plan',
      status: statusOf(made),
      environment: settings.environment,
      database,
      ...(detach === 'always' && { detach: true as const }),
      hash: planHash(made),
      ...(made.target && { target: made.target }),
      tasks: made.tasks.map((task, index) => describeTask(task, runs[index])),
      warnings: made.warnings,
      problems: made.problems,
    };
  });
}

function statusOf({ problems, tasks }: Plan): PlanReport['status'] {
  if (problems.length > 0) return 'invalid';
  return tasks.length > 0 ? 'pending' : 'up-to-date';
}

function describeTask(task: Task, run: PlannedRun | undefined): PlannedTask {
  const script = scriptOf(task);
  const { file, statements, directives } = script;
  const modes = showModes(script.modes);
  return {
    version: task.migration.version,
    file,
    direction: task.direction,
    transaction: directives.transaction,
    ...(modes && { modes }),
    ...(directives.expectedMs !== undefined && { expectedMs: directives.expectedMs }),
    ...(run && { run }),
    statements: statements.map((statement) => ({
      line: statement.line,
      kind: statement.kind,
      text: beginning(statementText(script, statement)),
      ...(statement.lock && { lock: statement.lock }),
    })),
  };
}
