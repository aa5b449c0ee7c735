import type { LedgerName } from '../settings/ledger-name.ts';
import type { OnMigrationEvent } from './events.ts';

/** Who asks, and how long it may take. */
export interface SessionOptions {
  /** What is run, as a list of sessions shows it: `up`. */
  readonly purpose: string;
  /** @default that of the settings */
  readonly ledger?: LedgerName | undefined;
  /** For a session that runs migrations: when this process will be stopped, in milliseconds since the epoch; may be Infinity. */
  readonly deadline?: number;
  /** For one that writes the ledger alone: when to stop waiting for answers. @default in a minute, for what reads and goes */
  readonly giveUpAt?: number;
  /** How long the answer to a statement of our own may stay out, in milliseconds. @default 1 minute */
  readonly answerMs?: number | undefined;
  /** @default a person who is not known, for a session that only reads */
  readonly runner?: Runner;
  readonly onEvent?: OnMigrationEvent;
  /** Asks to stop: what the server is at work on for us is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** See `RunOptions`. */
  readonly ownProcess?: boolean;
}

/** Who runs: written into every row. */
export interface Runner {
  readonly runId: string;
  /** A person at a host, or a function and its request. */
  readonly who: string;
  readonly toolVersion: string;
  /** A deploy: what was deployed before it may come back and run again. */
  readonly isDeploy: boolean;
}
