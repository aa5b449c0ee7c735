import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { safely } from '../errors/safely.ts';
import { throwIfStopped } from '../errors/stopped.ts';
import type { Migration } from '../migrations/migration.ts';
import { runsOn } from '../plan/at-work.ts';
import { bundleOf } from '../plan/bundle.ts';
import { PlanError } from '../plan/error.ts';
import type { Bundle, Known } from '../plan/known.ts';
import type { Plan } from '../plan/plan.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import type { MigrationReport } from '../reports/migration.ts';
import type { AppliedReport } from '../reports/outcome.ts';
import type { Settings } from '../settings/settings.ts';
import type { ApplyContext } from './apply.ts';
import { MOMENT_MS } from './detach.ts';
import type { Dialect, Session } from './dialect.ts';
import type { Blocker } from './events.ts';
import { pause } from './pause.ts';
import { RESERVE_MS } from './retry.ts';
import { createRunner, type RunOptions } from './run-options.ts';
import { type MakePlan, type Planned, runPlan, runRounds, warnOf } from './run-plan.ts';
import type { Done } from './run-tasks.ts';

/** What was done in one session of a run. */
export interface Part {
  readonly planned: Planned;
  readonly done: Done;
}

/** A run, as far as it is the same in all of its sessions. */
export interface Frame {
  readonly runId: string;
  /** The first session. @throws RegistryJobsError, PlanError when nothing was tried */
  inSession(): Promise<Part>;
  /** Session by session, until everything is done, something fails or runs on: what came of all of it. */
  goOn(first: Part): Promise<Done>;
}

/** What is left of a plan after a part of it: the same tasks, as far as they are still to be done. */
type Remaining = readonly Task[] | undefined;

export function createFrame(
  dialect: Dialect,
  command: MigrationReport['command'],
  settings: Settings,
  options: RunOptions,
  migrations: readonly Migration[],
  makePlan: MakePlan,
  isAbsolute: boolean,
): Frame {
  const { ledger, deadline = Infinity, answerMs, signal, ownProcess = false } = options;
  // What goes down, and what goes on half way, is waited for.
  const detach = command === 'up' ? (options.detach ?? 'never') : 'never';
  const { momentMs = MOMENT_MS, waitForLockMs = 5 * 60_000 } = options;
  const runner = createRunner(options);
  const onEvent = safely(options.onEvent ?? (() => {}));
  const { lockTimeoutMs } = settings.migrations;
  const bound = { purpose: command, ledger, deadline, answerMs, runner, onEvent, signal, ownProcess };
  const bundle = bundleOf(migrations);
  const base = { lockTimeoutMs, deadline, onEvent, signal, detach, momentMs };

  const inSession = (since: string | undefined, remaining: Remaining) =>
    dialect.withSession(settings, bound, async (session): Promise<Part> => {
      const waiting = { ...base, attempts: [], waitMs: waitForLockMs };
      const isFirst = remaining === undefined;
      const plan = async (known: Known) =>
        only(remaining, await makePlan(known, isFirst ? 'first' : 'again'));
      const look = () => planLocked(session, bundle, waiting, plan, since);
      const planned = await look();
      const { problems } = planned.plan;
      if (problems.length > 0) throw new PlanError(problems, planned.survey.at);
      const refused = await session.rehearse(planned.plan.tasks);
      if (refused.length > 0) throw new PlanError(refused);
      if (isFirst) throwIfStopped(signal, ' before anything was begun');
      if (isFirst) warnOf(planned.plan.warnings, waiting);
      const context = { ...base, attempts: planned.survey.known.attempts ?? [] };
      const runIt = (one: Planned) => runPlan(session, one, bundle, context, makePlan);
      return { planned, done: await runRounds(planned, look, runIt, isAbsolute) };
    });

  return {
    runId: runner.runId,
    inSession: () => inSession(options.since, undefined),
    goOn: async ({ planned, done: first }) => {
      // What is tried again in this call is this call's, too.
      const since = options.since ?? planned.survey.at;
      const { tasks } = planned.plan;
      let done = first;
      while (done.goOnAfterMs !== undefined) {
        const { applied, warnings } = done;
        const rest = tasks.filter((task) => !applied.some(({ version }) => version === versionOf(task)));
        if (rest.length === 0) return { applied, warnings, notRun: [] };
        await pause(done.goOnAfterMs, signal);
        const more = await inSession(since, rest).then(
          (part) => part.done,
          (error: unknown) => stopAt(rest, error),
        );
        done = { ...more, applied: [...applied, ...more.applied], warnings: [...warnings, ...more.warnings] };
      }
      return done;
    },
  };
}

