import { setTimeout as sleep } from 'node:timers/promises';
import { lockIsHeld } from '../advisory-lock.ts';
import { type Connection, withConnection } from '../connection.ts';
import { RegistryJobsError, toErrorReport } from '../errors.ts';
import { type Attempt, attemptInTransaction } from './attempt.ts';
import { MOST_ATTEMPTS, RESERVE_MS, type RunContext, retryDelayMs } from './context.ts';
import type { FlightOptions } from './flight.ts';
import { doneChecksum, finishAttemptSql, journalTable } from './journal.ts';
import { surveyLocked } from './lock.ts';
import { attemptOneByOne } from './one-by-one.ts';
import type { AppliedReport, FailedReport } from './report.ts';
import { noRowsIfMissing } from './survey.ts';
import { scriptOf, type Task } from './task.ts';

/** How long to ask a server that restarts what became of our work, and what is kept of a deadline to report it. */
const PATIENCE_MS = 30_000;
const LAST_WORD_MS = 1_000;
const RECONNECT_MS = 250;
const MOST_BREAKS = 5;

/** A task that succeeded, and whether the session may be used for the next one. */
export type Applied = AppliedReport & { readonly isClean: boolean };

/** Does one task, as often as another transaction stands in its way, and says what is true in the end. */
export async function applyTask(
  connection: Connection,
  task: Task,
  context: RunContext,
): Promise<Applied | FailedReport> {
  const began = performance.now();
  const script = scriptOf(task);
  const { version } = task.migration;
  for (let attempts = 1; ; attempts++) {
    const base = { version, file: script.file, direction: task.direction, attempts };
    const late = attempts === 1 && timeProblem(task, context.deadline);
    const none = { outcome: 'not-started', durationMs: performance.now() - began, notices: [] } as const;
    if (late) return { ...base, ...none, error: toErrorReport(late) };
    const options = flightOptions(task, context);
    const attempt = await settle(connection, task, options);
    const { notices, noticesLeftOut } = attempt;
    const common = {
      ...base,
      durationMs: performance.now() - began,
      notices,
      ...(noticesLeftOut > 0 && { noticesLeftOut }),
    };
    if (attempt.outcome === 'applied') {
      const { startedAt, finishedAt, isClean } = attempt;
      return { ...common, startedAt, finishedAt, statements: script.statements.length, isClean };
    }
    const delayMs = retryDelayMs(attempts);
    const isWorthIt = attempt.outcome === 'rolled-back' && attempt.retry && attempts < MOST_ATTEMPTS;
    // An attempt that there is no time for would hide why the last one failed.
    const lastMoment = context.deadline - delayMs - 2 * options.lockTimeoutMs;
    if (!isWorthIt || timeProblem(task, lastMoment)) {
      const half = attempt.outcome === 'half-done' ? { done: attempt.done } : {};
      return { ...common, outcome: attempt.outcome, ...half, error: toErrorReport(attempt.error) };
    }
    context.onEvent({ type: 'migration-retried', file: script.file, reason: attempt.error.message, delayMs });
    await sleep(delayMs);
  }
}

function flightOptions(task: Task, context: RunContext): FlightOptions {
  const script = scriptOf(task);
  const { directives, checksum, file, statements } = script;
  const left = context.deadline - Date.now() - RESERVE_MS;
  const limits = [directives.statementTimeoutMs ?? Infinity, left].filter(Number.isFinite);
  return {
    context,
    start: {
      id: crypto.randomUUID(),
      version: task.migration.version,
      file,
      checksum,
      direction: task.direction,
      transaction: directives.transaction,
      statements: statements.length,
      done: task.from ?? 0,
      doneChecksum: doneChecksum(script, task.from ?? 0),
    },
    lockTimeoutMs: directives.lockTimeoutMs ?? context.settings.migrations.lockTimeoutMs,
    statementTimeoutMs: limits.length > 0 ? Math.max(1, Math.floor(Math.min(...limits))) : 0,
  };
}

