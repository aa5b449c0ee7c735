import type { Attempt } from '../../engine/dialect.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import { stopped } from '../../errors/stopped.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script, Statement } from '../../migrations/script/statement.ts';
import { isBusy, QUERY_CANCELED } from '../explain/sqlstates.ts';

/** Between two statements of a file without a transaction. */
export function stoppedBefore(
  signal: AbortSignal,
  { file, text }: Script,
  statement: Statement,
  index: number,
  secrets: readonly (string | undefined)[],
): RegistryJobsError {
  const location = locate(file, text, statement.start);
  return stopped(signal, ` before statement ${index + 1} was begun`, {
    location,
    excerpt: excerpt(text, location, secrets),
  });
}

/** What was cancelled because we were asked to stop did not fail by itself: the error says so, for the journal as well. Pure. */
export function sayStopped(attempt: Attempt, signal: AbortSignal | undefined): Attempt {
  if (!signal?.aborted || attempt.outcome === 'applied' || attempt.outcome === 'unknown') return attempt;
  const { location, excerpt: shown, sqlstate = '', message, code } = attempt.error;
  const place = { ...(location && { location }), ...(shown && { excerpt: shown }), cause: attempt.error };
  if (sqlstate === QUERY_CANCELED) {
    const isBefore = attempt.done === 0 && code === 'preparing-failed';
    const otherwise = isBefore ? ' before its first statement' : ' while it was at its end';
    const where = code === 'statement-failed' ? ' in the middle of this statement' : otherwise;
    return without(attempt, stopped(signal, where, place));
  }
  // Also where we have ended the session ourselves, because nobody could be asked to cancel.
  if (code === 'connection-lost')
    return without(attempt, stopped(signal, `. ${message.replace(/\.$/, '')}`, place));
  // A file in a transaction is waited with elsewhere; of a statement that was to be tried again this is the last word.
  if (attempt.outcome !== 'half-done' || !isBusy(sqlstate)) return attempt;
  return without(attempt, stopped(signal, ` before it was tried again after: ${message}`, place));
}

/** Nothing is tried again. */
function without(
  attempt: Exclude<Attempt, { outcome: 'applied' | 'unknown' }>,
  error: RegistryJobsError,
): Attempt {
  return attempt.outcome === 'rolled-back' ? { ...attempt, error, retry: false } : { ...attempt, error };
}
