import type { Attempt, AttemptStart, Limits } from '../../engine/dialect.ts';
import type { MigrationEvent } from '../../engine/events.ts';
import type { Runner } from '../../engine/session-options.ts';
import type { ErrorReport } from '../../errors/error.ts';
import type { Task } from '../../plan/task.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { SqliteSettings } from '../../settings/settings.ts';
import type { Ledger } from '../ledger/read.ts';

/** What the process beside this one is told: a file to run, or that somebody has asked to stop. */
export type ToChild = Asked | { readonly stop: unknown };

export interface Asked {
  readonly task: Task;
  readonly limits: Limits;
  readonly settings: SqliteSettings;
  readonly name: LedgerName;
  readonly runner: Runner;
  readonly start: AttemptStart;
  readonly versions: readonly string[];
  readonly ledger: Ledger;
}

/** What it tells: what is going on, and what came of it. */
export type FromChild = { readonly event: MigrationEvent } | Told;

export interface Told {
  readonly attempt: Plain<Attempt>;
  /** As it is after a file that was applied. */
  readonly ledger?: Ledger;
}

/** An error goes from process to process as data. */
export type Plain<Of> = Of extends { readonly error: unknown }
  ? Omit<Of, 'error'> & { readonly error: ErrorReport }
  : Of;
