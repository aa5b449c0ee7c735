import { RegistryJobsError } from '../errors.ts';
import { LOCK_LOST, LOCK_NOT_AVAILABLE, UNEXPECTED } from '../explain/sqlstates.ts';
import { isPostgresError, type PostgresError } from '../postgres-error.ts';
import { excerpt, locate } from '../sql/position.ts';
import type { Script, Statement } from '../sql/statement.ts';
import type { FlightStep } from './flight.ts';
import { explainStatementError, serverDetails } from './statement-error.ts';
import { scriptOf, type Task } from './task.ts';

const BEGINNING: Statement = { start: 0, end: 0, line: 1, kind: 'File' };

/**
 * Says what a failed step of a flight means, and where in the file it belongs. Pure.
 *
 * @param blockers who was seen in the way, for an error that came of waiting
 */
export function explainFailure(
  task: Task,
  step: FlightStep | undefined,
  cause: unknown,
  blockers?: string,
): RegistryJobsError {
  const script = scriptOf(task);
  if (!isPostgresError(cause)) return explainStatementError(cause, script, step?.statement ?? BEGINNING);
  if (step?.statement) return explainStatementError(withBlockers(cause, blockers), script, step.statement);
  if (cause.code === UNEXPECTED && step?.expectation)
    return explainExpectation(script, step.expectation, cause);
  const details = { ...serverDetails(cause), location: { file: script.file, line: 1, column: 1 }, cause };
  if (cause.code === LOCK_LOST) {
    return new RegistryJobsError('lock-lost', `${script.file} released the migration lock.`, {
      ...details,
      hint: 'Remove the call that releases advisory locks from the file, then run again.',
    });
  }
  if (step?.part === 'announce') {
    return new RegistryJobsError('journal-failed', `The journal cannot be written: ${cause.message}`, {
      ...serverDetails(
        cause,
        undefined,
        `Nothing of ${script.file} was run. Mend the journal, then run again.`,
      ),
      cause,
    });
  }
  const doing = step?.part === 'commit' ? 'committing' : step?.part === 'record' ? 'recording' : 'preparing';
  return new RegistryJobsError(`${doing}-failed`, `While ${doing} ${script.file}: ${cause.message}`, details);
}

function explainExpectation(
  script: Script,
  { start, rows }: { start: number; rows: string },
  cause: PostgresError,
) {
  const location = locate(script.file, script.text, start);
  return new RegistryJobsError('expectation-failed', `The query should give ${rows}, but ${cause.message}.`, {
    location,
    excerpt: excerpt(script.text, location),
    hint: 'Correct the migration, or what it expects; nothing of it was kept.',
    cause,
  });
}

function withBlockers(error: PostgresError, blockers: string | undefined): PostgresError {
  if (!blockers || error.code !== LOCK_NOT_AVAILABLE) return error;
  const detail = [error.detail, `In the way was ${blockers}`].filter(Boolean).join('\n');
  return Object.assign(Object.create(error) as PostgresError, { detail });
}
