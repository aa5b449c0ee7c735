import type { DatabaseSettings } from '../../settings/settings.ts';
import type { Observer } from './observe.ts';

/** Once a minute somebody who waits looks up: less than that for what should be answered at once. */
export const QUICK_MS = 60_000;

/** The longest that a session of ours waits for a lock, unless a transaction says otherwise, in milliseconds. */
const SESSION_LOCK_TIMEOUT_MS = 2_000;

/** What `pg_stat_activity.application_name` shows of a session: its purpose, unless the settings name something else. */
export function applicationName(
  settings: Pick<DatabaseSettings, 'applicationName'>,
  purpose: string,
): string {
  return settings.applicationName ?? purpose;
}

/** What every session must be told: who asks, and how long it may take. */
export interface SessionOptions {
  /** What is done in it: see {@link applicationName}. */
  readonly purpose: string;
  /**
   * When to stop waiting for answers, in milliseconds since the epoch: the network may be gone without a word. Infinity only where a
   * person watches who can end it.
   */
  readonly giveUpAt: number;
  /**
   * How long an answer may stay out that the server needs no time for, in milliseconds. What a person's SQL may take comes on top: see
   * `SendOptions.mayTakeMs`. @default 1 minute
   */
  readonly answerMs?: number | undefined;
  /** Asks to stop: see `SendOptions.mayBeStopped`. */
  readonly signal?: AbortSignal | undefined;
  /** Sees how the session is opened. @default nobody */
  readonly observer?: Observer | undefined;
}

/** For what reads and goes: it is answered within a minute, or the network is gone. */
export function quickly(purpose: string): SessionOptions {
  return { purpose, giveUpAt: Date.now() + QUICK_MS };
}

/**
 * For work that may take as long as there is: half of the reserve is kept to say what became of it.
 *
 * @param deadline when this process will be stopped, in milliseconds since the epoch; may be Infinity
 * @param reserveMs what the work leaves of it
 * @param answerMs see {@link SessionOptions}
 */
export function until(
  purpose: string,
  deadline: number,
  reserveMs: number,
  answerMs?: number,
): SessionOptions {
  return { purpose, giveUpAt: Math.max(deadline - reserveMs / 2, Date.now() + 1_000), answerMs };
}

/**
 * Settings of every session, sent while it is opened. They win over what the role or the database is set to, and `RESET ALL` comes back
 * to them. All are known to Postgres 13 and newer.
 */
const AT_START: Readonly<Record<string, string>> = {
  // Outside an explicit BEGIN READ WRITE a session of ours cannot change anything, whatever goes wrong.
  default_transaction_read_only: 'on',
  // A runner that vanishes without a word must not keep its locks. We send a transaction in one burst, so idling
  // inside of one means that the rest of it is lost; and a network that is gone is noticed in half a minute.
  idle_in_transaction_session_timeout: '10s',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '4',
  // Nobody may queue behind a statement of ours that waits.
  lock_timeout: `${SESSION_LOCK_TIMEOUT_MS}ms`,
  // How long something may take is said where it is sent; a role's default would end it in the middle.
  statement_timeout: '0',
  // A policy that hides rows of the ledger would have them applied again: the server is to refuse instead.
  row_security: 'off',
};

export const startOptions: string = Object.entries(AT_START)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/**
 * What only newer servers know, to be set in the session; one statement per setting. A role may have these to end idle sessions, and ours
 * pauses on purpose: while it waits for the lock, and between two attempts.
 *
 * @param serverVersion as the server announced it: `18.4`
 */
export function laterSettings(serverVersion: string): string[] {
  const major = Number.parseInt(serverVersion, 10);
  return [
    ...(major >= 14 ? ['SET idle_session_timeout = 0'] : []),
    ...(major >= 17 ? ['SET transaction_timeout = 0'] : []),
  ];
}
