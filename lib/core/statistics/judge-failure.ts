import type { PostgresError } from '../postgres-error.ts';

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

/** Admin shutdown, crash, and the three timeouts that end a session. */
const SESSION_ENDED = new Set(['57P01', '57P02', '57P05', '25P03', '25P04']);
/** Serialization failure, deadlock, a lock that could not be had in time. */
const IN_THE_WAY = new Set(['40001', '40P01', '55P03']);
/** Undefined function, undefined schema. */
const MISSING = new Set(['42883', '3F000']);
/** Ambiguous function, wrong kind of object, and what else can be wrong with a name. */
const NOT_CALLABLE = new Set(['42725', '42809', '42P20', '0A000']);
const CANCELLED = '57014';
const NOT_ALLOWED = '42501';

/**
 * Tells an error of the call itself from one of what was called. The code alone does not: a function that calls a missing one
 * fails with the very code of a missing function. But only what runs has a context. Pure.
 */
export function judgeFailure({ code, where }: PostgresError): Failure {
  if (SESSION_ENDED.has(code)) return 'session-ended';
  if (IN_THE_WAY.has(code)) return 'in-the-way';
  if (code === CANCELLED) return 'stopped';
  if (where) return code === NOT_ALLOWED ? 'not-allowed-inside' : 'inside';
  if (code === NOT_ALLOWED) return 'not-allowed';
  if (MISSING.has(code)) return 'missing';
  return NOT_CALLABLE.has(code) ? 'not-callable' : 'inside';
}
