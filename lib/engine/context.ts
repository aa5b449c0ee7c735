import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import type { OnMigrationEvent } from './events.ts';

/** Who runs: written into every row. */
export interface Runner {
  readonly runId: string;
  /** A person at a host, or a function and its request. */
  readonly who: string;
  readonly toolVersion: string;
  /** A deploy: what was deployed before it may come back and run again. */
  readonly isDeploy: boolean;
}

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

/** What is known besides once the database has answered. */
export interface TaskContext extends RunContext {
  /** The ledger's columns whose times have a zone. */
  readonly zoned: readonly string[];
  /** Settings that only newer servers know, to be made again after `RESET ALL`. */
  readonly later: readonly string[];
}

/** No migration is started with less time than this; a rollback and our report need some too. */
export const RESERVE_MS = 10_000;

export const MOST_ATTEMPTS = 8;

/**
 * Grows with each attempt up to ten seconds, with jitter, so that two who were in each other's way do not meet again.
 *
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function retryDelayMs(attempt: number, random = Math.random()): number {
  const FIRST_MS = 200;
  const LONGEST_MS = 10_000;
  const middle = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  const [least, most] = [middle / 2, Math.min(LONGEST_MS, middle * 1.5)];
  return Math.round(least + (most - least) * random);
}
