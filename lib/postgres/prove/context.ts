import type { Migration } from '../../migrations/migration.ts';
import type { CheckName, ProveCheck } from '../../reports/prove.ts';
import type { TableName } from '../snapshot/left-out.ts';
import type { LargeTables } from './large.ts';
import type { Stage } from './stage.ts';

/** What is going on. */
export interface ProveProgress {
  readonly file: string;
  readonly check: CheckName | 'set' | 'drift' | 'applied' | 'rows';
  /** Which trial, and of how many. */
  readonly done?: number;
  readonly of?: number;
}

/** What every trial of a set is given. */
export interface ProveContext {
  readonly stage: Stage;
  /** Tables that are not looked at: what is applied is no part of what a file makes. */
  readonly leaveOut: readonly TableName[];
  readonly migrations: readonly Migration[];
  /** Versions of the files that are judged here; the others are applied only. */
  readonly judged: ReadonlySet<string>;
  /** Of those, the versions that are judged on another server at the same time. */
  readonly elsewhere: ReadonlySet<string>;
  /** What is done of what can be done. */
  readonly checks: ReadonlySet<ProveCheck>;
  /** After how many statements at the most a file is stopped, beside the last. */
  readonly mostStops: number;
  /** Whether a role that is missing is made: one that may not log in. */
  readonly mayMakeRoles: boolean;
  /** Tables whose rows are not compared. */
  readonly large: LargeTables;
  /** Whether tables have their real sizes, so that it matters how long a statement takes. */
  readonly isRealSize: boolean;
  readonly onProgress: (progress: ProveProgress) => void;
  /** Counts trials. */
  readonly count: (trials: number) => void;
}
