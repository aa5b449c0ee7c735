import type { Script } from '../sql/statement.ts';
import type { Migration } from './migration.ts';
import type { SessionState } from './session-state.ts';

/** What is done to a version. The last three only write the ledger. */
export type Direction = 'up' | 'down' | 'force' | 'baseline' | 'adopt';

/** One script to run, and what its success means for the ledger. */
export interface Task {
  readonly migration: Migration;
  readonly direction: 'up' | 'down';
  /** The statements before this one were done by an earlier attempt: only for a file without a transaction. */
  readonly from?: number;
  /** What those had done to their session: only for a file that is resumed. */
  readonly session?: SessionState;
  /** The statement to go on with may be done already: its session was ended before it could say so. */
  readonly mayBeDone?: boolean;
}

/** @throws never: a task to go down is only made of a migration with a down file */
export function scriptOf({ migration, direction }: Task): Script {
  return direction === 'down' && migration.down ? migration.down : migration.up;
}
