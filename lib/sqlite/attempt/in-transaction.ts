import type { DatabaseSync } from 'node:sqlite';
import type { Attempt, Outcome } from '../../engine/dialect.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { ensureJournal, finishAttempt, insertAttempt } from '../ledger/journal.ts';
import { readLedger } from '../ledger/read.ts';
import { ensureLedger, forgetVersion, recordVersion } from '../ledger/write.ts';
import { openSqlite } from '../open.ts';
import { explainDatabase, isBusy, isForeignKey } from '../session/errors.ts';
import { type AttemptOptions, now } from './context.ts';
import { checkExpectation } from './expect.ts';
import { listViolations, newViolations, readViolations } from './foreign-keys.ts';
import { overtaken } from './overtaken.ts';
import { createStatementRunner } from './run-statement.ts';

/**
 * Runs a file, its row in the ledger and its row in the journal in one transaction, on a connection of its own: what the file does to its
 * connection is gone with it. Throws nothing: the outcome says what is true.
 */
export async function attemptInTransaction(task: Task, options: AttemptOptions): Promise<Attempt> {
  const { file, shownAs } = options.context.settings;
  const progress = { done: 0 };
  const outcome = await withConnection(task, options, progress).catch((cause: unknown): Outcome => {
    const error = explainDatabase(cause, shownAs, file);
    const known = error instanceof RegistryJobsError ? error : unexpected(error, shownAs);
    return { outcome: 'rolled-back', error: known, retry: isBusy(cause) };
  });
  return { notices: [], noticesLeftOut: 0, ...progress, ...outcome };
}

async function withConnection(
  task: Task,
  options: AttemptOptions,
  progress: { done: number },
): Promise<Outcome> {
  const { file, shownAs } = options.context.settings;
  const database = await openSqlite(file, { timeoutMs: options.lockTimeoutMs }, shownAs);
  try {
    return await inTransaction(database, task, options, progress);
  } catch (error) {
    // A file may have ended it itself, by ON CONFLICT ROLLBACK.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    database.close();
  }
}

async function inTransaction(
  database: DatabaseSync,
  task: Task,
  options: AttemptOptions,
  progress: { done: number },
): Promise<Outcome> {
  const { context } = options;
  const script = scriptOf(task);
  const isOff = script.directives.foreignKeys === 'off';
  // Ignored inside a transaction. It ends with the connection.
  if (isOff) database.exec('PRAGMA foreign_keys = OFF');
  database.exec('BEGIN IMMEDIATE');
  const startedAt = now(database);
  const ledger = readLedger(database, context.ledger, options.versions);
  if (ledger.print !== options.ledger.print) throw overtaken(context.settings.shownAs);
  const before = isOff ? readViolations(database) : undefined;
  const runner = createStatementRunner(script, context);
  for (const [index, statement] of script.statements.entries()) {
    await runner.before(statement, index);
    runner.run(database, statement);
    progress.done = index + 1;
  }
  if (!database.isTransaction) throw ended(script);
  for (const expectation of script.expectations) checkExpectation(database, script, expectation);
  if (before) assertKeysKept(script, newViolations(before, readViolations(database)));
  record(database, task, options, startedAt);
  const after = readLedger(database, context.ledger, options.versions);
  const finishedAt = now(database);
  await options.beforeCommit?.();
  commit(database, script);
  options.onLedger(after);
  return { outcome: 'applied', startedAt, finishedAt, isClean: true };
}

/** The file may have brought a ledger along, or written its own row. */
function record(
  database: DatabaseSync,
  { migration, direction }: Task,
  { context, start, versions }: AttemptOptions,
  startedAt: string,
): void {
  const name = context.ledger;
  const found = readLedger(database, name, versions);
  ensureLedger(database, name, found);
  ensureJournal(database, name);
  const ledger = found.kind === 'none' ? { ...found, kind: 'ours' as const } : found;
  if (direction === 'down') forgetVersion(database, name, ledger, migration.version);
  else recordVersion(database, name, ledger, migration.version, migration.up.checksum, startedAt);
  insertAttempt(database, name, start, context.runner, 'applied', startedAt);
  finishAttempt(database, name, start.id, { status: 'applied', done: start.statements });
}

/** Keys that are looked at only now are told by name. */
function commit(database: DatabaseSync, script: Script): void {
  try {
    database.exec('COMMIT');
  } catch (error) {
    if (!isForeignKey(error)) throw error;
    assertKeysKept(script, readViolations(database));
    throw error;
  }
}

function assertKeysKept({ file }: Script, found: readonly { key: string; text: string }[]): void {
  if (found.length === 0) return;
  throw new RegistryJobsError(
    'foreign-keys-violated',
    `${file} would leave foreign keys that lead nowhere:`,
    {
      detail: listViolations(found),
      hint: 'Correct the file, so that these rows come or go together. Nothing of it was kept.',
    },
  );
}

function ended({ file }: Script): RegistryJobsError {
  return new RegistryJobsError('statement-failed', `${file} has ended its transaction by a ROLLBACK in it.`, {
    hint: 'Write ABORT in the place of ROLLBACK in its conflict clause or trigger. Nothing of it was kept.',
  });
}

function unexpected(cause: unknown, shownAs: string): RegistryJobsError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RegistryJobsError('sqlite-failed', `${shownAs}: ${message}`, {
    hint: 'Nothing of the file was kept. See whether there is room on the disk, then run again: registry-jobs up',
    cause,
  });
}
