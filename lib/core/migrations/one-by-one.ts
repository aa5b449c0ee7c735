import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerName } from '../advisory-lock.ts';
import type { Connection } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { isPostgresError } from '../postgres-error.ts';
import type { Attempt, Outcome } from './attempt.ts';
import { MOST_ATTEMPTS, retryDelayMs, WORTH_A_RETRY } from './context.ts';
import { explainFailure } from './explain-failure.ts';
import {
  CLEAN_STEPS,
  type FlightOptions,
  type FlightStep,
  guardSql,
  prepareSteps,
  recordStep,
  statementStep,
  timeoutsSql,
} from './flight.ts';
import { assertValid, dropInvalid } from './invalid-index.ts';
import { doneChecksum, finishAttemptSql, insertAttemptSql, journalTable, progressSql } from './journal.ts';
import { createSender, type Sender } from './sender.ts';
import { scriptOf, type Task } from './task.ts';

/**
 * Runs a file without a transaction: one statement after the other, each waited for, and each counted in the
 * journal when it is done, so that `resume` can go on behind it. Nothing is ever sent ahead here.
 */
export async function attemptOneByOne(
  connection: Connection,
  task: Task,
  options: FlightOptions,
): Promise<Attempt> {
  const { context, start } = options;
  const script = scriptOf(task);
  const from = task.from ?? 0;
  const sender = createSender(connection, script, context, from);
  let current: FlightStep | undefined;
  const run = async (step: FlightStep) => {
    current = step;
    return sender.send(step);
  };
  const attempt = async (): Promise<Outcome> => {
    for (const step of openingSteps(options)) await run(step).catch(ignoreIfUnknown(step));
    sender.announce(from);
    for (const [offset, statement] of script.statements.slice(from).entries()) {
      await runStatement(
        connection,
        statementStep(script, statement, from + offset),
        run,
        context.onEvent,
        script.file,
      );
      if (statement.index) await assertValid(connection, statement.index, task, statement);
      await run({
        part: 'guard',
        sql: asOurselves([
          guardSql(context.lockKey),
          progressSql(context.ledger, start.id, sender.done(), doneChecksum(script, sender.done())),
        ]),
      });
    }
    await close(sender, task, options);
    const [times] = (await run({ part: 'times', sql: timesSql(context.ledger), values: [start.id] })).rows;
    return {
      outcome: 'applied',
      startedAt: String(times?.startedAt),
      finishedAt: String(times?.finishedAt),
      isClean: true,
    };
  };
  try {
    const outcome = await attempt();
    return { ...said(sender), ...outcome };
  } catch (cause) {
    const error =
      cause instanceof RegistryJobsError
        ? cause
        : explainFailure(task, current, cause, sender.describeBlockers());
    const outcome = isPostgresError(cause) || cause instanceof RegistryJobsError ? 'half-done' : 'unknown';
    // What failed may have been ours, inside a transaction, which would refuse everything else.
    await Promise.allSettled(
      ['ROLLBACK', ...CLEAN_STEPS.map(({ sql }) => sql)].map((sql) => connection.send(sql)),
    );
    return { ...said(sender), outcome, error };
  } finally {
    sender.end();
  }
}

function said(sender: Sender) {
  return { notices: sender.notices, noticesLeftOut: sender.noticesLeftOut(), done: sender.done() };
}

/** When the attempt began, from the journal. Parameter: the attempt. */
function timesSql(ledger: LedgerName): string {
  return `SELECT pg_catalog.to_json(started_at) AS "startedAt",
    pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.clock_timestamp())) AS "finishedAt"
    FROM ${journalTable(ledger)} WHERE id = $1`;
}

/** The session may write while such a file runs: there is no transaction to allow it for. */
function openingSteps({ context, start, lockTimeoutMs, statementTimeoutMs }: FlightOptions): FlightStep[] {
  return [
    ...prepareSteps(insertAttemptSql(context.ledger, start, context.runner, 'running')),
    { part: 'begin', sql: 'SET default_transaction_read_only = off' },
    {
      part: 'begin',
      sql: `SELECT ${timeoutsSql('false')}`,
      values: [`${lockTimeoutMs}ms`, `${statementTimeoutMs}ms`],
    },
  ];
}

function ignoreIfUnknown({ part }: FlightStep): (error: unknown) => void {
  return (error) => {
    if (part !== 'prepare' || !isPostgresError(error)) throw error;
  };
}

/** Our own statements between those of the file, whatever role and timeouts it has chosen for its session. */
function asOurselves(statements: readonly string[]): string {
  const OURS = [
    'BEGIN READ WRITE',
    'SET LOCAL statement_timeout = 0',
    'SET LOCAL SESSION AUTHORIZATION DEFAULT',
    'SET LOCAL ROLE NONE',
  ];
  return [...OURS, ...statements, 'COMMIT'].join('; ');
}

async function runStatement(
  connection: Connection,
  step: FlightStep,
  run: (step: FlightStep) => Promise<unknown>,
  onEvent: FlightOptions['context']['onEvent'],
  file: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (step.statement?.index) await dropInvalid(connection, step.statement.index);
    try {
      await run(step);
      return;
    } catch (error) {
      if (!isPostgresError(error) || !WORTH_A_RETRY.has(error.code) || attempt >= MOST_ATTEMPTS) throw error;
      const delayMs = retryDelayMs(attempt);
      onEvent({ type: 'migration-retried', file, reason: error.message, delayMs });
      await sleep(delayMs);
    }
  }
}

/** The ledger row and the journal's last word, in one transaction. */
async function close(sender: Sender, task: Task, options: FlightOptions): Promise<void> {
  const { context, start } = options;
  const started = `(SELECT started_at FROM ${journalTable(context.ledger)} WHERE id = '${start.id}')`;
  const steps: FlightStep[] = [
    ...CLEAN_STEPS,
    { part: 'record', sql: 'BEGIN READ WRITE' },
    { part: 'guard', sql: guardSql(context.lockKey) },
    recordStep(task, context.ledger, started),
    { part: 'record', sql: finishAttemptSql(context.ledger, start.id, 'applied', start.statements) },
    { part: 'commit', sql: 'COMMIT' },
  ];
  const answers = await Promise.allSettled(steps.map(sender.send));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
}
