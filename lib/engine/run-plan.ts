import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { AtWork } from '../plan/at-work.ts';
import { PlanError } from '../plan/error.ts';
import type { Bundle, Known } from '../plan/known.ts';
import type { Plan } from '../plan/plan.ts';
import type { AppliedReport } from '../reports/outcome.ts';
import type { ApplyContext } from './apply.ts';
import type { Session, Survey } from './dialect.ts';
import { type Done, runTasks } from './run-tasks.ts';

/**
 * A plan is made before anything runs, once more after an initial schema, which may have brought a ledger along, and again after a part of it
 * is done by the server.
 */
export type MakePlan = (known: Known, when: 'first' | 'after-initial' | 'again') => Plan | Promise<Plan>;

/** What a run is about to do. */
export interface Planned {
  readonly plan: Plan;
  readonly survey: Survey;
  /** Whether the plan was made under the lock; without it there is nothing to do, or nothing may be done. */
  readonly isLocked: boolean;
  /** A file that runs on in the server by itself, and keeps everything else waiting. */
  readonly atWork?: AtWork;
}

export function warnOf(warnings: readonly WarningReport[], { onEvent }: ApplyContext): void {
  for (const warning of warnings) onEvent({ type: 'warned', ...warning });
}

/** More runs than this are not in each other's way for ever: each round, another one has done something. */
const MOST_ROUNDS = 1_000;

/**
 * Does a plan, and plans again where another run has overtaken this one, on a database without a lock for a whole run: it is as if this run
 * had begun later. A plan that is not absolute is made again only while nothing of it is done.
 */
export async function runRounds(
  first: Planned,
  look: () => Promise<Planned>,
  runIt: (planned: Planned) => Promise<Done>,
  isAbsolute: boolean,
): Promise<Done> {
  const applied: AppliedReport[] = [];
  let planned = first;
  for (let round = 1; ; round++) {
    const done = await runIt(planned).catch((error: unknown) => ifOvertaken(error, planned));
    applied.push(...done.applied);
    const all = { ...done, applied };
    const mayGoOn = (isAbsolute || applied.length === 0) && round < MOST_ROUNDS;
    if (!isOvertaken(done.failed?.error) || !mayGoOn) return all;
    planned = await look();
    const { problems } = planned.plan;
    if (problems.length === 0) continue;
    // What was done has to be told.
    if (applied.length > 0) return all;
    throw new PlanError(problems);
  }
}

function isOvertaken(error: Pick<ErrorReport, 'code'> | undefined): boolean {
  return error?.code === 'overtaken';
}

/** Before the first task was begun. */
function ifOvertaken(error: unknown, { plan }: Planned): Done {
  const [first, ...others] = plan.tasks;
  if (!first || !(error instanceof RegistryJobsError) || !isOvertaken(error)) throw error;
  const { migration, direction } = first;
  const { file } = direction === 'down' ? migration.down : migration.up;
  const nothing = { outcome: 'not-started', durationMs: 0, attempts: 0, notices: [] } as const;
  return {
    applied: [],
    failed: { version: migration.version, file, direction, ...nothing, error: toErrorReport(error) },
    notRun: others.map((task) => task.migration.version),
    warnings: [],
  };
}

/** Does the tasks of a plan, and what has to be done before them. */
export async function runPlan(
  session: Session,
  { plan, isLocked, atWork }: Planned,
  bundle: Bundle,
  context: ApplyContext,
  makePlan: MakePlan,
): Promise<Done> {
  if (atWork) {
    const others = plan.tasks.map(({ migration }) => migration.version);
    const notRun = others.filter((version) => version !== atWork.row?.version);
    return { applied: [], running: atWork, notRun, warnings: [] };
  }
  // Another run is at work: it has recorded its own files, and settles what is not settled.
  if (!isLocked) return { applied: [], notRun: [], warnings: [] };
  const [first] = plan.tasks;
  if (first?.migration.style !== 'initial') {
    const warnings = await session.prepare(plan, bundle);
    warnOf(warnings, context);
    const done = await runTasks(session, plan.tasks, context);
    return { ...done, warnings: [...warnings, ...done.warnings] };
  }
  const initial = await runTasks(session, [first], context);
  const after = plan.tasks.slice(1).map(({ migration }) => migration.version);
  if (initial.failed) return { ...initial, notRun: after };
  // What was planned for an empty ledger may be different now.
  const next = await makePlan((await session.survey({ bundle })).known, 'after-initial');
  const known = new Set(plan.warnings.map(({ message }) => message));
  const more = next.warnings.filter(({ message }) => !known.has(message));
  warnOf(more, context);
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
  warnOf(found, context);
  warnings.push(...found);
  const rest = await runTasks(session, next.tasks, context);
  return {
    ...rest,
    applied: [...initial.applied, ...rest.applied],
    warnings: [...warnings, ...rest.warnings],
  };
}
