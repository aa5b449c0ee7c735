import type { ErrorReport } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { Task } from './task.ts';

/** What a run would do. Plain data: made without looking at the database again, executed without deciding again. */
export interface Plan {
  /** In the order in which they are done. */
  readonly tasks: readonly Task[];
  /** One per version, files and ledger together, in order. */
  readonly entries: readonly StatusEntry[];
  readonly warnings: readonly WarningReport[];
  /** Each of these keeps a run from doing anything. */
  readonly problems: readonly ErrorReport[];
  /** Why there is nothing to do with these files, whatever is pending. */
  readonly older?: OlderReport;
  /** What was asked for, where that is less than everything. */
  readonly target?: TargetReport;
}

/** One line of `status`. */
export interface StatusEntry {
  readonly version: string;
  /** `running`: another run is at work on it. */
  readonly state:
    | 'applied'
    | 'pending'
    | 'running'
    | 'half-done'
    | 'missing-file'
    | 'other-tool'
    | 'edited'
    | 'renamed';
  readonly file?: string;
  /** For `renamed`: the version under which its text was applied. */
  readonly was?: string;
  /** As the ledger has them, or the journal for `running`: ISO 8601 in UTC, with `Z`. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** For `running`: who runs it. */
  readonly who?: string;
}

/** These files are older than those that were run last, so nothing was changed. */
export interface OlderReport {
  /** When the last ones were run first. UTC, ISO 8601. */
  readonly recordedAt: string;
  readonly who: string;
  /** Versions of these files that are not applied all the same: somebody has undone them. */
  readonly pending: readonly string[];
  /** Says by what they differ. */
  readonly message: string;
}

/** What a run was asked for, where that is less than everything. */
export interface TargetReport {
  /** The version that `--to` names, as the ledger has it. */
  readonly to?: string;
  /** For `down`: whether `to` is no version, and means that all is undone. */
  readonly all?: true;
  /** For `up`: how many are pending after it, repeatable files among them. */
  readonly pendingAfter?: number;
  /** For `down`: how many to undo; for `up`: how many to apply at the most. */
  readonly steps?: number;
}
