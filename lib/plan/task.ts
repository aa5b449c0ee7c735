import type { Migration } from '../migrations/migration.ts';
import type { Script } from '../migrations/script/statement.ts';
import type { Begun, SessionState } from './known.ts';

/** A migration with a down file. */
export type Reversible = Migration & { readonly down: Script };

export function isReversible(migration: Migration): migration is Reversible {
  return migration.down !== undefined;
}

/** One script to run, and what its success means for the ledger. To go down needs a down file: there is no other way. */
export type Task = {
  /** The statements before this one were done by an earlier attempt: only for a file without a transaction. */
  readonly from?: number;
  /** What those had done to their session: only for a file that is resumed. */
  readonly session?: SessionState;
  /** The statement to go on with may be done already: its session was ended before it could say so. */
  readonly mayBeDone?: boolean;
  /** It was left to the server: it is not tried again where it is not done. */
  readonly onlyIfDone?: true;
  /** That statement, as it was then. */
  readonly begun?: Begun;
} & (
  | { readonly migration: Migration; readonly direction: 'up' }
  | { readonly migration: Reversible; readonly direction: 'down' }
);

export function scriptOf(task: Task): Script {
  return task.direction === 'down' ? task.migration.down : task.migration.up;
}
