import type { ErrorReport } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { StatementLock } from '../migrations/script/statement.ts';
import type { JournalRow } from '../plan/known.ts';
import type { LedgerChange } from '../plan/ledger.ts';
import type { OlderReport, StatusEntry, TargetReport } from '../plan/plan.ts';

/** A migration that this run applied, or undid, after its COMMIT was confirmed. */
export interface AppliedReport {
  readonly version: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  /** As the ledger has them: ISO 8601 in UTC, with microseconds and `Z`. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** As this side measured it, in milliseconds, waiting for locks included. */
  readonly durationMs: number;
  readonly statements: number;
  /** How often the transaction was begun; more than 1 when it had to wait for locks. */
  readonly attempts: number;
  readonly notices: readonly NoticeReport[];
  /** How many more there were than are kept in `notices`. */
  readonly noticesLeftOut?: number;
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
  readonly direction: 'up' | 'down';
  readonly durationMs: number;
  readonly attempts: number;
  /**
   * What is true of it now. `not-started`: it was not begun. `rolled-back`: nothing of it was kept. `half-done`: it
   * runs without a transaction, and what was done before the failure stays. `unknown`: the connection was lost, and
   * the server could not be asked.
   */
  readonly outcome: 'not-started' | 'rolled-back' | 'half-done' | 'unknown';
  /** Only for a file without a transaction: how many of its statements stay done. */
  readonly done?: number;
  /** Only for a file without a transaction: the statement, from 1, of which nobody can tell whether it was done. */
  readonly uncertain?: number;
  /** Only for a file without a transaction: why `resume` would refuse to go on, and what to do instead. */
  readonly resumeRefused?: ErrorReport;
  readonly error: ErrorReport;
  readonly notices: readonly NoticeReport[];
  /** How many more there were than are kept in `notices`. */
  readonly noticesLeftOut?: number;
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

/** Everything a run of `up`, `down`, `redo` or `resume` has to say: rendered as text, as JSON, in a log line and in a deploy event. */
export interface MigrationReport {
  readonly command: 'up' | 'down' | 'redo' | 'resume';
  /** The key to this run's rows in the journal. */
  readonly runId: string;
  readonly status: 'applied' | 'nothing-to-do' | 'failed';
  readonly environment: string;
  readonly database: DatabaseReport;
  /** What was asked for, with `--to` or `--steps`. */
  readonly target?: TargetReport;
  readonly applied: readonly AppliedReport[];
  readonly failed?: FailedReport;
  /** Versions that were not tried because an earlier one failed. */
  readonly notRun: readonly string[];
  /** How many were applied before this run. */
  readonly alreadyApplied: number;
  readonly older?: OlderReport;
  readonly warnings: readonly WarningReport[];
  readonly durationMs: number;
}

/** What `status` has to say: the plan, without executing it. */
export interface StatusReport {
  readonly command: 'status';
  /** `pending` also while another run is at work on one. */
  readonly status: 'up-to-date' | 'pending' | 'invalid';
  readonly environment: string;
  readonly database: DatabaseReport;
  readonly entries: readonly StatusEntry[];
  readonly warnings: readonly WarningReport[];
  readonly problems: readonly ErrorReport[];
  /** The newest attempts, newest first, when they were asked for. */
  readonly history?: readonly JournalRow[];
}

/** What `plan` says of one file. */
export interface PlannedTask {
  readonly version: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  readonly transaction: boolean;
  readonly expectedMs?: number;
  /** In order; `kind` is the node name of Postgres' parse tree, `text` the beginning of the statement. */
  readonly statements: readonly {
    readonly line: number;
    readonly kind: string;
    readonly text: string;
    readonly lock?: StatementLock;
  }[];
}

/** What `up` would do now. */
export interface PlanReport {
  readonly command: 'plan';
  readonly status: 'up-to-date' | 'pending' | 'invalid';
  readonly environment: string;
  readonly database: DatabaseReport;
  /** Names exactly this plan, for `up --plan`. */
  readonly hash: string;
  /** What was asked for, with `--to`. */
  readonly target?: TargetReport;
  readonly tasks: readonly PlannedTask[];
  readonly warnings: readonly WarningReport[];
  readonly problems: readonly ErrorReport[];
}

/** What `force`, `baseline`, `renumber` or `adopt` would write (`planned`), or has written (`changed`). */
export interface LedgerReport {
  readonly command: 'force' | 'baseline' | 'renumber' | 'adopt';
  readonly status: 'planned' | 'changed' | 'nothing-to-do';
  readonly environment: string;
  readonly database: DatabaseReport;
  readonly changes: readonly LedgerChange[];
  /** What a person should know besides, for `adopt`. */
  readonly notes?: readonly string[];
}

/** What `verify` found. */
export interface VerifyReport {
  readonly command: 'verify';
  readonly status: 'ok' | 'problems';
  readonly environment: string;
  readonly database: DatabaseReport;
  /** How many applied versions have the text of their files, by checksum. */
  readonly checked: number;
  /** How many applied versions have a file and could not be compared: their row has no checksum. */
  readonly notCompared: number;
  /** Repeatable files whose text is another one than what was applied: they are pending, which is no fault. */
  readonly changed: readonly string[];
  readonly problems: readonly ErrorReport[];
  readonly warnings: readonly WarningReport[];
}
