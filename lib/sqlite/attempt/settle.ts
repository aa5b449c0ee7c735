import type { Attempt } from '../../engine/dialect.ts';
import { toErrorReport } from '../../errors/error.ts';
import type { WarningReport } from '../../errors/warning.ts';
import { doneChecksum } from '../../migrations/script/done-checksum.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { redactDeep } from '../../secrets/redact.ts';
import { finishAttempt, hasJournal, insertAttempt } from '../ledger/journal.ts';
import { openSqlite } from '../open.ts';
import type { AttemptOptions } from './context.ts';
import { attemptInTransaction } from './in-transaction.ts';
import { attemptOneByOne } from './one-by-one.ts';

/** No try at the file: somebody else was at work, and the same is tried again or planned anew. */
const NO_TRY: ReadonlySet<string> = new Set(['database-busy', 'overtaken']);

/** Makes one attempt, and lets the journal know when it failed. */
export async function settle(task: Task, options: AttemptOptions): Promise<Attempt> {
  const began = new Date().toISOString().replace('Z', '');
  const attempt = await (options.start.transaction ? attemptInTransaction : attemptOneByOne)(task, options);
  if (attempt.outcome === 'applied' || attempt.outcome === 'not-started') return attempt;
  if (NO_TRY.has(attempt.error.code) && attempt.outcome !== 'half-done') return attempt;
  return { ...attempt, ...(await noteFailure(task, options, attempt, began)) };
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