/** Makes one attempt, finds out what is true of it, and lets the journal know when it failed. */
async function settle(connection: Connection, task: Task, options: FlightOptions): Promise<Attempt> {
  const attemptIt = options.start.transaction ? attemptInTransaction : attemptOneByOne;
  const attempt = await attemptIt(connection, task, options);
  if (attempt.outcome === 'applied') return attempt;
  if (attempt.outcome === 'unknown') return askLedger(attempt, task, options, connection.announcedPid);
  // If this fails, the row still says running; the next run calls it interrupted.
  await noteFailure(connection, task, options, attempt).catch(() => {});
  return attempt;
}

async function noteFailure(
  connection: Connection,
  task: Task,
  { context, start }: FlightOptions,
  attempt: Attempt,
): Promise<void> {
  if (attempt.outcome === 'applied') return;
  const sql = finishAttemptSql(context.ledger, start.id, 'failed', attempt.done, {
    error: toErrorReport(attempt.error),
    checksum: doneChecksum(scriptOf(task), attempt.done),
  });
  await Promise.all(['BEGIN READ WRITE', sql, 'COMMIT'].map((step) => connection.send(step)));
}

/**
 * After a lost connection the ledger decides. It is read under the lock, which the lost session has given up
 * only when the server is through with it: so what is read then stays true.
 */
async function askLedger(
  attempt: Extract<Attempt, { outcome: 'unknown' }>,
  task: Task,
  options: FlightOptions,
  lostPid: number | null,
): Promise<Attempt> {
  const { context, start } = options;
  const { database } = context.settings;
  const { version } = task.migration;
  const until = Math.min(Date.now() + PATIENCE_MS, context.deadline - LAST_WORD_MS);
  const ask = () =>
    withConnection(
      database,
      'registry-jobs',
      async (connection): Promise<Attempt> => {
        // The server may not have noticed that the session is lost; then it would keep the lock.
        await connection.send(
          `SELECT pg_catalog.pg_terminate_backend($1) WHERE ${lockIsHeld(context.lockKey, 'l.pid = $1')}`,
          { values: [lostPid] },
        );
        const { ledger } = await surveyLocked(connection, database, context.ledger, { until });
        const row = ledger.rows.find((known) => known.version === version);
        // Not the ledger: another runner may have come in between and done the same.
        const own = await connection
          .send(`SELECT FROM ${journalTable(context.ledger)} WHERE id = $1 AND status = 'applied'`, {
            values: [start.id],
          })
          .catch(noRowsIfMissing);
        const isDone = own.rows.length > 0;
        if (isDone) {
          const now = new Date().toISOString().replace('Z', '');
          const { startedAt = now, finishedAt = now } = row ?? {};
          return { ...attempt, outcome: 'applied', startedAt, finishedAt, isClean: false };
        }
        const failed: Attempt = start.transaction
          ? { ...attempt, outcome: 'rolled-back', retry: false }
          : { ...attempt, outcome: 'half-done' };
        await noteFailure(connection, task, options, failed).catch(() => {});
        return failed;
      },
      { giveUpAt: until },
    );
  try {
    for (let asked = 1; ; asked++) {
      try {
        return await ask();
      } catch (error) {
        const code = error instanceof RegistryJobsError ? error.code : '';
        const restarts = ['connect-starting', 'connect-refused'].includes(code);
        const breaks = ['connection-lost', 'connect-failed'].includes(code) && asked < MOST_BREAKS;
        if (!(restarts || breaks) || Date.now() > until) throw error;
        await sleep(RECONNECT_MS);
      }
    }
  } catch (cause) {
    const message = `${attempt.error.message} Whether ${start.file} was kept is not known.`;
    const hint = 'When the server answers again, run status: the ledger knows.';
    return { ...attempt, error: new RegistryJobsError('outcome-unknown', message, { hint, cause }) };
  }
}

/** Too late to begin: a migration that is stopped in the middle has blocked others for nothing. */
function timeProblem(task: Task, deadline: number): RegistryJobsError | undefined {
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
