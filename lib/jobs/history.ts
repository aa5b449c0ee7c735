import { UsageError } from '../errors/error.ts';
import { parsePlace } from '../plan/history-page.ts';
import { DEFAULT_HISTORY, type HistoryReport } from '../reports/history.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

export interface HistoryOptions {
  readonly ledger?: LedgerName;
  /** How many attempts at the most. @default 20 */
  readonly limit?: number;
  /** `next` of the page before. @default from the newest one */
  readonly before?: string;
}

/**
 * Reads the journal of attempts, newest first, a page at a time. Needs no files, and neither writes nor waits.
 *
 * @throws UsageError `bad-history-place`; RegistryJobsError when the database cannot be read
 */
export async function history(settings: Settings, options: HistoryOptions = {}): Promise<HistoryReport> {
  const { ledger, limit = DEFAULT_HISTORY, before } = options;
  const place = before === undefined ? undefined : parsePlace(before);
  if (before !== undefined && !place) throw badPlace(before);
  return dialectFor(settings).withSession(settings, { purpose: 'history', ledger }, async (session) => {
    const [{ database }, page] = await Promise.all([session.survey(), session.historyPage(limit, place)]);
    return { command: 'history', environment: settings.environment, database, ...page };
  });
}

function badPlace(text: string): UsageError {
  return new UsageError('bad-history-place', `"${text.slice(0, 80)}" is no place in the history.`, {
    hint: 'Take it from the last line of the page before: registry-jobs history',
  });
}
