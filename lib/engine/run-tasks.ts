import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { stopped } from '../errors/stopped.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { AtWork } from '../plan/at-work.ts';
import { attemptsAt } from '../plan/since.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import type { AppliedReport, FailedReport } from '../reports/outcome.ts';
import { utc } from '../text/times.ts';
import { createAhead, type Sent } from './ahead.ts';
import { type Applied, type ApplyContext, applyTask } from './apply.ts';
import { appliedReport, applyDetached, earlierFailure, howToRun } from './detach.ts';
import type { Session } from './dialect.ts';
import { retryDelayMs } from './retry.ts';

/** What became of the tasks of a plan. */
export interface Done {
  readonly applied: AppliedReport[];
  readonly failed?: FailedReport;
  readonly notRun: readonly string[];
  /** The file that runs on in the server: what was seen of it. */
  readonly running?: AtWork;
  /** The server has done, or tried, one by itself: its session is used up, and the rest goes on in another one, after so many milliseconds. */
  readonly goOnAfterMs?: number;
  /** Those that came up on the way, and are not of the plan. */
  readonly warnings: readonly WarningReport[];
}

/** Applies one task after the other, until one fails. Short ones are sent together; what is told of them, and its order, are the same. */
export async function runTasks(
  session: Session,
  tasks: readonly Task[],
  context: ApplyContext,
): Promise<Done> {
  const applied: AppliedReport[] = [];
  const warnings: WarningReport[] = [];
  const ahead = createAhead(session, context);
  let isClean = true;
  for (const [index, task] of tasks.entries()) {
    const { file, statements } = scriptOf(task);
    const base = { version: task.migration.version, file, direction: task.direction };
    const after = tasks.slice(index + 1);
    const fail = async (failed: FailedReport): Promise<Done> => {
      const answered = await ahead.answered(after);
      return {
        applied,
        failed: withUnknown(failed, after.slice(0, answered)),
        notRun: after.map(versionOf),
        warnings,
      };
    };
    const refuse = (error: RegistryJobsError) =>
      fail({
        ...base,
        outcome: 'not-started',
        durationMs: 0,
        attempts: 0,
        notices: [],
        error: toErrorReport(error),
      });
    const tellStarted = () =>
      context.onEvent({
        ...{ type: 'migration-started', file, index: index + 1, total: tasks.length },
        statements: statements.length,
      });
    const began = performance.now();
    const flown = ahead.sent(task);
    let first: Sent | undefined;
    if (flown && (await flown.isBegun)) {
      // Whoever asks to stop, the database may have done it.
      first = flown;
      tellStarted();
      flown.release();
    } else {
      if (context.signal?.aborted) return refuse(stopped(context.signal, ` before ${file} was begun`));
      const earlier = earlierFailure(session, task, context);
      if (earlier) return fail(earlier);
      tellStarted();
      if (!isClean) return refuse(unclean(applied.at(-1)?.file));
      const chosen = howToRun(session, task, context);
      if (chosen.how === 'refused') return refuse(chosen.error);
      if (chosen.how === 'detached') {
        const left = await leaveToServer(session, task, context);
        return { ...left, applied: [...applied, ...left.applied], notRun: after.map(versionOf), warnings };
      }
      if (chosen.warning) {
        context.onEvent({ type: 'warned', ...chosen.warning });
        warnings.push(chosen.warning);
      }
      first = ahead.send(tasks.slice(index));
    }
    const { warnings: found = [], ...result } = await applyTask(
      session,
      task,
      context,
      first && { ...first, began },
    );
    for (const warning of found) context.onEvent({ type: 'warned', ...warning });
    warnings.push(...found);
    if ('error' in result) return fail(result);
    const { isClean: clean, ...report }: Applied = result;
    isClean = clean;
    applied.push({ ...report, startedAt: utc(report.startedAt), finishedAt: utc(report.finishedAt) });
    tellApplied(report, context);
  }
  return { applied, notRun: [], warnings };
}

const versionOf = ({ migration }: Task) => migration.version;

/** What was sent together with a file of which nothing is known is as little known. Pure. */
function withUnknown(failed: FailedReport, sent: readonly Task[]): FailedReport {
  // What was sent with an attempt that was made again was refused with it.
  if (failed.outcome !== 'unknown' || failed.attempts > 1 || sent.length === 0) return failed;
  return { ...failed, alsoUnknown: sent.map(versionOf) };
}

/** Of a task that the server does by itself: whatever became of it, its session is not used again. */
async function leaveToServer(
  session: Session,
  task: Task,
  context: ApplyContext,
): Promise<Pick<Done, 'applied' | 'failed' | 'running' | 'goOnAfterMs'>> {
  const began = performance.now();
  const { file, statements } = scriptOf(task);
  const result = await applyDetached(session, task, context);
  if ('failed' in result) {
    const { failed, retry } = result;
    if (!retry) return { applied: [], failed };
    const delayMs = retryDelayMs(failed.attempts);
    context.onEvent({ type: 'migration-retried', file, reason: failed.error.message, delayMs });
    return { applied: [], goOnAfterMs: delayMs };
  }
  if (result.outcome === 'running') {
    const { atWork: running } = result;
    context.onEvent({ type: 'migration-detached', file, pid: running.pid, statements: statements.length });
    return { applied: [], running };
  }
  const attempts = attemptsAt(task, context.attempts).length + 1;
  const report = appliedReport(task, result, performance.now() - began, attempts);
  tellApplied(report, context);
  return { applied: [report], goOnAfterMs: 0 };
}

function tellApplied(report: AppliedReport, { onEvent }: ApplyContext): void {
  const { file, direction, durationMs, statements, attempts } = report;
  onEvent({ type: 'migration-applied', file, direction, durationMs, statements, attempts });
}

function unclean(before = ''): RegistryJobsError {
  return new RegistryJobsError('session-lost', `After ${before} the session could not be used any more.`, {
    hint: 'Run again: it goes on from here.',
  });
}
