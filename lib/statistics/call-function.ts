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
 * @returns 1 when it refreshed, 0 when there was nothing to do
 * @throws what {@link explainFunctionError} explains
 */
export async function callFunction(connection: Connection, name: string, timeoutMs: number): Promise<0 | 1> {
  const called = Promise.all([
    connection.send('BEGIN READ WRITE'),
    connection.send(`SELECT pg_catalog.set_config('statement_timeout', $1, true)`, {
      values: [`${timeoutMs}ms`],
    }),
    // It waits as long as it may run, and sees what the role may see: what it was written for.
    connection.send('SET LOCAL lock_timeout = 0; SET LOCAL row_security = on'),
    connection.send(`SELECT ${quoteQualified(name)}() AS result`, {
      mayTakeMs: timeoutMs,
      mayBeStopped: true,
    }),
    connection.send('COMMIT', { mayTakeMs: timeoutMs, mayBeStopped: true }),
  ]);
  // What became of the function does not depend on the cleaning; a session that is lost shows in the next call.
  const clean = [...cleanSession(laterSettings(connection.serverVersion)), UNLOCK];
  const cleaned = Promise.allSettled(clean.map((sql) => connection.send(sql)));
  const [, , , answer, commit] = await called;
  await cleaned;
  if (commit.command !== 'COMMIT')
    throw new RegistryJobsError('not-committed', `The work of ${name} was rolled back.`);
  const result = answer.rows[0]?.result;
  // Compared as text: a bigint arrives as text, and Number() would take NULL and void for 0.
  if (String(result) === '1') return 1;
  if (String(result) === '0') return 0;
  throw new RegistryJobsError('bad-result', `${name}() returned ${describeResult(result)}, not 1 or 0.`, {
    hint: 'A statistics function returns 1 when it refreshed, 0 when there was nothing to do.',
  });
}

function describeResult(result: unknown): string {
  if (result === undefined) return 'no row';
  return result === null ? 'NULL' : result === '' ? 'nothing' : String(result);
}
