import { setTimeout as sleep } from 'node:timers/promises';
import type { AtWork } from '../../plan/at-work.ts';
import type { JournalRow, LedgerRow } from '../../plan/known.ts';
import { readProgress } from '../../plan/progress-name.ts';
import { readOwnRow } from '../attempt/ask-database.ts';
import type { RunContext } from '../attempt/context.ts';
import { readLedgerRow } from '../ledger/ledger.ts';
import { readAtWork } from '../ledger/read-at-work.ts';
import { type Connection, withConnection } from '../session/connection.ts';
import { quickly } from '../session/session-options.ts';

/** What is true of an attempt that runs on in the server, seen by another session. */
export interface Seen {
  readonly row?: JournalRow;
  /** Its session, while it holds the lock. */
  readonly atWork?: AtWork;
  /** What the ledger has of it, when it is applied. */
  readonly recorded?: LedgerRow;
}

const AGAIN_MS = 100;

/**
 * Looks until it is certain what became of an attempt: it is on record how it ended, or its session is at work on it, or is gone.
 *
 * @param until in milliseconds since the epoch: then whatever was seen last
 * @throws RegistryJobsError when the server cannot be asked
 */
export function lookAt(context: RunContext, id: string, pid: number, until: number): Promise<Seen> {
  return withConnection(context.settings.database, quickly('registry-jobs watch'), async (other) => {
    for (;;) {
      const seen = await lookOnce(other, context, id, pid);
      if (isCertain(seen) || Date.now() >= until) return seen;
      await sleep(AGAIN_MS);
    }
  });
}

async function lookOnce(other: Connection, context: RunContext, id: string, pid: number): Promise<Seen> {
  // In this order: a session that ends between the two has completed its row.
  const found = await readAtWork(other, context);
  const row = await readOwnRow(other, context.ledger, id);
  const isApplied = row?.status === 'applied' && row.direction === 'up';
  const recorded = isApplied ? await readLedgerRow(other, context.ledger, row.version) : undefined;
  return { ...(row && { row }), ...(recorded && { recorded }), ...(found?.pid === pid && { atWork: found }) };
}

/** What has only arrived is not begun: the message may be cut off where it is. Its name says that the block runs. */
function isCertain({ row, atWork }: Seen): boolean {
  if (row?.status !== 'running' || !atWork) return true;
  return atWork.isActive === true && readProgress(atWork.application) !== undefined;
}
