import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import { excerpt, locate } from '../migrations/script/position.ts';
import type { Script } from '../migrations/script/statement.ts';
import { attemptsAt } from '../plan/since.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import type { AppliedReport, FailedReport } from '../reports/outcome.ts';
import { formatDuration } from '../text/format.ts';
import { type ApplyContext, describeStart, limitsOf, timeProblem } from './apply.ts';
import type { DetachedAttempt, DetachedFailed, Hindrance } from './detached.ts';
import type { Session } from './dialect.ts';
import { MOST_ATTEMPTS, RESERVE_MS } from './retry.ts';

/** What it takes to send a file, to see that the server is at work on it, and to say so. */
const START_MS = 5_000;

/** How long the end of a file is waited for that runs on in the server, in milliseconds: some are quick. */
export const MOMENT_MS = 2_000;

/** So often a run may be ended in the middle of a file that it waits for, until the file is taken for what ends it. */
const MOST_LOST = 3;

/** Who runs a file: whoever waits for it, or the server by itself; or nobody. `why` goes on as a sentence does after `since`. */
export type HowToRun =
  | { readonly how: 'attached'; readonly why: string; readonly warning?: WarningReport }
  | { readonly how: 'detached'; readonly why: string }
  | {
      readonly how: 'refused';
      readonly why: string;
      readonly remedy: string;
      readonly error: RegistryJobsError;
    };

/** Decides it for a task, by what the run may do, what its file says, and the time that is left. */
export function howToRun(
  session: Pick<Session, 'whyAttached'>,
  task: Task,
  { detach, deadline }: Pick<ApplyContext, 'detach' | 'deadline'>,
): HowToRun {
  const script = scriptOf(task);
  const { directives, file } = script;
  if (detach === 'never') return { how: 'attached', why: 'no file is left to the server' };
  if (directives.detach === 'off') return { how: 'attached', why: 'the file says `detach off`' };
  const late = timeProblem(task, deadline);
  const asked = directives.detach === 'on' ? 'the file says `detach on`' : undefined;
  if (detach !== 'always' && !asked && !late) return { how: 'attached', why: describeTime(task, deadline) };
  const why = session.whyAttached(task);
  const time = describeTime(task, deadline);
  if (!why) {
    const refused = { how: 'refused', why: time, remedy: late?.hint ?? '' } as const;
    const isTime = deadline - Date.now() > START_MS;
    if (late && !isTime) return { ...refused, error: late };
    return { how: 'detached', why: asked ?? (late ? time : 'each file that can is left to it') };
  }
  if (late) {
    const { reason, remedy } = why;
    return { how: 'refused', why: `${time}, and ${reason}`, remedy, error: cannotDetach(script, why) };
  }
  const message = `${file} does not run on in the server, since ${why.reason}: it ends with this run. ${why.remedy}`;
  return { how: 'attached', why: why.reason, warning: { code: 'kept-attached', message } };
}

/** How the time that a file expects to take and the time that is left go together. */
export function describeTime(task: Task, deadline: number): string {
  const { expectedMs } = scriptOf(task).directives;
  if (expectedMs === undefined) return 'the file names no `expected-duration`';
  const expects = `it expects to take ${formatDuration(expectedMs)}`;
  const left = Math.max(0, Math.round((deadline - Date.now() - RESERVE_MS) / 1_000) * 1_000);
  return Number.isFinite(deadline) ? `${expects}, and ${formatDuration(left)} are left` : expects;
}

function cannotDetach({ file, text, statements }: Script, { reason, index, remedy }: Hindrance) {
  const statement = index === undefined ? undefined : statements[index];
  const location = statement && locate(file, text, statement.start);
  return new RegistryJobsError(
    'cannot-detach',
    `${file} was not started: less time is left than it expects to take, and it cannot run on in the server, since ${reason}.`,
    {
      ...(location && { location, excerpt: excerpt(text, location) }),
      hint: `${remedy} Or run it where more time is allowed: registry-jobs up from a machine in the network of the database.`,
    },
  );
}

/** Has the server run a task by itself, and says what is true a moment later. */
export async function applyDetached(
  session: Session,
  task: Task,
  context: ApplyContext,
): Promise<
  Exclude<DetachedAttempt, DetachedFailed> | { readonly failed: FailedReport; readonly retry: boolean }
> {
  const began = performance.now();
  const { deadline, signal, momentMs } = context;
  // The deadline is nothing to the server.
  const limits = limitsOf(task, { ...context, deadline: Infinity });
  const until = Math.min(Date.now() + momentMs, deadline - START_MS / 2);
  const attempt = await session.detach(task, describeStart(task), limits, { until, signal });
  if (attempt.outcome !== 'failed') return attempt;
  const attempts = attemptsAt(task, context.attempts).length + 1;
  const failed = failedReport(task, attempt, attempts, performance.now() - began);
  return { failed, retry: attempt.retry && attempts < MOST_ATTEMPTS };
}

/** What was applied by the server while it was waited for. */
export function appliedReport(
  task: Task,
  { startedAt, finishedAt }: { readonly startedAt: string; readonly finishedAt: string },
  durationMs: number,
  attempts: number,
): AppliedReport {
  const { file, statements } = scriptOf(task);
  const { migration, direction } = task;
  return {
    ...{ version: migration.version, file, direction, startedAt, finishedAt, durationMs, attempts },
    ...{ statements: statements.length, notices: [] },
  };
}

function failedReport(
  task: Task,
  { error, state, done, uncertain }: DetachedFailed,
  attempts: number,
  durationMs: number,
): FailedReport {
  const { migration, direction } = task;
  return {
    ...{ version: migration.version, file: scriptOf(task).file, direction, attempts, durationMs },
    outcome: state,
    ...(done !== undefined && { done }),
    ...(uncertain && done !== undefined && { uncertain: done + 1 }),
    error: toErrorReport(error),
    notices: [],
  };
}

/**
 * What an earlier call of this run, or anybody since it began, has come to at a task: a failure is reported and not tried again, but where
 * another transaction was in the way.
 */
export function earlierFailure(
  session: Session,
  task: Task,
  { attempts }: ApplyContext,
): FailedReport | undefined {
  const made = attemptsAt(task, attempts);
  const row = made.at(-1);
  if (!row || row.status === 'applied') return undefined;
  // One without a transaction goes on where the server has done what was left to it; what the catalog tells is asked when it does.
  const isOver = row.status !== 'failed' && row.backend && !row.transaction;
  if (isOver && (row.backend?.at === undefined || row.done > row.backend.at || task.begun)) return undefined;
  // Whoever waited for it was ended, and it was rolled back: it left no word of its own.
  const isLost = row.status !== 'failed' && row.transaction && !row.backend;
  if (isLost && made.length < MOST_LOST) return undefined;
  const explained = session.explainRow(task, row);
  if (explained.retry && made.length < MOST_ATTEMPTS) return undefined;
  const took = row.finishedAt === undefined ? 0 : Date.parse(row.finishedAt) - Date.parse(row.startedAt);
  return failedReport(task, explained, made.length, took);
}
