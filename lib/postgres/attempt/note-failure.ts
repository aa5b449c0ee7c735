import type { Attempt } from '../../engine/dialect.ts';
import { toErrorReport } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { WarningReport } from '../../errors/warning.ts';
import { doneChecksum } from '../../migrations/script/done-checksum.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { redactDeep } from '../../secrets/redact.ts';
import { knownHint } from '../explain/hints.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { finishAttemptSql, journalTable } from '../ledger/journal.ts';
import type { Connection } from '../session/connection.ts';
import type { FlightOptions } from './flight-types.ts';

/**
 * Lets the journal know how an attempt ended that did not reach its end. Where that fails the row still says running, and the next run
 * calls it interrupted: nothing depends on it, but somebody has to be told. Throws nothing.
 */
export async function noteFailure(
  connection: Connection,
  task: Task,
  { context, start }: FlightOptions,
  attempt: Attempt,
): Promise<{ readonly notRecorded?: WarningReport }> {
  if (attempt.outcome === 'applied' || attempt.outcome === 'not-started') return {};
  // There is no row: it could not be written, or belongs to the transaction that brings the journal.
  if (attempt.error.code === 'journal-failed' || task.migration.style === 'initial') return {};
  const found = context.settings.database;
  const sql = finishAttemptSql(context.ledger, start.id, 'failed', attempt.done, {
    // The journal is read by many.
    error: redactDeep(toErrorReport(attempt.error), [found.password]),
    checksum: doneChecksum(scriptOf(task), attempt.done),
    uncertain: attempt.outcome === 'half-done' && attempt.uncertain,
  });
  try {
    await Promise.all(['BEGIN READ WRITE', sql, 'COMMIT'].map((step) => connection.send(step)));
    return {};
  } catch (error) {
    // The session is gone, which the failure says itself.
    if (!isPostgresError(error)) return {};
    return { notRecorded: describe(error, start.file, found.user, journalTable(context.ledger)) };
  }
}

function describe(error: unknown, file: string, user: string, journal: string): WarningReport {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = isPostgresError(error)
    ? knownHint(error, { user: quoteIdentifier(user), sql: journal })
    : undefined;
  return {
    code: 'failure-not-recorded',
    message: `How ${file} ended could not be written into the journal: ${reason}. Until the next run, status --history calls it interrupted.${hint ? ` ${hint}` : ''}`,
  };
}
