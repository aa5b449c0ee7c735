import type { Session } from '../engine/dialect.ts';
import { pause } from '../engine/pause.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Migration } from '../migrations/migration.ts';
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
    const { target, hasEnded } = await untilEnded(session, running, migrations, { waitMs, signal });
    const attempt = await readAttempt(session, target);
    const status = hasEnded ? (attempt?.status === 'applied' ? 'applied' : 'cancelled') : 'still-running';
    return made({ status, running: target, ...(attempt && { attempt }) });
  });
}

const SEE_STATUS = 'Stop it where it runs, with Ctrl-C. See what was done: registry-jobs status';

function isIt({ pid, since }: RunningReport, only: CancelOptions['only']): boolean {
  if (!only) return true;
  return only.pid === pid && (only.since === undefined || only.since === since);
}

interface Ended {
  /** What was cancelled: where the run was between two files, the one that it began meanwhile. */
  readonly target: RunningReport;
  readonly hasEnded: boolean;
}

/** Asks it to end. One that runs on by itself is asked once: what it does then is to put on record that it was cancelled. */
async function untilEnded(
  session: Session,
  running: RunningReport,
  migrations: readonly Migration[],
  { waitMs, signal }: { waitMs: number; signal: AbortSignal | undefined },
): Promise<Ended> {
  const until = Date.now() + waitMs;
  let target = running;
  let askedAt = 0;
  let asked: RunningReport | undefined;
  for (;;) {
    const isDue = Date.now() - askedAt >= AGAIN_MS && (asked !== target || !target.detached);
    if (isDue) {
      await session.cancel(running.pid, running.since);
      askedAt = Date.now();
      asked = target;
    }
    const found = await session.atWork();
    if (found?.pid !== running.pid || found.since !== running.since) return { target, hasEnded: true };
    if (found.row && target.startedAt === undefined) target = describeAtWork(found, migrations);
    if (found.row && found.row.startedAt !== target.startedAt) return { target, hasEnded: true };
    if (Date.now() >= until || signal?.aborted) return { target, hasEnded: false };
    await pause(LOOK_MS, signal);
  }
}

async function readAttempt(
  session: Session,
  { runId, startedAt, since }: RunningReport,
): Promise<JournalRow | undefined> {
  if (runId === undefined) {
    const [newest] = await session.history(1);
    // One that ended before we saw it at a file may have begun and ended one: a row after its session began is its own.
    return newest && since !== undefined && newest.startedAt >= since ? newest : undefined;
  }
  const rows = await session.runRows(runId);
  return rows.find((row) => row.startedAt === startedAt) ?? rows.at(-1);
}
