import type { Migration } from '../../migrations/migration.ts';
import type { CheckName } from '../../reports/prove.ts';
import type { TableName } from '../snapshot/left-out.ts';
import type { Stage } from './stage.ts';

/** What is going on. */
export interface ProveProgress {
  readonly file: string;
  readonly check: CheckName | 'set' | 'drift';
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
  /** After how many statements at the most a file is stopped. */
  readonly mostStops: number;
  /** Whether a role that is missing is made: one that may not log in. */
  readonly mayMakeRoles: boolean;
  readonly onProgress: (progress: ProveProgress) => void;
  /** Counts trials. */
  readonly count: (trials: number) => void;
}
