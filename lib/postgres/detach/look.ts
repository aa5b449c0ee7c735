import { setTimeout as sleep } from 'node:timers/promises';
import type { AtWork } from '../../plan/at-work.ts';
import type { JournalRow, LedgerRow } from '../../plan/known.ts';
import { readProgress } from '../../plan/progress-name.ts';
import { readOwnRow } from '../attempt/ask-database.ts';
import type { RunContext } from '../attempt/context.ts';
import { quoteLiteral } from '../identifiers.ts';
import { journalTable } from '../ledger/journal.ts';
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
  /** Why nothing was seen. */
  readonly cause?: unknown;
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
  if (atWork.isActive !== true) return false;
  // Without a transaction each statement is a message of its own.
  return !row.transaction || readProgress(atWork.application) !== undefined;
}

/**
 * Looks whether the server is at a statement of a file without a transaction, and puts on record which one that is: whoever comes later
 * knows then what was left to the server.
 *
 * @param placeOf the statement that it is at, from 0; undefined between two
 * @returns nothing where it is between two
 */
export function leaveAt(
  context: RunContext,
  id: string,
  pid: number,
  placeOf: (found: AtWork) => number | undefined,
): Promise<{ readonly atWork: AtWork; readonly at: number } | undefined> {
  return withConnection(context.settings.database, quickly('registry-jobs watch'), async (other) => {
    const { atWork } = await lookOnce(other, context, id, pid);
    const at = atWork && placeOf(atWork);
    if (at === undefined || !atWork) return undefined;
    const place = `pg_catalog.jsonb_build_object('at', ${at})`;
    const sql = `UPDATE ${journalTable(context.ledger)} SET backend = backend || ${place} WHERE id = ${quoteLiteral(id)}`;
    await other.send(`BEGIN READ WRITE; ${sql}; COMMIT`);
    return { atWork, at };
  });
}
