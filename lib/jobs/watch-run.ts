import { pause } from '../engine/pause.ts';
import type { JournalRow } from '../plan/known.ts';
import type { DatabaseReport } from '../reports/database.ts';
import type { RunningReport } from '../reports/running.ts';
import { judgeRun, type WatchReport } from '../reports/watch.ts';

/** How a run is seen: through a session that stays open, or by asking somebody who has one. */
export interface View {
  /** Who holds the lock of the migrations at this moment. */
  atWork(): Promise<RunningReport | undefined>;
  /** The attempts of a run, oldest first. */
  attempts(runId: string): Promise<readonly JournalRow[]>;
  /** What is true when it is over. */
  end(): Promise<AfterRun>;
}

export interface AfterRun {
  readonly database: DatabaseReport;
  /** How many versions are still pending. */
  readonly pending: number;
  /** The newest attempt of all, if there is one. */
  readonly newest: readonly JournalRow[];
}

export interface FollowOptions {
  /** Between two looks, in milliseconds. @default 1 second */
  readonly everyMs?: number;
  /** Ends the watching; the run goes on. */
  readonly signal?: AbortSignal;
  /** Hears of every look. */
  readonly onLook?: (running: RunningReport) => void;
  /** Hears of each attempt of the run that is over, once. */
  readonly onAttempt?: (attempt: JournalRow) => void;
}

/** Looks at a run until it ends, and says how it ended. Throws what the view throws. */
export async function followRun(view: View, options: FollowOptions): Promise<WatchReport> {
  const { everyMs = 1_000, signal } = options;
  const told = createTeller(view, options.onAttempt);
  let runId: string | undefined;
  let pid: number | undefined;
  let isLeft = false;
  while (!isLeft) {
    const running = await view.atWork();
    // Another run may have begun meanwhile: that is not the one that was watched.
    if (!running || (pid !== undefined && running.pid !== pid)) break;
    pid = running.pid;
    runId = running.runId ?? runId;
    await told(runId, running.startedAt);
    options.onLook?.(running);
    await pause(everyMs, signal);
    isLeft = signal?.aborted === true;
  }
  const attempts = await told(runId);
  const { database, pending, newest } = await view.end();
  const status = isLeft ? 'left' : pid === undefined ? 'not-running' : judgeRun(attempts);
  return {
    command: 'watch',
    status,
    database,
    ...(runId !== undefined && { runId }),
    attempts: status === 'not-running' ? newest : attempts,
    pending,
  };
}

/** Reads the attempts of a run when another one has begun, and tells each that is over. */
function createTeller(view: View, tell: FollowOptions['onAttempt']) {
  const told = new Set<string>();
  let newest: string | undefined;
  return async (runId: string | undefined, startedAt?: string): Promise<readonly JournalRow[]> => {
    if (runId === undefined || (startedAt !== undefined && startedAt === newest)) return [];
    newest = startedAt;
    const attempts = await view.attempts(runId);
    for (const attempt of attempts) {
      if (attempt.status === 'running' || told.has(attempt.startedAt)) continue;
      told.add(attempt.startedAt);
      tell?.(attempt);
    }
    return attempts;
  };
}
