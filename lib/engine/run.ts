import { toErrorReport } from '../errors/error.ts';
import { safely } from '../errors/safely.ts';
import { throwIfStopped } from '../errors/stopped.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { Migration } from '../migrations/migration.ts';
import { bundleOf } from '../plan/bundle.ts';
import { PlanError } from '../plan/error.ts';
import type { Bundle, Known } from '../plan/known.ts';
import type { Plan } from '../plan/plan.ts';
import type { MigrationReport } from '../reports/migration.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import type { ApplyContext } from './apply.ts';
import type { Dialect, Runner, Session, Survey } from './dialect.ts';
import type { Blocker, OnMigrationEvent } from './events.ts';
import { RESERVE_MS } from './retry.ts';
import { type Done, runTasks } from './run-tasks.ts';

/** What every command that changes the schema can be told. */
export interface RunOptions {
  readonly ledger?: LedgerName;
  /** How long to wait for another runner, in milliseconds. @default 5 minutes */
  readonly waitForLockMs?: number;
  /** When this process will be stopped, in milliseconds since the epoch. @default never */
  readonly deadline?: number;
  /**
   * How long the answer to a statement of our own may stay out before the connection is given up, in milliseconds; those of a file take as
   * long as they take. @default 1 minute
   */
  readonly answerMs?: number;
  /** Who runs, for the journal. @default 'unknown' */
  readonly who?: string;
  /** @default 'unknown' */
  readonly toolVersion?: string;
  /** Whether a deploy runs, and not a person: what was deployed before it may come back and run again. @default false */
  readonly isDeploy?: boolean;
  readonly onEvent?: OnMigrationEvent;
  /**
   * Asks to stop, in order: the running statement is cancelled, its transaction rolled back, nothing more is begun, and the report says what
   * is true. Its reason, where that is a text, says who asked. @default nobody can
   */
  readonly signal?: AbortSignal;
}

/** A plan is made before anything runs, and once more after an initial schema, which may have brought a ledger along. */
export type MakePlan = (known: Known, when: 'first' | 'after-initial') => Plan;

/** Who runs, under a new number. */
export function createRunner({
  who = 'unknown',
  toolVersion = 'unknown',
  isDeploy = false,
}: RunOptions): Runner {
  return { runId: crypto.randomUUID(), who, toolVersion, isDeploy };
}

/**
 * The frame of `up`, `down`, `redo` and `resume`: one session, the lock, a plan made under it, the tasks one
 * after the other until one fails, and a report of what is true. Where there is nothing to do nobody is waited for: a run that holds
 * the lock may be at work, but what is committed of it is all that is asked for.
 *
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, asked to stop before, or (PlanError) files and ledger disagree
 */
export async function run(
  dialect: Dialect,
  command: MigrationReport['command'],
  settings: Settings,
  options: RunOptions,
  migrations: readonly Migration[],
  makePlan: MakePlan,
): Promise<MigrationReport> {
  const began = performance.now();
  const { ledger, deadline = Infinity, answerMs, signal } = options;
  const runner = createRunner(options);
  const onEvent = safely(options.onEvent ?? (() => {}));
  const context = { lockTimeoutMs: settings.migrations.lockTimeoutMs, deadline, onEvent, signal };
  const bound = { purpose: command, ledger, deadline, answerMs, runner, onEvent, signal };
  return dialect.withSession(settings, bound, async (session) => {
    const bundle = bundleOf(migrations);
    const waitMs = options.waitForLockMs ?? 5 * 60_000;
    const planned = await planLocked(session, bundle, { ...context, waitMs }, (known) =>
      makePlan(known, 'first'),
    );
    const { plan, survey } = planned;
    if (plan.problems.length > 0) throw new PlanError(plan.problems);
    const refused = await session.rehearse(plan.tasks);
    if (refused.length > 0) throw new PlanError(refused);
    throwIfStopped(signal, ' before anything was begun');
    warn(plan.warnings, context);
    const done = await runPlan(session, planned, bundle, context, makePlan);
    const { applied, failed, notRun, warnings } = done;
    return {
      command,
      status: failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do',
      runId: runner.runId,
      environment: settings.environment,
      database: survey.database,
      ...(plan.target && { target: plan.target }),
      applied,
      ...(failed && { failed }),
      notRun,
      alreadyApplied: plan.entries.filter(({ state }) => state === 'applied').length,
      ...(plan.older && { older: plan.older }),
      warnings: [...plan.warnings, ...warnings],
      durationMs: performance.now() - began,
    };
  });
}

function warn(warnings: readonly WarningReport[], { onEvent }: ApplyContext): void {
  for (const warning of warnings) onEvent({ type: 'warned', ...warning });
}

interface Planned {
  readonly plan: Plan;
  readonly survey: Survey;
  /** Whether the plan was made under the lock; without it there is nothing to do. */
  readonly isLocked: boolean;
}

async function planLocked(
  session: Session,
  bundle: Bundle,
  { deadline, onEvent, signal, waitMs }: ApplyContext & { readonly waitMs: number },
  makePlan: (known: Known) => Plan,
): Promise<Planned> {
  const survey = await session.surveyTryingLock({ bundle });
  const plan = makePlan(survey.known);
  const isNothing = plan.tasks.length === 0 && plan.problems.length === 0;
  if (survey.isLocked || isNothing) return { plan, survey, isLocked: survey.isLocked };
  const until = Math.min(Date.now() + waitMs, deadline - RESERVE_MS);
  const onWait = (blockers: readonly Blocker[]) => onEvent({ type: 'waiting-for-lock', blockers });
  const again = await session.waitForLock({ until, onWait, signal }, { bundle });
  return { plan: makePlan(again.known), survey: again, isLocked: true };
}

async function runPlan(
  session: Session,
  { plan, isLocked }: Planned,
  bundle: Bundle,
  context: ApplyContext,
  makePlan: MakePlan,
): Promise<Done> {
  // Another run is at work: it has recorded its own files, and settles what is not settled.
  if (!isLocked) return { applied: [], notRun: [], warnings: [] };
  const [first] = plan.tasks;
  if (first?.migration.style !== 'initial') {
    const warnings = await session.prepare(plan, bundle);
    warn(warnings, context);
    const done = await runTasks(session, plan.tasks, context);
    return { ...done, warnings: [...warnings, ...done.warnings] };
  }
  const initial = await runTasks(session, [first], context);
  const after = plan.tasks.slice(1).map(({ migration }) => migration.version);
  if (initial.failed) return { ...initial, notRun: after };
  // What was planned for an empty ledger may be different now.
  const next = makePlan((await session.survey({ bundle })).known, 'after-initial');
  const known = new Set(plan.warnings.map(({ message }) => message));
  const more = next.warnings.filter(({ message }) => !known.has(message));
  warn(more, context);
  const warnings = [...initial.warnings, ...more];
  if (next.problems.length > 0) {
    const { migration } = next.tasks[0] ?? plan.tasks[1] ?? first;
    const error = toErrorReport(new PlanError(next.problems));
    const base = { version: migration.version, file: migration.up.file, direction: 'up' } as const;
    const nothing = { outcome: 'not-started', durationMs: 0, attempts: 0, notices: [] } as const;
    const notRun = after.filter((version) => version !== base.version);
    return { ...initial, failed: { ...base, ...nothing, error }, notRun, warnings };
  }
  const found = await session.prepare(next, bundle);
  warn(found, context);
  warnings.push(...found);
  const rest = await runTasks(session, next.tasks, context);
  return {
    ...rest,
    applied: [...initial.applied, ...rest.applied],
    warnings: [...warnings, ...rest.warnings],
  };
}
