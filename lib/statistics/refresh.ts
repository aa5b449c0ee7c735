import { type ErrorReport, toErrorReport } from '../errors/error.ts';
import { isPostgresError } from '../errors/postgres-error.ts';
import { safely } from '../errors/safely.ts';
import { judgeFailure } from '../postgres/explain/judge-failure.ts';
import { migrationLockKey } from '../postgres/session/advisory-lock.ts';
import { type Connection, withConnection } from '../postgres/session/connection.ts';
import { type SessionOptions, until } from '../postgres/session/session-options.ts';
import { RESTART_MS, untilAnswered } from '../postgres/session/until-answered.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { PostgresSettings } from '../settings/settings.ts';
import { callOne, MIGRATING, outOfTime, stoppedBefore } from './call-one.ts';
import { databaseOf } from './database.ts';
import { endLost } from './end-lost.ts';
import { type Progress, readProgress } from './progress.ts';
import { type FunctionReport, NOT_CALLED, type StatisticsReport } from './refresh-report.ts';

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
  /** Asks to stop: the function that runs is cancelled, and no other is called. @default nobody can */
  readonly signal?: AbortSignal;
}

/** Enough to roll back, to report and to be billed for it. */
const RESERVE_MS = 5_000;

/**
 * Calls the statistics functions one after the other, each in its own transaction with its own timeout. One
 * that fails does not keep the others from being called, even if it ends the session. Stands aside during maintenance and migrations.
 *
 * @returns the report, also when a function failed (`status: 'failed'`)
 * @throws RegistryJobsError when there is no connection
 */
export async function refresh(
  settings: PostgresSettings,
  options: RefreshOptions = {},
): Promise<StatisticsReport> {
  const began = performance.now();
  const report = (
    status: StatisticsReport['status'],
    functions: readonly FunctionReport[],
    more: Pick<StatisticsReport, 'reason' | 'rowsFolded' | 'lagMs' | 'notReopened'> = {},
  ) => {
    const durationMs = performance.now() - began;
    const { environment, database } = settings;
    return {
      command: 'refresh',
      status,
      environment,
      database: databaseOf(database),
      ...more,
      functions,
      durationMs,
    } as const;
  };
  const tell = safely(options.onEvent ?? (() => {}));
  if (settings.maintenance) return report('skipped', [], { reason: 'maintenance is on' });
  const { functions, before, after, notReopened } = await callAll(settings, options, tell);
  if (functions.every(({ reason }) => reason === MIGRATING))
    return report('skipped', functions, { reason: MIGRATING });
  return report(notReopened ? 'failed' : summarize(functions), functions, {
    ...(notReopened && { notReopened }),
    ...(before && after && { rowsFolded: after.rowsFolded - before.rowsFolded }),
    ...(after?.lagMs !== undefined && { lagMs: after.lagMs }),
  });
}

/** Every function has its own time; together they end at the deadline, or when all of them have used theirs. */
function sessionOf(
  { statistics }: PostgresSettings,
  { deadline = Infinity, answerMs, signal }: RefreshOptions,
): SessionOptions {
  const allMs = (statistics.functions.length + 1) * (statistics.timeoutMs + RESERVE_MS);
  const giveUpAt = Math.min(deadline, Date.now() + allMs);
  return { ...until('registry-jobs refresh', giveUpAt, RESERVE_MS, answerMs), signal };
}

function summarize(functions: readonly FunctionReport[]): StatisticsReport['status'] {
  const has = (wanted: FunctionReport['outcome']) => functions.some(({ outcome }) => outcome === wanted);
  return has('failed') ? 'failed' : has('refreshed') || has('called') ? 'refreshed' : 'nothing-to-do';
}

/** What came of the calls, in all the sessions that they took. */
interface Called {
  readonly functions: FunctionReport[];
  readonly before?: Progress | undefined;
  readonly after?: Progress | undefined;
  readonly notReopened?: ErrorReport;
}

/**
 * Calls all of them in one session. Where that is lost, by what a function does or without a reason, the next goes on behind it: with the
 * same time, the same settings, and the same look at migrations before each call.
 */
async function callAll(
  settings: PostgresSettings,
  options: RefreshOptions,
  tell: (event: StatisticsEvent) => void,
): Promise<Called> {
  const names = settings.statistics.functions;
  const session = sessionOf(settings, options);
  const lockKey = migrationLockKey(settings.database.database, options.ledger ?? settings.ledger);
  const leftMs = () => (options.deadline ?? Infinity) - Date.now() - RESERVE_MS;
  const functions: FunctionReport[] = [];
  const finish = (report: FunctionReport) => {
    tell({ type: 'function-finished', ...report });
    functions.push(report);
  };
  // Of the session before.
  let lostPid: number | null = null;
  /** @throws what lost another session than the first before anything was called in it */
  const goOn = async (connection: Connection): Promise<Progress | undefined> => {
    const begun = functions.length;
    const isAnother = lostPid !== null;
    lostPid = connection.announcedPid;
    for (const name of names.slice(begun)) {
      if (options.signal?.aborted) break;
      tell({ type: 'function-started', name, index: functions.length + 1, total: names.length });
      const timeoutMs = Math.floor(Math.min(settings.statistics.timeoutMs, leftMs()));
      const report = await callOne(connection, name, lockKey, timeoutMs, options.signal);
      if (!('lost' in report)) finish(report);
      else if (functions.length === begun && isAnother) throw report.lost;
      if ('lost' in report || report.error?.code === 'connection-lost') return undefined;
    }
    return readProgress(connection).catch(nothingIfLost);
  };
  const first = await withConnection(settings.database, session, async (connection) => {
    const [before] = await Promise.all([readProgress(connection), connection.isOurs]);
    return { before, after: await goOn(connection) };
  });
  const again = () =>
    withConnection(settings.database, session, async (connection) => {
      await connection.isOurs;
      await endLost(connection, lostPid);
      return goOn(connection);
    });
  let { after } = first;
  while (functions.length < names.length) {
    if (options.signal?.aborted) {
      for (const name of names.slice(functions.length)) finish(stoppedBefore(name, options.signal));
      break;
    }
    if (leftMs() <= 0) {
      for (const name of names.slice(functions.length)) finish(outOfTime(name));
      break;
    }
    try {
      after = await untilAnswered(again, Math.min(Date.now() + RESTART_MS, session.giveUpAt));
    } catch (error) {
      const notCalled = { outcome: 'skipped', durationMs: 0, reason: NOT_CALLED } as const;
      for (const name of names.slice(functions.length)) finish({ name, ...notCalled });
      return { functions, notReopened: toErrorReport(error) };
    }
  }
  return { functions, before: first.before, after };
}

/** Of a session that was lost there is no metric; what was refreshed is refreshed. */
function nothingIfLost(error: unknown): undefined {
  if (isPostgresError(error) && judgeFailure(error) !== 'session-ended') throw error;
}
