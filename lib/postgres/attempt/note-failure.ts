import type { Attempt } from '../../engine/dialect.ts';
import { toErrorReport } from '../../errors/error.ts';
import { doneChecksum } from '../../migrations/script/done-checksum.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { redactDeep } from '../../secrets/redact.ts';
import { finishAttemptSql } from '../ledger/journal.ts';
import type { Connection } from '../session/connection.ts';
import type { FlightOptions } from './flight.ts';

/** Lets the journal know how an attempt ended that did not reach its end. */
export async function noteFailure(
  connection: Connection,
  task: Task,
  { context, start }: FlightOptions,
  attempt: Attempt,
): Promise<void> {
  if (attempt.outcome === 'applied' || attempt.outcome === 'not-started') return;
  const sql = finishAttemptSql(context.ledger, start.id, 'failed', attempt.done, {
    // The journal is read by many.
    error: redactDeep(toErrorReport(attempt.error), [context.settings.database.password]),
    checksum: doneChecksum(scriptOf(task), attempt.done),
    uncertain: attempt.outcome === 'half-done' && attempt.uncertain,
  });
  await Promise.all(['BEGIN READ WRITE', sql, 'COMMIT'].map((step) => connection.send(step)));
}
