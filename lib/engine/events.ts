import type { WarningReport } from '../errors/warning.ts';

/** Who stands in the way of a lock. */
export interface Blocker {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** How long its transaction has been open, or its session where that is in none, in seconds. Absent where we may not see it. */
  readonly ageSeconds?: number;
  readonly ageOf?: 'transaction' | 'session';
  /** Its statement, shortened, without what looks like a secret; it may be the last one of an idle session. */
  readonly query: string;
  /** The name of a prepared transaction, which has no process. */
  readonly prepared?: string;
}

/** What happens during a run, for whoever shows progress. Nothing is decided by it. */
export type MigrationEvent =
  | { readonly type: 'waiting-for-lock'; readonly blockers: readonly Blocker[] }
  | {
      readonly type: 'migration-started';
      readonly file: string;
      readonly index: number;
      readonly total: number;
      readonly statements: number;
    }
  | {
      readonly type: 'statement-started';
      readonly file: string;
      readonly line: number;
      readonly index: number;
      readonly total: number;
    }
  | {
      readonly type: 'blocked';
      readonly file: string;
      readonly line: number;
      readonly blockers: readonly Blocker[];
    }
  | {
      readonly type: 'migration-retried';
      readonly file: string;
      readonly reason: string;
      readonly delayMs: number;
    }
  /** Something to know; the report has it as well. */
  | ({ readonly type: 'warned' } & WarningReport)
  /** Its COMMIT was confirmed. Durations are in milliseconds. */
  | {
      readonly type: 'migration-applied';
      readonly file: string;
      readonly direction: 'up' | 'down';
      readonly durationMs: number;
      readonly statements: number;
      readonly attempts: number;
    }
  /** It runs on in the server, whether anybody waits for it or not. */
  | {
      readonly type: 'migration-detached';
      readonly file: string;
      readonly pid: number;
      readonly statements: number;
    }
  | {
      readonly type: 'notice';
      readonly file: string;
      readonly line: number;
      readonly severity: string;
      readonly message: string;
    }
  /** Behind a flood of notices: how many there were besides those that were shown. */
  | { readonly type: 'notices-left-out'; readonly file: string; readonly count: number };

export type OnMigrationEvent = (event: MigrationEvent) => void;
