import type { LedgerName } from '../advisory-lock.ts';
import type { Settings } from '../settings/settings.ts';
import type { OnMigrationEvent } from './events.ts';
import type { Runner } from './journal.ts';

/** What stays the same during a run. */
export interface RunContext {
  readonly settings: Settings;
  readonly ledger: LedgerName;
  readonly lockKey: bigint;
  readonly runner: Runner;
  /** When this process will be stopped, in milliseconds since the epoch; may be Infinity. */
  readonly deadline: number;
  readonly onEvent: OnMigrationEvent;
}

/** No migration is started with less time than this; a rollback and our report need some too. */
export const RESERVE_MS = 10_000;

/** Lock not available, deadlock, serialization failure: another transaction was in the way. */
export const WORTH_A_RETRY: ReadonlySet<string> = new Set(['55P03', '40P01', '40001']);

export const MOST_ATTEMPTS = 8;

/** Grows with each attempt, with jitter, so that two who were in each other's way do not meet again. */
export function retryDelayMs(attempt: number): number {
  const FIRST_MS = 200;
  const LONGEST_MS = 10_000;
  return Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1)) * (0.5 + Math.random()));
}
