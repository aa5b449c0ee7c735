import { type ErrorReport, RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { stopped } from '../errors/stopped.ts';
import type { WarningReport } from '../errors/warning.ts';
import { doneChecksum } from '../migrations/script/done-checksum.ts';
import type { JournalRow } from '../plan/known.ts';
import { planResume } from '../plan/resume.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import type { AppliedReport, FailedReport } from '../reports/outcome.ts';
import type { Attempt, AttemptStart, Limits, Session } from './dialect.ts';
import type { OnMigrationEvent } from './events.ts';
import { pause } from './pause.ts';
import { MOST_ATTEMPTS, RESERVE_MS, retryDelayMs } from './retry.ts';

/** A task that succeeded, and whether the session may be used for the next one. */
export type Applied = AppliedReport & { readonly isClean: boolean };

/** What holds for all tasks of a run. */
export interface ApplyContext {
  /** The longest that a statement may wait for a lock, in milliseconds, unless its file says otherwise. */
  readonly lockTimeoutMs: number;
  /** When this process will be stopped, in milliseconds since the epoch; may be Infinity. */
  readonly deadline: number;
  readonly onEvent: OnMigrationEvent;
  /** Asks to stop: nothing more is sent. */
  readonly signal?: AbortSignal | undefined;
  /** Whether a file may run on in the server. */
  readonly detach: Detach;
  /** How long the end of such a file is waited for, in milliseconds. */
  readonly momentMs: number;
  /** What was attempted since this run began, oldest first. */
  readonly attempts: readonly JournalRow[];
}

/** See `RunOptions.detach`. */
export type Detach = 'never' | 'when-needed' | 'always';

/**
 * Does one task, as often as another transaction stands in its way, and says what is true in the end.
 *
 * @param sent the first attempt at it, where it is made already, and when its turn came, by `performance.now()`
 */
export async function applyTask(
  session: Session,
  task: Task,
  context: ApplyContext,
  sent?: { readonly start: AttemptStart; readonly attempt: Promise<Attempt>; readonly began: number },
): Promise<(Applied | FailedReport) & { readonly warnings?: readonly WarningReport[] }> {
  const began = sent?.began ?? performance.now();
  const script = scriptOf(task);
  const { version } = task.migration;
  let notRecorded: WarningReport | undefined;
  for (let attempts = 1; ; attempts++) {
    const base = { version, file: script.file, direction: task.direction, attempts };
    const late = attempts === 1 && !sent && timeProblem(task, context.deadline);
    if (late) {
      const durationMs = performance.now() - began;
      return { ...base, outcome: 'not-started', durationMs, error: toErrorReport(late), notices: [] };
    }
    const first = attempts === 1 ? sent : undefined;
    const start = first?.start ?? describeStart(task);
    const limits = limitsOf(task, context);
    const attempt = await (first?.attempt ?? session.attempt(task, start, limits));
    const { notices, noticesLeftOut } = attempt;
    // One stands for all tries.
    notRecorded = attempt.notRecorded ?? notRecorded;
    const common = {
      ...base,
      durationMs: performance.now() - began,
      notices,
      ...(noticesLeftOut > 0 && { noticesLeftOut }),
      ...(notRecorded && { warnings: [notRecorded] }),
    };
    if (attempt.outcome === 'applied') {
      const { startedAt, finishedAt, isClean } = attempt;
      return { ...common, startedAt, finishedAt, statements: script.statements.length, isClean };
    }
    const delayMs = retryDelayMs(attempts);
    const isWorthIt = attempt.outcome === 'rolled-back' && attempt.retry && attempts < MOST_ATTEMPTS;
    // An attempt that there is no time for would hide why the last one failed.
    const lastMoment = context.deadline - delayMs - 2 * limits.lockTimeoutMs;
    let { error: cause } = attempt;
    if (isWorthIt && !timeProblem(task, lastMoment)) {
      const { message: reason } = cause;
      context.onEvent({ type: 'migration-retried', file: script.file, reason, delayMs });
      await pause(delayMs, context.signal);
      if (!context.signal?.aborted) continue;
      const { location, excerpt } = cause;
      const place = { ...(location && { location }), ...(excerpt && { excerpt }) };
      cause = stopped(context.signal, ` before it was tried again after: ${reason}`, { ...place, cause });
    }
    const { outcome } = attempt;
    const half = outcome === 'half-done' && {
      done: attempt.done,
      ...(attempt.uncertain && { uncertain: attempt.done + 1 }),
    };
    const refused =
      outcome === 'half-done' && !attempt.uncertain
        ? await whyNotResume(session, task, start.id).catch(() => undefined)
        : undefined;
    const isOpen = outcome === 'half-done' && (attempt.uncertain || refused !== undefined);
    const error = toErrorReport(cause);
    return {
      ...common,
      outcome,
      ...half,
      ...(refused && { resumeRefused: refused }),
      error: isOpen ? withoutResume(error) : error,
    };
  }
}

/** What `resume` would say, where it would refuse to go on: whoever is told to go on with it is told in vain. */
async function whyNotResume(
  session: Session,
  { migration }: Task,
  id: string,
): Promise<ErrorReport | undefined> {
  const row = await session.journalRow(id);
  return row && planResume([migration], { ledger: [], unsettled: [row] }).problems[0];
}

/** Where a person has to look first, resume alone is refused: the report says what to type. */
function withoutResume({ hint, ...error }: ErrorReport): ErrorReport {
  return {
    ...error,
    ...(hint && { hint: hint.replace(/(?:,? then|\. Then) go on with: registry-jobs resume$/, '.') }),
  };
}

export function describeStart(task: Task): AttemptStart {
  const script = scriptOf(task);
  const { directives, checksum, file, statements } = script;
  return {
    id: crypto.randomUUID(),
    version: task.migration.version,
    file,
    checksum,
    direction: task.direction,
    transaction: directives.transaction,
    statements: statements.length,
    done: task.from ?? 0,
    doneChecksum: doneChecksum(script, task.from ?? 0),
    ...(task.session && { session: task.session }),
    ...(task.begun && { begun: task.begun }),
  };
}

export function limitsOf(
  task: Task,
  { lockTimeoutMs, deadline }: Pick<ApplyContext, 'lockTimeoutMs' | 'deadline'>,
): Limits {
  const { directives } = scriptOf(task);
  const left = deadline - Date.now() - RESERVE_MS;
  const limits = [directives.statementTimeoutMs ?? Infinity, left].filter(Number.isFinite);
  return {
    lockTimeoutMs: directives.lockTimeoutMs ?? lockTimeoutMs,
    statementTimeoutMs: limits.length > 0 ? Math.max(1, Math.floor(Math.min(...limits))) : 0,
  };
}

/** Too late to begin: a migration that is stopped in the middle has blocked others for nothing. */
export function timeProblem(task: Task, deadline: number): RegistryJobsError | undefined {
  const { file, directives } = scriptOf(task);
  const left = deadline - Date.now() - RESERVE_MS;
  if (left <= 0) {
    return new RegistryJobsError(
      'out-of-time',
      `${file} was not started: the time for this run is used up.`,
      {
        hint: 'Run again: it goes on from here.',
      },
    );
  }
  if (directives.expectedMs === undefined || left >= directives.expectedMs) return undefined;
  const expected = Math.ceil(directives.expectedMs / 60_000);
  return new RegistryJobsError(
    'out-of-time',
    `${file} was not started: it expects to take ${expected} min, and less is left.`,
    {
      hint: 'Run it where more time is allowed: registry-jobs up from a machine in the network of the database.',
    },
  );
}
