import type { JournalRow } from '../plan/known.ts';
import { visible } from '../text/visible.ts';
import { renderAttempts } from './attempts.ts';
import { type DatabaseReport, renderDatabase } from './database.ts';
import type { OfFunction } from './deployed.ts';

/** How many attempts are told where nobody says how many. */
export const DEFAULT_HISTORY = 20;

/** What `history` has to say: a part of the journal, newest first. */
export interface HistoryReport extends OfFunction {
  readonly command: 'history';
  readonly environment?: string | undefined;
  readonly database: DatabaseReport;
  readonly attempts: readonly JournalRow[];
  /** Where the older ones begin, for `--before`. Absent where there are none. */
  readonly next?: string;
}

/** The report of `history` as a person reads it. Pure. */
export function renderHistoryReport({ database, attempts, next }: HistoryReport): string {
  const older = next === undefined ? [] : [`Older ones: registry-jobs history --before ${next}`];
  return visible([renderDatabase(database), renderAttempts(attempts), ...older].join('\n'));
}
