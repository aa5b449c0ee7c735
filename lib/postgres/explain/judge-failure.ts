import type { PostgresError } from '../../errors/postgres-error.ts';
import {
  INSUFFICIENT_PRIVILEGE,
  isBusy,
  isMissingFunction,
  isNotCallable,
  isSessionEnd,
  QUERY_CANCELED,
} from './sqlstates.ts';

/**
 * Whose fault it is that a call of ours failed.
 *
 * - `session-ended`: somebody ended the session, or stopped the server
 * - `in-the-way`: another transaction; nothing is wrong, and nothing was kept, so that it can be tried again
 * - `stopped`: it took too long, or somebody cancelled it; the server does not tell which
 * - `missing`: there is no such function
 * - `not-callable`: there is one, and it cannot be called like this
 * - `not-allowed`: we may not call it
 * - `not-allowed-inside`: we may, but it may not do what it does
 * - `inside`: anything else that went wrong while it ran
 */
export type Failure =
  | 'session-ended'
  | 'in-the-way'
  | 'stopped'
  | 'missing'
  | 'not-callable'
  | 'not-allowed'
  | 'not-allowed-inside'
  | 'inside';

/**
 * Tells an error of the call itself from one of what was called. The code alone does not: a function that calls a missing one
 * fails with the very code of a missing function. But only what runs has a context. Pure.
 */
export function judgeFailure({ code, where }: PostgresError): Failure {
  if (isSessionEnd(code)) return 'session-ended';
  if (isBusy(code)) return 'in-the-way';
  if (code === QUERY_CANCELED) return 'stopped';
  if (where) return code === INSUFFICIENT_PRIVILEGE ? 'not-allowed-inside' : 'inside';
  if (code === INSUFFICIENT_PRIVILEGE) return 'not-allowed';
  if (isMissingFunction(code)) return 'missing';
  return isNotCallable(code) ? 'not-callable' : 'inside';
}
