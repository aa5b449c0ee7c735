import type { Connection } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { quoteQualified } from '../identifiers.ts';
import { isPostgresError, serverDetail } from '../postgres-error.ts';

/** Somebody ended the session, or stopped the server. */
const ADMIN_SHUTDOWN = '57P01';

/**
 * Calls a statistics function in one transaction and one flight; see lib/core/migrations/flight.ts for why COMMIT may be
 * sent along.
 *
 * @returns 1 when it refreshed, 0 when there was nothing to do
 * @throws what {@link explainFunctionError} explains
 */
export async function callFunction(connection: Connection, name: string, timeoutMs: number): Promise<0 | 1> {
  const [, , , answer, commit] = await Promise.all([
    connection.send('BEGIN READ WRITE'),
    connection.send(`SELECT pg_catalog.set_config('statement_timeout', $1, true)`, {
      values: [`${timeoutMs}ms`],
    }),
    // It waits as long as it may run, and sees what the role may see: what it was written for.
    connection.send('SET LOCAL lock_timeout = 0; SET LOCAL row_security = on'),
    connection.send(`SELECT ${quoteQualified(name)}() AS result`),
    connection.send('COMMIT'),
  ]);
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

/** Says why a function could not be called or did not come to its end, and what to do. */
export function explainFunctionError(error: unknown, name: string, timeoutMs: number): unknown {
  if (error instanceof RegistryJobsError) return error;
  if (!isPostgresError(error) || error.code === ADMIN_SHUTDOWN) {
    const reason = error instanceof Error ? error.message : String(error);
    return new RegistryJobsError('connection-lost', `${name}: the connection was lost: ${reason}`, {
      hint: 'Find out what ended the session; the next run tries again.',
      cause: error,
    });
  }
  const detail = serverDetail(error);
  const make = (code: string, message: string, hint: string) =>
    new RegistryJobsError(code, message, {
      hint,
      sqlstate: error.code,
      cause: error,
      ...(detail && { detail }),
    });
  switch (error.code) {
    case '42883':
      return make(
        'no-such-function',
        `There is no function ${name}() without arguments.`,
        'Apply the migrations, or correct the list of statistics functions.',
      );
    case '42501':
      return make(
        'not-allowed',
        `${name}: ${error.message}`,
        'Let the owner allow it: SELECT grant_statistics_to(user), or GRANT EXECUTE for a function of your own.',
      );
    case '57014':
      return make(
        'timed-out',
        `${name} did not finish within ${timeoutMs} ms.`,
        'See what blocks or slows it; the next run tries again.',
      );
    default:
      return make(
        'function-failed',
        `${name}: ${error.message}`,
        'Correct the function; the next run tries again.',
      );
  }
}
