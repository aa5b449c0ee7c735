import type { Follows } from '../../engine/dialect.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { quoteLiteral } from '../identifiers.ts';
import { journalTable } from '../ledger/journal.ts';

/** Which attempt the session was last made clean after. It goes with the next `RESET ALL`. */
const CLEAN_AFTER = 'registry_jobs.clean_after';

/** Belongs into the message that makes the session clean: it is there only if all of that was done. */
export function markCleanSql(id: string): string {
  return `SET ${CLEAN_AFTER} = ${quoteLiteral(id)}`;
}

/**
 * True where the file before is applied, the session is clean after it, and there is time left; otherwise an error. Its row is committed with its
 * work, so it is as sure as an answer is. The time is the server's own, from the beginning of the first file on. Pure.
 */
export function isNextSql(
  ledger: LedgerName,
  { after, first, withinMs }: Pick<Follows, 'after' | 'first' | 'withinMs'>,
): string {
  const journal = journalTable(ledger);
  const time = Number.isFinite(withinMs)
    ? ` AND pg_catalog.timezone('utc', pg_catalog.clock_timestamp()) < (SELECT started_at FROM ${journal} WHERE id = ${quoteLiteral(first)})
      + pg_catalog.make_interval(secs => ${Math.max(0, withinMs) / 1_000})`
    : '';
  return `1 = (SELECT 1 / pg_catalog.count(*) FROM ${journal} WHERE id = ${quoteLiteral(after)} AND status = 'applied'
      AND pg_catalog.current_setting('${CLEAN_AFTER}', true) = ${quoteLiteral(after)}${time})`;
}
