import { RegistryJobsError } from '../errors/error.ts';
import { quoteQualified } from '../postgres/identifiers.ts';
import { cleanSession } from '../postgres/session/clean-session.ts';
import type { Connection } from '../postgres/session/connection.ts';
import { laterSettings } from '../postgres/session/session-options.ts';

/** A function may leave a lock of the session, even that of the migrations. We hold none ourselves. */
const UNLOCK = 'SELECT pg_catalog.pg_advisory_unlock_all()';

/**
 * Calls a statistics function in one transaction and one flight, and leaves the session as it was for the next one; see
 * lib/postgres/attempt/flight.ts for why COMMIT may be sent along.
 *
 * @param timeoutMs how long it may take, in milliseconds
 * @returns what it says of its work
 * @throws what {@link explainFunctionError} explains
 */
export async function callFunction(
  connection: Connection,
  name: string,
  timeoutMs: number,
): Promise<CallResult> {
  const called = Promise.all([
    connection.send('BEGIN READ WRITE'),
    connection.send(`SELECT pg_catalog.set_config('statement_timeout', $1, true)`, {
      values: [`${timeoutMs}ms`],
    }),
    // It waits as long as it may run, and sees what the role may see: what it was written for.
    connection.send('SET LOCAL lock_timeout = 0; SET LOCAL row_security = on'),
    connection.send(callSql(name), { mayTakeMs: timeoutMs }),
    connection.send('COMMIT', { mayTakeMs: timeoutMs }),
  ]);
  // What became of the function does not depend on the cleaning; a session that is lost shows in the next call.
  const clean = [...cleanSession(laterSettings(connection.serverVersion)), UNLOCK];
  const cleaned = Promise.allSettled(clean.map((sql) => connection.send(sql)));
  const [, , , answer, commit] = await called;
  await cleaned;
  if (commit.command !== 'COMMIT')
    throw new RegistryJobsError('not-committed', `The work of ${name} was rolled back.`);
  return readResult(answer.rows);
}

/** With the type: a function of the type void may give NULL as well as an empty text. `OFFSET 0` keeps it from being called for either. */
function callSql(name: string): string {
  return `SELECT result, pg_catalog.pg_typeof(result) = 'pg_catalog.void'::pg_catalog.regtype AS nothing
    FROM (SELECT ${quoteQualified(name)}() AS result OFFSET 0) called`;
}

/** What a function says of its work, which is committed by then: whatever it returns, it did not fail. */
export interface CallResult {
  readonly outcome: 'refreshed' | 'skipped' | 'called';
  readonly reason?: string;
}

/**
 * 1 or true says that it refreshed, 0 or false that there was nothing to do. One that returns nothing (void) was called, and so was one that
 * returns anything else: that it keeps to no rule is said, not judged. Pure.
 */
function readResult([row]: readonly Record<string, unknown>[]): CallResult {
  if (row?.nothing === true) return { outcome: 'called' };
  // Compared as text: a bigint arrives as text, and Number() would take NULL and void for 0.
  const result = row && row.result === null ? 'NULL' : String(row?.result ?? 'no row');
  switch (result) {
    case '1':
    case 'true':
      return { outcome: 'refreshed' };
    case '0':
    case 'false':
      return { outcome: 'skipped', reason: 'nothing to do' };
    default:
      return { outcome: 'called', reason: `returned ${shortened(result)}, neither 1 nor 0` };
  }
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
