import type { DatabaseSync } from 'node:sqlite';
import type { Attempt, Outcome } from '../../engine/dialect.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { runningChecksum } from '../../migrations/script/done-checksum.ts';
import type { Statement } from '../../migrations/script/statement.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { finishAttempt, insertAttempt } from '../ledger/journal.ts';
import { readLedger } from '../ledger/read.ts';
import { forgetVersion, recordVersion } from '../ledger/write.ts';
import { openSqlite } from '../open.ts';
import { explainDatabase, isBusy } from '../session/errors.ts';
import { type AttemptOptions, now } from './context.ts';
import { overtaken } from './overtaken.ts';
import { createStatementRunner } from './run-statement.ts';

/** How far a file without a transaction has come. */
interface Progress {
  isBegun: boolean;
  done: number;
}

/**
 * Runs a file without a transaction, statement by statement. What may run in a transaction is committed together with its mark in the
 * journal. What may not, VACUUM, ATTACH and pragmas, does no harm when it is done twice: the mark comes after it. Throws nothing.
 */
export async function attemptOneByOne(task: Task, options: AttemptOptions): Promise<Attempt> {
  const { file, shownAs } = options.context.settings;
  const progress: Progress = { isBegun: false, done: task.from ?? 0 };
  const outcome = await run(task, options, progress).catch((cause: unknown): Outcome => {
    const error = explainDatabase(cause, shownAs, file);
    const known =
      error instanceof RegistryJobsError
        ? error
        : new RegistryJobsError(
            'sqlite-failed',
            `${shownAs}: ${error instanceof Error ? error.message : error}`,
            {
              hint: 'See what is done: registry-jobs status --history',
              cause,
            },
          );
    if (progress.isBegun) return { outcome: 'half-done', error: known, uncertain: false };
    // Nothing is on record: the same may succeed in a moment.
    return isBusy(cause)
      ? { outcome: 'rolled-back', error: known, retry: true }
      : { outcome: 'not-started', error: known };
  });
  return { notices: [], noticesLeftOut: 0, done: progress.done, ...outcome };
}

async function run(task: Task, options: AttemptOptions, progress: Progress): Promise<Outcome> {
  const { context, start, versions } = options;
  const { file, shownAs } = context.settings;
  const name = context.ledger;
  const script = scriptOf(task);
  const database = await openSqlite(file, { timeoutMs: options.lockTimeoutMs }, shownAs);
  const checksum = runningChecksum(script, progress.done);
  const mark = (status: 'running' | 'applied') =>
    finishAttempt(database, name, start.id, {
      status,
      done: progress.done,
      doneChecksum: checksum.value(),
    });
  try {
    const startedAt = now(database);
    inOne(database, () => {
      if (readLedger(database, name, versions).print !== options.ledger.print) throw overtaken(shownAs);
      insertAttempt(database, name, start, context.runner, 'running', startedAt);
    });
    progress.isBegun = true;
    const runner = createStatementRunner(script, context);
    // What holds for a connection alone went with the one before.
    for (const statement of script.statements.slice(0, progress.done))
      if (statement.session) runner.run(database, statement);
    for (const [offset, statement] of script.statements.slice(progress.done).entries()) {
      const index = (task.from ?? 0) + offset;
      await runner.before(statement, index);
      const isDone = () => {
        checksum.add(index);
        progress.done = index + 1;
      };
      if (statement.outside) runOutside(statement, isDone);
      else
        inOne(
          database,
          () => {
            runner.run(database, statement);
            isDone();
            mark('running');
          },
          () => {
            progress.done = index;
          },
        );
    }
    return close();

    function runOutside(statement: Statement, isDone: () => void): void {
      runner.run(database, statement);
      isDone();
      mark('running');
    }

    function close(): Outcome {
      const { migration, direction } = task;
      const finishedAt = now(database);
      inOne(database, () => {
        const ledger = readLedger(database, name, versions);
        if (direction === 'down') forgetVersion(database, name, ledger, migration.version);
        else recordVersion(database, name, ledger, migration.version, migration.up.checksum, startedAt);
        mark('applied');
        options.onLedger(readLedger(database, name, versions));
      });
      return { outcome: 'applied', startedAt, finishedAt, isClean: true };
    }
  } finally {
    database.close();
  }
}

/** In one transaction, or not at all. */
function inOne(database: DatabaseSync, work: () => void, onFailure = () => {}): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    onFailure();
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
