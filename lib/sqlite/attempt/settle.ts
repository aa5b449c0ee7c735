import { statSync } from 'node:fs';
import type { Attempt } from '../../engine/dialect.ts';
import { RegistryJobsError, toErrorReport } from '../../errors/error.ts';
import type { WarningReport } from '../../errors/warning.ts';
import { doneChecksum } from '../../migrations/script/done-checksum.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { redactDeep } from '../../secrets/redact.ts';
import { finishAttempt, hasJournal, insertAttempt } from '../ledger/journal.ts';
import { openSqlite } from '../open.ts';
import type { AttemptOptions } from './context.ts';
import { attemptInTransaction } from './in-transaction.ts';
import { attemptOneByOne } from './one-by-one.ts';

/** No try at the file: somebody else was at work, and the same is tried again or planned anew. */
const NO_TRY: ReadonlySet<string> = new Set(['database-busy', 'overtaken']);

/**
 * Makes one attempt, and lets the journal know when it failed.
 *
 * @param apart runs a file in a process beside this one, where there is one
 */
export async function settle(
  task: Task,
  options: AttemptOptions,
  apart?: typeof attemptInTransaction,
): Promise<Attempt> {
  if (scriptOf(task).directives.statementTimeoutMs !== undefined && !apart) return notKept(task);
  const isApart = apart !== undefined && mayTakeLong(scriptOf(task), sizeOf(options.context.settings.file));
  const inTransaction = isApart ? apart : attemptInTransaction;
  const began = new Date().toISOString().replace('Z', '');
  const attempt = await (options.start.transaction ? inTransaction : attemptOneByOne)(task, options);
  if (attempt.outcome === 'applied' || attempt.outcome === 'not-started') return attempt;
  if (NO_TRY.has(attempt.error.code) && attempt.outcome !== 'half-done') return attempt;
  return { ...attempt, ...(await noteFailure(task, options, attempt, began)) };
}

/** In what is smaller than that most statements take less than it takes to start a process, in bytes. */
const SMALL = 4 * 2 ** 20;

/**
 * Whether a statement of a file may take so long that somebody would want to end it: where its database is large, it makes rows out of
 * nothing, or says so itself. Pure.
 *
 * @param bytes what the database takes
 */
export function mayTakeLong({ directives, text }: Script, bytes: number): boolean {
  const { statementTimeoutMs, expectedMs } = directives;
  const says = statementTimeoutMs !== undefined || expectedMs !== undefined;
  return says || bytes > SMALL || /\b(?:recursive|cross\s+join|generate_series)\b/i.test(text);
}

/** With the write-ahead log. */
export function sizeOf(file: string): number {
  const size = (name: string) => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  return size(file) + size(`${file}-wal`);
}

function notKept(task: Task): Attempt {
  const { file } = scriptOf(task);
  const error = new RegistryJobsError(
    'unknown-directive',
    `${file} has a statement-timeout, which the command alone can keep: here a statement of SQLite runs until it is done.`,
    { hint: 'Remove it, or run the file with: registry-jobs up' },
  );
  return { outcome: 'rolled-back', error, retry: false, done: 0, notices: [], noticesLeftOut: 0 };
}

/** Where that fails somebody has to be told; nothing depends on it. Throws nothing. */
async function noteFailure(
  task: Task,
  { context, start }: AttemptOptions,
  attempt: Exclude<Attempt, { outcome: 'applied' }>,
  began: string,
): Promise<{ readonly notRecorded?: WarningReport }> {
  const { settings, ledger, runner } = context;
  try {
    const database = await openSqlite(settings.file, {}, settings.shownAs);
    try {
      // It belongs to the transaction of the schema that brings it.
      if (!hasJournal(database, ledger)) return {};
      database.exec('BEGIN IMMEDIATE');
      if (start.transaction) insertAttempt(database, ledger, start, runner, 'running', began);
      finishAttempt(database, ledger, start.id, {
        status: 'failed',
        done: attempt.done,
        doneChecksum: doneChecksum(scriptOf(task), attempt.done),
        uncertain: attempt.outcome === 'half-done' && attempt.uncertain,
        error: redactDeep(toErrorReport(attempt.error), []),
      });
      database.exec('COMMIT');
      return {};
    } finally {
      database.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      notRecorded: {
        code: 'failure-not-recorded',
        message: `How ${start.file} ended could not be written into the journal: ${reason}. status --history does not show it.`,
      },
    };
  }
}
