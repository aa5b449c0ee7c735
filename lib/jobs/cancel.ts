import type { Session } from '../engine/dialect.ts';
import { pause } from '../engine/pause.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { JournalRow } from '../plan/known.ts';
import type { CancelReport } from '../reports/cancel.ts';
import { describeAtWork, type RunningReport } from '../reports/running.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { postgresOnly } from '../settings/sqlite.ts';
import { dialectFor } from './dialect.ts';

export interface CancelOptions {
  readonly ledger?: LedgerName;
  /** Whether to cancel; otherwise the report says what would be. @default false */
  readonly apply?: boolean;
  /** Only this process of the server, as a report that was looked at before has it: `pid` and `since` of `running`. @default whichever runs */
  readonly only?: { readonly pid: number; readonly since?: string };
  /** How long to wait for its end, in milliseconds. @default 10 seconds */
  readonly waitMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const LOOK_MS = 200;
/** A run that is waited for goes on with its next statement where it was between two. */
const AGAIN_MS = 1_000;

/**
 * Cancels what a run of migrations is at, from another session, waits until it has ended, and says what is true. The process is named by its
 * id and by when it was started, so that nobody else is cancelled who has been given the same id.
 *
 * @throws UsageError `not-for-sqlite`; RegistryJobsError `cancel-denied`, and when the database cannot be read
 */
export async function cancel(
  { migrations }: CompiledMigrations,
  asked: Settings,
  { ledger, apply = false, only, waitMs = 10_000, signal }: CancelOptions = {},
): Promise<CancelReport> {
  const settings = postgresOnly(asked, 'A run is cancelled by a server', SEE_STATUS);
  const began = performance.now();
  const bound = { purpose: 'cancel', ledger, deadline: Infinity, signal };
  return dialectFor(settings).withSession(settings, bound, async (session): Promise<CancelReport> => {
    const { database } = await session.survey();
    const made = (rest: Pick<CancelReport, 'status' | 'running' | 'attempt'>): CancelReport => {
      return { command: 'cancel', database, ...rest, durationMs: performance.now() - began };
    };
    const found = await session.atWork();
    const running = found && describeAtWork(found, migrations);
    if (!running || !isIt(running, only)) {
      const [attempt] = await session.history(1);
      return made({ status: 'not-running', ...(attempt && { attempt }) });
    }
    if (!apply) return made({ status: 'planned', running });
    const hasEnded = await untilEnded(session, running, waitMs, signal);
    const attempt = await readAttempt(session, running);
    const status = hasEnded ? (attempt?.status === 'applied' ? 'applied' : 'cancelled') : 'still-running';
    return made({ status, running, ...(attempt && { attempt }) });
  });
}

const SEE_STATUS = 'Stop it where it runs, with Ctrl-C. See what was done: registry-jobs status';

function isIt({ pid, since }: RunningReport, only: CancelOptions['only']): boolean {
  if (!only) return true;
  return only.pid === pid && (only.since === undefined || only.since === since);
}

/** Asks it to end. One that runs on by itself is asked once: what it does then is to put on record that it was cancelled. */
async function untilEnded(
  session: Session,
  running: RunningReport,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const until = Date.now() + waitMs;
  let askedAt = 0;
  for (;;) {
    const isDue = Date.now() - askedAt >= AGAIN_MS && (askedAt === 0 || !running.detached);
    if (isDue) {
      await session.cancel(running.pid, running.since);
      askedAt = Date.now();
    }
    const found = await session.atWork();
    const isSame = found?.pid === running.pid && found.since === running.since;
    if (!isSame || (found.row && found.row.startedAt !== running.startedAt)) return true;
    if (Date.now() >= until || signal?.aborted) return false;
    await pause(LOOK_MS, signal);
  }
}

async function readAttempt(
  session: Session,
  { runId, startedAt }: RunningReport,
): Promise<JournalRow | undefined> {
  if (runId === undefined) return undefined;
  const rows = await session.runRows(runId);
  return rows.find((row) => row.startedAt === startedAt) ?? rows.at(-1);
}
