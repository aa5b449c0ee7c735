import type { Attempt, AttemptStart, Outcome } from '../../engine/dialect.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { runningChecksum } from '../../migrations/script/done-checksum.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { isSessionEnd } from '../explain/sqlstates.ts';
import { finishAppliedSql, insertAttemptSql, journalTable } from '../ledger/journal.ts';
import type { Connection } from '../session/connection.ts';
import type { TaskContext } from './context.ts';
import { detachSteps } from './detach-steps.ts';
import { settleEarlier } from './earlier-leftover.ts';
import { explainFailure } from './explain-failure.ts';
import { cleanSteps, fileSettingsSql, guardSql, prepareSteps, recordStep } from './flight.ts';
import type { FlightOptions, FlightStep } from './flight-types.ts';
import { createProgress, type Progress } from './one-progress.ts';
import { runStatement } from './one-statement.ts';
import { createSender, type Sender } from './sender.ts';
import { customNames, replaySql, restoreSessionSql } from './session-state.ts';
import { stoppedBefore } from './stopped-at.ts';

/**
 * Runs a file without a transaction: one statement after the other, each waited for, and each counted in the journal when it is done,
 * so that `resume` can go on after it. How a statement is run, and what its failure means, depends on what it is: see
 * one-statement.ts, and "Files without a transaction" in docs/guides/operating.md.
 */
export async function attemptOneByOne(
  connection: Connection,
  task: Task,
  options: FlightOptions,
): Promise<Attempt> {
  const { context } = options;
  const script = scriptOf(task);
  const from = task.from ?? 0;
  const secrets = [context.settings.database.password];
  const sender = createSender(connection, script, context, { from });
  const progress = createProgress(options, runningChecksum(script, from), from, customNames(script));
  let current: FlightStep | undefined;
  let isOnRecord = false;
  const blame = (step: FlightStep) => {
    current = step;
  };
  const run = (step: FlightStep) => {
    blame(step);
    return sender.send(step);
  };
  const attempt = async (): Promise<Outcome> => {
    for (const step of openingSteps(options, task, Number.parseInt(connection.serverVersion, 10))) {
      await run(step).catch(ignoreIfUnknown(step));
      isOnRecord ||= step.part === 'announce';
    }
    const mayBeDone = task.mayBeDone === true;
    if (task.begun) await settleEarlier(connection, task.begun, { script, index: from, mayBeDone });
    for (const [offset, statement] of script.statements.slice(from).entries()) {
      const index = from + offset;
      const { signal } = context;
      if (signal?.aborted) throw stoppedBefore(signal, script, statement, index, secrets);
      sender.announce(index);
      if (options.detached) options.detached.current = index;
      await runStatement({ connection, script, sender, progress, options, blame }, statement, index, {
        mayBeDone: mayBeDone && offset === 0,
        begun: offset === 0 ? task.begun : undefined,
        onlyIfDone: offset === 0 && task.onlyIfDone === true,
      });
    }
    sender.announce(script.statements.length);
    await close(sender, task, options);
    const [times] = (await run(timesStep(options))).rows;
    return {
      outcome: 'applied',
      startedAt: String(times?.startedAt),
      finishedAt: String(times?.finishedAt),
      isClean: true,
    };
  };
  try {
    const outcome = await attempt();
    return { ...said(sender, progress), ...outcome };
  } catch (cause) {
    await connection.quiet();
    const error =
      cause instanceof RegistryJobsError
        ? cause
        : explainFailure(task, current, cause, context, sender.describeBlockers());
    // What failed may have been ours, inside a transaction, which would refuse everything else.
    const [rollback] = await Promise.allSettled(
      ['ROLLBACK', ...cleanSteps(context.later).map(({ sql }) => sql)].map((sql) => connection.send(sql)),
    );
    return { ...said(sender, progress), ...outcomeOf(cause, rollback, isOnRecord, progress), error };
  } finally {
    sender.end();
  }
}

/** Of an attempt that failed. Who ends a session says so to it, in place of an answer: then only the database knows. */
function outcomeOf(
  cause: unknown,
  rollback: PromiseSettledResult<unknown> | undefined,
  isOnRecord: boolean,
  progress: Progress,
) {
  const isTold =
    cause instanceof RegistryJobsError ||
    (isPostgresError(cause) && (!isSessionEnd(cause.code) || rollback?.status === 'fulfilled'));
  if (!isTold) return { outcome: 'unknown' } as const;
  if (!isOnRecord) return { outcome: 'not-started' } as const;
  return { outcome: 'half-done', uncertain: progress.isUncertain() } as const;
}

function said(sender: Sender, progress: Progress) {
  return { notices: sender.notices, noticesLeftOut: sender.noticesLeftOut(), done: progress.done() };
}

/** When the attempt began, from the journal. */
function timesStep({ context, start }: FlightOptions): FlightStep {
  const sql = `SELECT pg_catalog.to_json(started_at) AS "startedAt",
    pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.clock_timestamp())) AS "finishedAt"
    FROM ${journalTable(context.ledger)} WHERE id = $1`;
  return { part: 'times', sql, values: [start.id] };
}

/**
 * The session may write while such a file runs: there is no transaction to allow it for. A file that is resumed gets the session that
 * its first statements had made.
 */
function openingSteps(
  { context, start, detached, ...limits }: FlightOptions,
  task: Task,
  major: number,
): FlightStep[] {
  const { from = 0, session } = task;
  // Settings that are not the server's own are seen by nobody but who set them: they are set once more.
  const replayed = replaySql(scriptOf(task), from);
  const { lockTimeoutMs, statementTimeoutMs } = limits;
  return [
    ...(detached ? detachSteps(context, start, major) : attachedSteps(context, start)),
    ...replayed.map((sql) => ({ part: 'begin', sql }) as const),
    // After those: a RESET ALL among them takes ours away.
    { part: 'begin', sql: 'SET default_transaction_read_only = off' },
    {
      part: 'begin',
      sql: `SELECT ${fileSettingsSql()}`,
      values: [`${lockTimeoutMs}ms`, `${statementTimeoutMs}ms`],
    },
    ...(session ? restoreSessionSql(session) : []).map((sql) => ({ part: 'begin', sql }) as const),
  ];
}

function attachedSteps({ ledger, runner }: TaskContext, start: AttemptStart): FlightStep[] {
  return prepareSteps(insertAttemptSql(ledger, start, runner, 'running'));
}

function ignoreIfUnknown({ part }: FlightStep): (error: unknown) => void {
  return (error) => {
    if (part !== 'prepare' || !isPostgresError(error)) throw error;
  };
}

/** The ledger row and the journal's last word, in one transaction. */
async function close(sender: Sender, task: Task, options: FlightOptions): Promise<void> {
  const { context, start } = options;
  const started = `pg_catalog.timezone('utc', (SELECT started_at FROM ${journalTable(context.ledger)} WHERE id = '${start.id}'))`;
  const steps: FlightStep[] = [
    ...cleanSteps(context.later),
    { part: 'record', sql: 'BEGIN READ WRITE' },
    { part: 'guard', sql: guardSql(context.lockKey) },
    recordStep(task, context, started),
    { part: 'record', sql: finishAppliedSql(context.ledger, start.id, start.statements) },
    { part: 'record', sql: 'COMMIT' },
  ];
  const answers = await Promise.allSettled(steps.map(sender.send));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
}
