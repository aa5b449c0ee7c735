import type { ErrorCode } from '../../errors/catalogue.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError, serverDetail } from '../../errors/postgres-error.ts';
import { judgeFailure } from './judge-failure.ts';

/** What was tried, as far as it matters for saying why it failed. */
export interface FailedCall {
  readonly name: string;
  /** How long it was allowed to take, and how long it took, in milliseconds, all tries together. */
  readonly timeoutMs: number;
  readonly tookMs: number;
  readonly tries: number;
}

/** Says why a function could not be called or did not come to its end, and what to do. Pure. */
export function explainFunctionError(
  error: unknown,
  { name, timeoutMs, tookMs, tries }: FailedCall,
): unknown {
  if (error instanceof RegistryJobsError) return error;
  const failure = isPostgresError(error) ? judgeFailure(error) : 'session-ended';
  if (!isPostgresError(error) || failure === 'session-ended') {
    const reason = error instanceof Error ? error.message : String(error);
    return new RegistryJobsError('connection-lost', `${name}: the connection was lost: ${reason}`, {
      hint: 'Find out what ended the session; the next run tries again.',
      cause: error,
    });
  }
  const detail = serverDetail(error);
  const make = (code: ErrorCode, message: string, hint: string) =>
    new RegistryJobsError(code, message, {
      hint,
      sqlstate: error.code,
      cause: error,
      ...(detail && { detail }),
    });
  const message = `${name}: ${error.message}`;
  switch (failure) {
    case 'missing':
      return make(
        'no-such-function',
        `There is no function ${name}() without arguments.`,
        'Apply the migrations, or correct the list of statistics functions.',
      );
    case 'not-callable':
      return make(
        'not-callable',
        `${name}() cannot be called: ${error.message}`,
        'Correct the list of statistics functions: each is called without arguments and returns 1 or 0.',
      );
    case 'not-allowed':
      return make(
        'not-allowed',
        message,
        'Let the owner allow it: SELECT grant_statistics_to(user), or GRANT EXECUTE for a function of your own.',
      );
    case 'not-allowed-inside':
      return make(
        'not-allowed',
        message,
        'Grant the right to the role that the function runs as; the next run tries again.',
      );
    case 'stopped':
      return tookMs >= timeoutMs
        ? make(
            'timed-out',
            `${name} did not finish within ${timeoutMs} ms.`,
            'See what blocks or slows it; the next run tries again.',
          )
        : make('function-cancelled', message, `Find out who cancelled it. ${AGAIN}`);
    case 'in-the-way':
      return make(
        'function-blocked',
        message,
        `Another transaction was in the way, at ${tries} ${tries === 1 ? 'try' : 'tries'}. ${AGAIN}`,
      );
    default:
      return make('function-failed', message, 'Correct the function; the next run tries again.');
  }
}

const AGAIN = 'The next run tries again; to try now: registry-jobs refresh';
