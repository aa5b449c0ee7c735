import { safely } from '../errors/safely.ts';
import { throwIfStopped } from '../errors/stopped.ts';
import type { Migration } from '../migrations/migration.ts';
import { bundleOf } from '../plan/bundle.ts';
import { PlanError } from '../plan/error.ts';
import type { Bundle, Known } from '../plan/known.ts';
import type { Plan } from '../plan/plan.ts';
import type { MigrationReport } from '../reports/migration.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import type { ApplyContext } from './apply.ts';
import type { Dialect, Runner, Session } from './dialect.ts';
import type { Blocker, OnMigrationEvent } from './events.ts';
import { RESERVE_MS } from './retry.ts';
import { type MakePlan, type Planned, runPlan, runRounds, warnOf } from './run-plan.ts';

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
  /**
   * Whether a file may run on in the server when this run has ended: `when-needed` if the time that it expects to take does not fit before
   * the deadline, or the file says so (`-- registry-jobs: detach on`); `always` each file that can. Postgres alone. @default 'never'
   */
  readonly detach?: Detach;
  /**
   * For a run that is called again and again until it is over: `at` of its first report. An attempt at a pending file of the same text that
   * anybody has begun after this moment and that failed is this run's failure: it is reported, and not tried again. UTC, ISO 8601, by the
   * clock of the server. @default every call is a run of its own
   */
  readonly since?: string;
}

/** See {@link RunOptions.detach}. */
export type Detach = 'never' | 'when-needed' | 'always';

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
 * @param isAbsolute whether a plan that is made later comes to the same end: that of `up` does, that of a number of steps does not
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, asked to stop before, or (PlanError) files and ledger disagree
 */
export async function run(
  dialect: Dialect,
  command: MigrationReport['command'],
  settings: Settings,
  options: RunOptions,
  migrations: readonly Migration[],
  makePlan: MakePlan,
  isAbsolute = false,
): Promise<MigrationReport> {
  const began = performance.now();
  const { ledger, deadline = Infinity, answerMs, signal } = options;
  const runner = createRunner(options);
  const onEvent = safely(options.onEvent ?? (() => {}));
  const context = { lockTimeoutMs: settings.migrations.lockTimeoutMs, deadline, onEvent, signal };
  const bound = { purpose: command, ledger, deadline, answerMs, runner, onEvent, signal };
  return dialect.withSession(settings, bound, async (session) => {
    const bundle = bundleOf(migrations);
    const waiting = { ...context, waitMs: options.waitForLockMs ?? 5 * 60_000 };
    const look = () => planLocked(session, bundle, waiting, (known) => makePlan(known, 'first'));
    const first = await look();
    const { plan, survey } = first;
    if (plan.problems.length > 0) throw new PlanError(plan.problems, survey.at);
    const refused = await session.rehearse(plan.tasks);
    if (refused.length > 0) throw new PlanError(refused);
    throwIfStopped(signal, ' before anything was begun');
    warnOf(plan.warnings, context);
    const done = await runRounds(
      first,
      look,
      (planned) => runPlan(session, planned, bundle, context, makePlan),
      isAbsolute,
    );
    const { applied, failed, notRun, warnings } = done;
    return {
      command,
      status: failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do',
      runId: runner.runId,
      environment: settings.environment,
      database: survey.database,
      at: survey.at,
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
