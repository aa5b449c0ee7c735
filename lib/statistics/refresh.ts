import { setTimeout } from 'node:timers/promises';
import { RegistryJobsError, toErrorReport } from '../errors/error.ts';
import { isPostgresError } from '../errors/postgres-error.ts';
import { safely } from '../errors/safely.ts';
import { explainFunctionError } from '../postgres/explain/function.ts';
import { judgeFailure } from '../postgres/explain/judge-failure.ts';
import { lockIsHeld, migrationLockKey } from '../postgres/session/advisory-lock.ts';
import { type Connection, withConnection } from '../postgres/session/connection.ts';
import { type SessionOptions, until } from '../postgres/session/session-options.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { callFunction } from './call-function.ts';
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
  /** The ledger of the migrations that a run stands aside for. @default the one of the settings */
  readonly ledger?: LedgerName;
  /** When this process will be stopped, in milliseconds since the epoch. @default never */
  readonly deadline?: number;
  /** How long the answer to a statement of our own may stay out before the session is given up, in milliseconds. @default 1 minute */
  readonly answerMs?: number;
  readonly onEvent?: (event: StatisticsEvent) => void;
}

const MIGRATING = 'a migration is running';

/**
 * How long to wait before the second and the third call of a function that another transaction was in the way of. The call is
 * one transaction that was rolled back, so it may be repeated.
 */
const PAUSES_MS = [100, 500];

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
  const tell = safely(options.onEvent ?? (() => {}));
  if (settings.maintenance) return report('skipped', [], { reason: 'maintenance is on' });
  return withConnection(settings.database, sessionOf(settings, options), async (connection) => {
    const [before] = await Promise.all([readProgress(connection), connection.isOurs]);
    const functions = await callAll(connection, settings, options, tell);
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

/** Every function has its own time; together they end at the deadline, or when all of them have used theirs. */
function sessionOf(
  { statistics }: Settings,
  { deadline = Infinity, answerMs }: RefreshOptions,
): SessionOptions {
  const allMs = (statistics.functions.length + 1) * (statistics.timeoutMs + RESERVE_MS);
  return until('registry-jobs refresh', Math.min(deadline, Date.now() + allMs), RESERVE_MS, answerMs);
}

function summarize(functions: readonly FunctionReport[]): StatisticsReport['status'] {
  const has = (wanted: FunctionReport['outcome']) => functions.some(({ outcome }) => outcome === wanted);
  return has('failed') ? 'failed' : has('refreshed') ? 'refreshed' : 'nothing-to-do';
}

async function callAll(
  connection: Connection,
  settings: Settings,
  options: RefreshOptions,
  tell: (event: StatisticsEvent) => void,
): Promise<FunctionReport[]> {
  const { functions, timeoutMs } = settings.statistics;
  const ledger = options.ledger ?? settings.ledger;
  const lockKey = migrationLockKey(settings.database.database, ledger);
  const done: FunctionReport[] = [];
  for (const [index, name] of functions.entries()) {
    tell({ type: 'function-started', name, index: index + 1, total: functions.length });
    const left = (options.deadline ?? Infinity) - Date.now() - RESERVE_MS;
    const report = await callOne(connection, name, lockKey, Math.floor(Math.min(timeoutMs, left)));
    tell({ type: 'function-finished', ...report });
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
  let spentMs = 0;
  for (let tries = 1; ; tries++) {
    try {
      const { rows } = await connection.send(`SELECT ${lockIsHeld(lockKey)} AS migrating`);
      if (rows[0]?.migrating === true)
        return { name, outcome: 'skipped', durationMs: since(), reason: MIGRATING };
      const result = await callFunction(connection, name, Math.max(1, Math.ceil(timeoutMs - spentMs)));
      return result === 1
        ? { name, outcome: 'refreshed', durationMs: since() }
        : { name, outcome: 'skipped', durationMs: since(), reason: 'nothing to do' };
    } catch (error) {
      const pauseMs = PAUSES_MS[tries - 1];
      const isInTheWay = isPostgresError(error) && judgeFailure(error) === 'in-the-way';
      if (isInTheWay && pauseMs !== undefined && since() + pauseMs < timeoutMs) {
        await setTimeout(pauseMs);
        spentMs = since();
        continue;
      }
      const tookMs = since();
      return {
        name,
        outcome: 'failed',
        durationMs: tookMs,
        error: toErrorReport(explainFunctionError(error, { name, timeoutMs, tookMs, tries })),
      };
    }
  }
}
