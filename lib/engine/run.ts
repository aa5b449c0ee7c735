import { toErrorReport } from '../errors/error.ts';
import { safely } from '../errors/safely.ts';
import type { Migration } from '../migrations/migration.ts';
import { bundleOf } from '../plan/bundle.ts';
import { PlanError } from '../plan/error.ts';
import type { Bundle, Known } from '../plan/known.ts';
import type { Plan } from '../plan/plan.ts';
import { assertOurs, type Ledger } from '../postgres/ledger/ledger.ts';
import { surveyTryingLock, waitForLock } from '../postgres/ledger/lock.ts';
import { prepareTables } from '../postgres/ledger/prepare.ts';
import { knownOf, type Survey, survey } from '../postgres/ledger/survey.ts';
import { migrationLockKey } from '../postgres/session/advisory-lock.ts';
import { type Connection, withConnection } from '../postgres/session/connection.ts';
import { laterSettings, until } from '../postgres/session/session-options.ts';
import type { MigrationReport } from '../reports/report.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { RESERVE_MS, type RunContext } from './context.ts';
import type { Blocker, OnMigrationEvent } from './events.ts';
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
}

/** A plan is made before anything runs, and once more after an initial schema, which may have brought a ledger along. */
export type MakePlan = (known: Known, when: 'first' | 'after-initial') => Plan;

/**
 * The frame of `up`, `down`, `redo` and `resume`: one connection, the lock, a plan made under it, the tasks one
 * after the other until one fails, and a report of what is true. Where there is nothing to do nobody is waited for: a run that holds
 * the lock may be at work, but what is committed of it is all that is asked for.
 *
 * @throws RegistryJobsError when nothing was tried: no connection, no lock, or (PlanError) files and ledger disagree
 */
export async function run(
  command: MigrationReport['command'],
  settings: Settings,
  options: RunOptions,
  migrations: readonly Migration[],
  makePlan: MakePlan,
): Promise<MigrationReport> {
  const began = performance.now();
  const context = createContext(settings, options);
  const session = until(`registry-jobs ${command}`, context.deadline, RESERVE_MS, options.answerMs);
  return withConnection(settings.database, session, async (connection) => {
    const bundle = bundleOf(migrations);
    const { plan, found, isLocked } = await planLocked(connection, context, options, bundle, (known) =>
      makePlan(known, 'first'),
    );
    assertOurs(context.ledger, found.ledger);
    checked(plan);
    const done = await runPlan(connection, { plan, found, isLocked, bundle }, context, makePlan);
    const { applied, failed, notRun, warnings } = done;
    return {
      command,
      status: failed ? 'failed' : applied.length > 0 ? 'applied' : 'nothing-to-do',
      runId: context.runner.runId,
      environment: settings.environment,
      database: found.database,
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

interface Planned {
  readonly plan: Plan;
  readonly found: Survey;
  /** Whether the plan was made under the lock; without it there is nothing to do. */
  readonly isLocked: boolean;
}

async function planLocked(
  connection: Connection,
  context: RunContext,
  options: RunOptions,
  bundle: Bundle,
  makePlan: (known: Known) => Plan,
): Promise<Planned> {
  const { ledger, settings, deadline } = context;
  const { isLocked, found } = await surveyTryingLock(connection, settings.database, ledger, bundle);
  const plan = makePlan(knownOf(found));
  const isNothing = plan.tasks.length === 0 && plan.problems.length === 0;
  if (isLocked || isNothing) return { plan, found, isLocked };
  const waitUntil = Math.min(Date.now() + (options.waitForLockMs ?? 5 * 60_000), deadline - RESERVE_MS);
  const onWait = (blockers: readonly Blocker[]) => context.onEvent({ type: 'waiting-for-lock', blockers });
  const again = await waitForLock(
    connection,
    settings.database,
    ledger,
    { until: waitUntil, onWait },
    bundle,
  );
  return { plan: makePlan(knownOf(again)), found: again, isLocked: true };
}

export function createContext(settings: Settings, options: RunOptions): RunContext {
  const {
    ledger = settings.ledger,
    deadline = Infinity,
    onEvent = () => {},
    who = 'unknown',
    toolVersion = 'unknown',
    isDeploy = false,
  } = options;
  const lockKey = migrationLockKey(settings.database.database, ledger);
  return {
    settings,
    ledger,
    lockKey,
    deadline,
    onEvent: safely(onEvent),
    runner: { runId: crypto.randomUUID(), who, toolVersion, isDeploy },
  };
}

/** @throws PlanError */
export function checked(plan: Plan): Plan {
  if (plan.problems.length > 0) throw new PlanError(plan.problems);
  return plan;
}

async function runPlan(
  connection: Connection,
  { plan, found, isLocked, bundle }: Planned & { readonly bundle: Bundle },
  context: RunContext,
  makePlan: MakePlan,
): Promise<Done> {
  const [first] = plan.tasks;
  const tools = (ledger: Ledger) => ({ zoned: ledger.zoned, later: laterSettings(connection.serverVersion) });
  // Another run is at work: it has recorded its own files, and settles what is not settled.
  if (!isLocked) return { applied: [], notRun: [], warnings: [] };
  if (first?.migration.style !== 'initial') {
    const warnings = await prepareTables(connection, plan, found, bundle, context);
    const done = await runTasks(connection, plan.tasks, { ...context, ...tools(found.ledger) });
    return { ...done, warnings: [...warnings, ...done.warnings] };
  }
  const initial = await runTasks(connection, [first], { ...context, ...tools(found.ledger) });
  const after = plan.tasks.slice(1).map(({ migration }) => migration.version);
  if (initial.failed) return { ...initial, notRun: after };
  // What was planned for an empty ledger may be different now.
  const again = await survey(connection, context.settings.database, context.ledger, bundle);
  const next = makePlan(knownOf(again), 'after-initial');
  const known = new Set(plan.warnings.map(({ message }) => message));
  const warnings = [...initial.warnings, ...next.warnings.filter(({ message }) => !known.has(message))];
  if (next.problems.length > 0) {
    const { migration } = next.tasks[0] ?? plan.tasks[1] ?? first;
    const error = toErrorReport(new PlanError(next.problems));
    const base = { version: migration.version, file: migration.up.file, direction: 'up' } as const;
    const failed = {
      ...base,
      outcome: 'not-started',
      durationMs: 0,
      attempts: 0,
      error,
      notices: [],
    } as const;
    return { ...initial, failed, notRun: after.filter((version) => version !== base.version), warnings };
  }
  warnings.push(...(await prepareTables(connection, next, again, bundle, context)));
  const rest = await runTasks(connection, next.tasks, { ...context, ...tools(again.ledger) });
  return {
    ...rest,
    applied: [...initial.applied, ...rest.applied],
    warnings: [...warnings, ...rest.warnings],
  };
}
