import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError, serverDetail } from '../../errors/postgres-error.ts';
import { type Failure, judgeFailure } from './judge-failure.ts';

/** What was tried, as far as it matters for saying why it failed. */
export interface FailedAudit {
  readonly what: 'audit' | 'rebuild';
  /** How long it was allowed to take, and how long it took, in milliseconds. */
  readonly limitMs: number;
  readonly tookMs: number;
  readonly user: string;
}

const FAILED = { audit: 'audit-failed', rebuild: 'rebuild-failed' } as const;

/** Another schema has nothing of the kind, whatever is applied. */
const ofTheRegistry = (what: string) =>
  `registry-jobs ${what} needs functions that only the registry's own migrations make; in its database, apply them first: registry-jobs up`;

/** Says why an audit or a rebuild did not come to its end, and what to do. Pure. */
export function explainAuditError(error: unknown, { what, limitMs, tookMs, user }: FailedAudit): unknown {
  if (!isPostgresError(error)) return error;
  const failure = judgeFailure(error);
  const detail = serverDetail(error);
  const more = { sqlstate: error.code, cause: error, ...(detail && { detail }) };
  if (failure === 'stopped' && tookMs >= limitMs) {
    return new RegistryJobsError('timed-out', `The ${what} did not finish within ${limitMs} ms.`, {
      ...more,
      hint: `Allow more time: registry-jobs ${what} --timeout 2h`,
    });
  }
  const again = `and nothing was changed. Try again: registry-jobs ${what}`;
  const hints: Readonly<Record<Failure, string>> = {
    'session-ended': `Somebody ended the session, or stopped the server, ${again}`,
    'in-the-way': `Another transaction was in the way, ${again}`,
    stopped: `Somebody cancelled it, ${again}`,
    missing: ofTheRegistry(what),
    'not-callable': ofTheRegistry(what),
    'not-allowed': `As the owner of the tables: SELECT grant_statistics_to('${user}')`,
    'not-allowed-inside':
      'Nothing was changed. Grant the right to the owner of the function that the context names.',
    inside: `Nothing was changed.${error.where ? ' Correct the function that the context names.' : ''}`,
  };
  const message = `The ${what} failed: ${error.message}`;
  return new RegistryJobsError(FAILED[what], message, { ...more, hint: hints[failure] });
}