const versionOf = ({ migration }: Task) => migration.version;

/** A number of steps is not counted anew. Pure. */
function only(remaining: Remaining, plan: Plan): Plan {
  if (!remaining) return plan;
  const versions = new Set(remaining.map(versionOf));
  return { ...plan, tasks: plan.tasks.filter((task) => versions.has(versionOf(task))) };
}

/** What was done has to be told, so what keeps the rest from being done is told as the failure of its first file. */
function stopAt([next, ...others]: readonly Task[], error: unknown): Done {
  if (!next || !(error instanceof RegistryJobsError)) throw error;
  const base = { version: versionOf(next), file: scriptOf(next).file, direction: next.direction };
  const nothing = { outcome: 'not-started', durationMs: 0, attempts: 0, notices: [] } as const;
  const applied: AppliedReport[] = [];
  const failed = { ...base, ...nothing, error: toErrorReport(error) };
  return { applied, failed, notRun: others.map(versionOf), warnings: [] };
}

async function planLocked(
  session: Session,
  bundle: Bundle,
  { deadline, onEvent, signal, waitMs, detach }: ApplyContext & { readonly waitMs: number },
  makePlan: (known: Known) => Promise<Plan>,
  since: string | undefined,
): Promise<Planned> {
  const asked = { bundle, since };
  const survey = await session.surveyTryingLock(asked);
  const plan = await makePlan(survey.known);
  const isNothing = plan.tasks.length === 0 && plan.problems.length === 0;
  if (survey.isLocked || isNothing) return { plan, survey, isLocked: survey.isLocked };
  const until = Math.min(Date.now() + waitMs, deadline - RESERVE_MS);
  const onWait = (blockers: readonly Blocker[]) => onEvent({ type: 'waiting-for-lock', blockers });
  if (detach === 'never') {
    const again = await session.waitForLock({ until, onWait, signal }, asked);
    return { plan: await makePlan(again.known), survey: again, isLocked: true };
  }
  const tell = oncePerWho(onWait);
  for (;;) {
    const atWork = await session.atWork();
    if (atWork && runsOn(atWork)) {
      // The report says it, and more.
      const warnings = plan.warnings.filter(({ code }) => code !== 'running');
      return { plan: { ...plan, warnings }, survey, isLocked: false, atWork };
    }
    // Whoever has the lock may be about to leave a file to the server.
    const soon = Math.min(until, Date.now() + LOOK_AGAIN_MS);
    try {
      const again = await session.waitForLock({ until: soon, onWait: tell, signal }, asked);
      return { plan: await makePlan(again.known), survey: again, isLocked: true };
    } catch (error) {
      const isLocked = error instanceof RegistryJobsError && error.code === 'locked';
      if (!isLocked || Date.now() >= until) throw error;
    }
  }
}

const LOOK_AGAIN_MS = 500;

/** Passes on who is in the way when it is somebody else. */
function oncePerWho(onWait: (blockers: readonly Blocker[]) => void) {
  let told = '';
  return (blockers: readonly Blocker[]) => {
    const who = blockers.map(({ pid }) => pid).join();
    if (who !== told) onWait(blockers);
    told = who;
  };
}
