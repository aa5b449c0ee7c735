import { type HistoryPage, type HistoryPlace, pageOf } from '../../plan/history-page.ts';
import { withoutDead } from '../../plan/running.ts';
import { utcTimes } from '../../text/times.ts';
import type { RunContext } from '../attempt/context.ts';
import type { Connection } from '../session/connection.ts';
import { heldByAnother, isAtWork } from './at-work.ts';
import { historySql, parseJournalRow } from './journal.ts';
import { explainUnreadable, noRowsIfMissing } from './unreadable.ts';

/**
 * Reads the newest attempts, newest first, or those that come after a place. Neither writes nor waits.
 *
 * @throws RegistryJobsError `ledger-denied`, `ledger-locked`
 */
export async function readHistory(
  connection: Connection,
  { ledger, lockKey, settings }: RunContext,
  most: number,
  before?: HistoryPlace,
): Promise<HistoryPage> {
  // In this order: a run that ends between the two has completed its row.
  const [locked, { rows }] = await Promise.all([
    connection.send(`SELECT ${heldByAnother(lockKey)} AS held`),
    connection
      .send(historySql(ledger), { values: [most + 1, before?.startedAt ?? null, before?.key ?? null] })
      .catch(noRowsIfMissing)
      .catch(explainUnreadable(connection, settings.database, ledger)),
  ]);
  const wasHeld = locked.rows[0]?.held === true;
  // What is at work is the newest of all: none of an older page is.
  const isHeld = !before && (await isAtWork(connection, lockKey, wasHeld, rows.map(parseJournalRow)));
  return pageOf(rows, most, placeOf, (kept) =>
    withoutDead(kept.map(parseJournalRow), isHeld).map((attempt) => ({ ...attempt, ...utcTimes(attempt) })),
  );
}

function placeOf({ row }: Record<string, unknown>) {
  const { started_at: startedAt, id } = row as { readonly started_at: string; readonly id: string };
  return { startedAt, key: id };
}
