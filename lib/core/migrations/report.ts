import type { ErrorReport } from '../errors.ts';

/** A migration that this run applied, after its COMMIT was confirmed. */
export interface AppliedReport {
  readonly version: string;
  readonly file: string;
  /** As the ledger has them: UTC, ISO 8601 with microseconds, without a zone. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** As this side measured it, in milliseconds, waiting for locks included. */
  readonly durationMs: number;
  readonly statements: number;
  /** How often the transaction was begun; more than 1 when it had to wait for locks. */
  readonly attempts: number;
  readonly notices: readonly NoticeReport[];
}

/** What the server said while a statement ran. */
export interface NoticeReport {
  readonly severity: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

/** The migration that stopped the run. */
export interface FailedReport {
  readonly version: string;
  readonly file: string;
  readonly durationMs: number;
  readonly attempts: number;
  readonly error: ErrorReport;
  readonly notices: readonly NoticeReport[];
}

export interface WarningReport {
  readonly code: string;
  readonly message: string;
}

/** Which database answered. */
export interface DatabaseReport {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  /** As the server says it: `18.4`. */
  readonly serverVersion: string;
}

/** Everything a run of `up` has to say: rendered as text, as JSON, in a log line and in a deploy event. */
export interface MigrationReport {
  readonly command: 'up';
  readonly status: 'applied' | 'nothing-to-do' | 'failed';
  readonly environment: string;
  readonly database: DatabaseReport;
  readonly applied: readonly AppliedReport[];
  readonly failed?: FailedReport;
  /** Versions that were not tried because an earlier one failed. */
  readonly notRun: readonly string[];
  /** How many were applied before this run. */
  readonly alreadyApplied: number;
  readonly warnings: readonly WarningReport[];
  readonly durationMs: number;
}

/** One line of `status`. */
export interface StatusEntry {
  readonly version: string;
  readonly state: 'applied' | 'pending' | 'missing-file' | 'edited';
  readonly file?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

/** What `status` has to say: the plan, without executing it. */
export interface StatusReport {
  readonly command: 'status';
  readonly status: 'up-to-date' | 'pending' | 'invalid';
  readonly environment: string;
  readonly database: DatabaseReport;
  readonly entries: readonly StatusEntry[];
  readonly warnings: readonly WarningReport[];
  readonly problems: readonly ErrorReport[];
}
