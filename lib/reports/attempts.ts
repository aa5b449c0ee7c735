import type { JournalRow } from '../plan/known.ts';
import { formatTable } from '../text/format.ts';
import { toSecond } from '../text/times.ts';

/** Rows of the journal as a table, in the order in which they are given. Pure. */
export function renderAttempts(attempts: readonly JournalRow[]): string {
  if (attempts.length === 0) return 'No attempt is on record.';
  const rows = attempts.map(
    ({ startedAt, status, direction, version, statements, done, who, error = '' }) => [
      toSecond(startedAt),
      status,
      direction,
      version,
      `${done}/${statements}`,
      who,
      // Of the server, and a line of the table.
      error.replace(/\s*\n\s*/g, ' '),
    ],
  );
  return formatTable([['started', 'outcome', 'what', 'version', 'done', 'who', ''], ...rows]);
}
