import { defaultLedger, type LedgerName, lockIsHeld, migrationLockKey } from '../advisory-lock.ts';
import { type Connection, withConnection } from '../connection.ts';
import { RegistryJobsError, toErrorReport } from '../errors.ts';
import { quoteQualified } from '../identifiers.ts';
import { isPostgresError, serverDetail } from '../postgres-error.ts';
import type { Settings } from '../settings/settings.ts';
import { readProgress } from './progress.ts';
import type { FunctionReport, StatisticsReport } from './report.ts';

/** What happens during a run, for whoever shows progress. */
export type StatisticsEvent =
  | {
      readonly type: 'function-started';
      readonly name: string;
      readonly index: number;
      readonly total: number;
    }
  | ({ readonly type: 'function-finished' } & FunctionReport);

export interface RefreshOptions {
  /** The ledger of the migrations that a run stands aside for. @default public.schema_migrations */
  readonly ledger?: LedgerName;
  /** When this process will be stopped, in milliseconds since the epoch. @default never */
  readonly deadline?: number;
  readonly onEvent?: (event: StatisticsEvent) => void;
}

const MIGRATING = 'a migration is running';

/** Somebody ended the session, or stopped the server. */
const ADMIN_SHUTDOWN = '57P01';

/** Enough to roll back, to report and to be billed for it. */
const RESERVE_MS = 5_000;

/**
 * Calls the statistics functions one after the other, each in its own transaction with its own timeout. One
 * that fails does not keep the others from being called. Stands aside during maintenance and migrations.
 *
 * @returns the report, also when a function failed (`status: 'failed'`)
 * @throws RegistryJobsError when there is no connection
 */
export async function refresh(settings: Settings, options: RefreshOptions = {}): Promise<StatisticsReport> {
  const began = performance.now();
  const report = (
    status: StatisticsReport['status'],
    functions: readonly FunctionReport[],
    more: Pick<StatisticsReport, 'reason' | 'rowsFolded' | 'lagMs'> = {},
  ) => {
    const durationMs = performance.now() - began;
    const { environment } = settings;
    return {
      command: 'refresh',
      status,
      environment,
      ...more,
      functions,
      durationMs,
    } as const;
  };
  if (settings.maintenance) return report('skipped', [], { reason: 'maintenance is on' });
  return withConnection(settings.database, 'registry-jobs refresh', async (connection) => {
    const before = await readProgress(connection);
    const functions = await callAll(connection, settings, options);
    if (functions.every(({ reason }) => reason === MIGRATING))
      return report('skipped', functions, { reason: MIGRATING });
    const connectionLost = functions.some(({ error }) => error?.code === 'connection-lost');
    const after = connectionLost ? undefined : await readProgress(connection);
    return report(summarize(functions), functions, {
      ...(before && after && { rowsFolded: after.rowsFolded - before.rowsFolded }),
      ...(after?.lagMs !== undefined && { lagMs: after.lagMs }),
    });
  });
}

function summarize(functions: readonly FunctionReport[]): StatisticsReport['status'] {
  const has = (wanted: FunctionReport['outcome']) => functions.some(({ outcome }) => outcome === wanted);
  return has('failed') ? 'failed' : has('refreshed') ? 'refreshed' : 'nothing-to-do';
}

async function callAll(
  connection: Connection,
  settings: Settings,
  options: RefreshOptions,
): Promise<FunctionReport[]> {
  const { functions, timeoutMs } = settings.statistics;
  const ledger = options.ledger ?? defaultLedger;
  const lockKey = migrationLockKey(settings.database.database, ledger);
  const done: FunctionReport[] = [];
  for (const [index, name] of functions.entries()) {
    options.onEvent?.({ type: 'function-started', name, index: index + 1, total: functions.length });
    const left = (options.deadline ?? Infinity) - Date.now() - RESERVE_MS;
    const report = await callOne(connection, name, lockKey, Math.floor(Math.min(timeoutMs, left)));
    options.onEvent?.({ type: 'function-finished', ...report });
    done.push(report);
  }
  return done;
}

async function callOne(
  connection: Connection,
  name: string,
  lockKey: bigint,
  timeoutMs: number,
): Promise<FunctionReport> {
  const began = performance.now();
  const since = () => performance.now() - began;
  if (timeoutMs <= 0) {
    const error = new RegistryJobsError(
      'out-of-time',
      `${name} was not called: the time for this run is used up.`,
      {
        hint: 'The next run calls it; raise the timeout of the function if this repeats.',
      },
    );
    return { name, outcome: 'failed', durationMs: since(), error: toErrorReport(error) };
  }
  try {
    const { rows } = await connection.send(`SELECT ${lockIsHeld(lockKey)} AS migrating`);
    if (rows[0]?.migrating === true)
      return { name, outcome: 'skipped', durationMs: since(), reason: MIGRATING };
    const result = await call(connection, name, timeoutMs);
    return result === 1
      ? { name, outcome: 'refreshed', durationMs: since() }
      : { name, outcome: 'skipped', durationMs: since(), reason: 'nothing to do' };
  } catch (error) {
    return {
      name,
      outcome: 'failed',
      durationMs: since(),
      error: toErrorReport(explain(error, name, timeoutMs)),
    };
  }
}

/** One transaction in one flight; see lib/core/migrations/flight.ts for why COMMIT may be sent along. */
async function call(connection: Connection, name: string, timeoutMs: number): Promise<0 | 1> {
  const [, , answer, commit] = await Promise.all([
    connection.send('BEGIN READ WRITE'),
    connection.send(`SELECT pg_catalog.set_config('statement_timeout', $1, true)`, {
      values: [`${timeoutMs}ms`],
    }),
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

function explain(error: unknown, name: string, timeoutMs: number): unknown {
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
