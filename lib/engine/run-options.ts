import { UsageError } from '../errors/error.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Detach } from './apply.ts';
import type { Dialect } from './dialect.ts';
import type { OnMigrationEvent } from './events.ts';
import type { Runner } from './session-options.ts';

/** What every command that changes the schema can be told. */
export interface RunOptions {
  readonly ledger?: LedgerName;
  /** How long to wait for another runner, in milliseconds. @default 5 minutes */
  readonly waitForLockMs?: number;
  /** When this process will be stopped, in milliseconds since the epoch. @default never */
  readonly deadline?: number;
  /**
   * How long the answer to a statement of our own may stay out before the connection is given up, in milliseconds; those of a file take as
   * long as they take. @default 1 minute
   */
  readonly answerMs?: number;
  /** Who runs, for the journal. @default 'unknown' */
  readonly who?: string;
  /** @default 'unknown' */
  readonly toolVersion?: string;
  /** Whether a deploy runs, and not a person: what was deployed before it may come back and run again. @default false */
  readonly isDeploy?: boolean;
  readonly onEvent?: OnMigrationEvent;
  /**
   * Asks to stop, in order: the running statement is cancelled, its transaction rolled back, nothing more is sent, and the report says what
   * is true. Its reason, where that is a text, says who asked. @default nobody can
   */
  readonly signal?: AbortSignal;
  /**
   * Whether files may be run by a process beside this one: a statement of SQLite can be ended in no other way, neither when somebody asks to
   * stop nor when it takes too long. On Postgres the server does that. @default false
   */
  readonly ownProcess?: boolean;
  /**
   * Whether a file may run on in the server when this run has ended: `when-needed` if the time that it expects to take does not fit before
   * the deadline, or the file says so (`-- registry-jobs: detach on`); `always` each file that can. Of `up` on Postgres alone. @default 'never'
   */
  readonly detach?: Detach;
  /**
   * For a run that is called again and again until it is over: `at` of its first report. An attempt at a pending file of the same text that
   * anybody has begun after this moment and that failed is this run's failure: it is reported, and not tried again. UTC, ISO 8601, by the
   * clock of the server. @default every call is a run of its own
   */
  readonly since?: string;
  /** How long the end of a file that runs on in the server is waited for, since some are quick, in milliseconds. @default 2 seconds */
  readonly momentMs?: number;
}

/** Who runs, under a new number. */
export function createRunner({
  who = 'unknown',
  toolVersion = 'unknown',
  isDeploy = false,
}: RunOptions): Runner {
  return { runId: crypto.randomUUID(), who, toolVersion, isDeploy };
}

/** @throws UsageError `not-for-sqlite` where no server is there that a file could be left to */
export function assertDetachable({ name, canDetach }: Dialect, detach: Detach = 'never'): void {
  if (detach === 'never' || canDetach) return;
  throw new UsageError(
    'not-for-sqlite',
    `A file runs on in a server, and there is none: the database is a file (${name}).`,
    { hint: 'Run it while you wait for it: registry-jobs up' },
  );
}
