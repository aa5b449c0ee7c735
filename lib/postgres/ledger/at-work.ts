import type { JournalRow } from '../../plan/known.ts';
import { isCalledRunning } from '../../plan/running.ts';
import { lockIsHeld } from '../session/advisory-lock.ts';
import type { Connection } from '../session/connection.ts';

/** SQL that is true while another session holds the lock of the migrations. */
export function heldByAnother(key: bigint): string {
  return lockIsHeld(key, 'l.pid <> pg_catalog.pg_backend_pid()');
}

/**
 * Whether another run is at work, of whom the journal may tell. A run that ends between two looks has completed its row; one that
 * begins between them is not to be called dead, so it is looked for once more behind the journal.
 *
 * @param wasHeld what {@link heldByAnother} gave before the journal was read
 */
export async function isAtWork(
  connection: Connection,
  key: bigint,
  wasHeld: boolean,
  rows: readonly JournalRow[],
): Promise<boolean> {
  if (wasHeld || !rows.some(isCalledRunning)) return wasHeld;
  const held = await connection.send(`SELECT ${heldByAnother(key)} AS held`);
  return held.rows[0]?.held === true;
}
