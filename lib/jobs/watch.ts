import type { Session } from '../engine/dialect.ts';
import { pause } from '../engine/pause.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { JournalRow } from '../plan/known.ts';
import { planUp } from '../plan/up.ts';
import { describeAtWork, type RunningReport } from '../reports/running.ts';
import { judgeRun, type WatchReport } from '../reports/watch.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { postgresOnly } from '../settings/sqlite.ts';
import { dialectFor } from './dialect.ts';

export interface WatchOptions {
  readonly ledger?: LedgerName;
  /** Between two looks, in milliseconds. @default 1 second */
  readonly everyMs?: number;
  /** Ends the watching; the run goes on. */
  readonly signal?: AbortSignal;
  /** Hears of every look. */
  readonly onLook?: (running: RunningReport) => void;
  /** Hears of each attempt of the run that is over, once. */
  readonly onAttempt?: (attempt: JournalRow) => void;
}

const SEE_HISTORY = 'See what was done in a file: registry-jobs status --history';

/**
 * Looks at a run of migrations from another session until it ends, and says how it ended. Neither writes nor waits for a lock, so it is in
 * nobody's way.
 *
 * @throws UsageError `not-for-sqlite`; RegistryJobsError when the database cannot be read
 */
export async function watch(
  compiled: CompiledMigrations,
  asked: Settings,
  options: WatchOptions = {},
): Promise<WatchReport> {
  const settings = postgresOnly(asked, 'A run is watched through the lists of a server', SEE_HISTORY);
  const { everyMs = 1_000, signal } = options;
  const bound = { purpose: 'watch', ledger: options.ledger, deadline: Infinity, signal };
  return dialectFor(settings).withSession(settings, bound, async (session) => {
    const told = createTeller(session, options.onAttempt);
    let runId: string | undefined;
    let pid: number | undefined;
    let isLeft = false;
    while (!isLeft) {
      const found = await session.atWork();
      // Another run may have begun meanwhile: that is not the one that was watched.
      if (!found || (pid !== undefined && found.pid !== pid)) break;
      pid = found.pid;
      const running = describeAtWork(found, compiled.migrations);
      runId = running.runId ?? runId;
      await told(runId, running.startedAt);
      options.onLook?.(running);
      await pause(everyMs, signal);
      isLeft = signal?.aborted === true;
    }
    const attempts = await told(runId);
    const { database, known } = await session.survey();
    const pending = planUp(compiled.migrations, known).entries.filter(
      ({ state }) => state === 'pending',
    ).length;
    const status = isLeft ? 'left' : pid === undefined ? 'not-running' : judgeRun(attempts);
    return {
      command: 'watch',
      status,
      database,
      ...(runId !== undefined && { runId }),
      attempts: status === 'not-running' ? await session.history(1) : attempts,
      pending,
    };
  });
}

/** Reads the attempts of a run when another one has begun, and tells each that is over. */
function createTeller(session: Session, tell: WatchOptions['onAttempt']) {
  const told = new Set<string>();
  let newest: string | undefined;
  return async (runId: string | undefined, startedAt?: string): Promise<JournalRow[]> => {
    if (runId === undefined || (startedAt !== undefined && startedAt === newest)) return [];
    newest = startedAt;
    const attempts = await session.runRows(runId);
    for (const attempt of attempts) {
      if (attempt.status === 'running' || told.has(attempt.startedAt)) continue;
      told.add(attempt.startedAt);
      tell?.(attempt);
    }
    return attempts;
  };
}
