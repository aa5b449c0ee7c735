import type { JournalRow } from './known.ts';

/** A session that holds the lock of the migrations, as another session sees it. Durations are in milliseconds. */
export interface AtWork {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Since when the session is open: UTC, ISO 8601. This and what follows is absent where we may not see it. */
  readonly since?: string;
  /** The text of its statement, as far as the server keeps it; of an idle session the last one. It may hold a secret. */
  readonly query?: string;
  readonly isActive?: boolean;
  readonly queryMs?: number;
  /** The attempt that it is at work on; none between two files. */
  readonly row?: JournalRow;
  /** How long that attempt has been going on. */
  readonly ageMs?: number;
  /** Whom it waits for. */
  readonly blockers: readonly {
    readonly pid: number;
    readonly user: string;
    readonly application: string;
    readonly query: string;
  }[];
  /** The same in words. */
  readonly waitsFor?: string;
  /** What the server tells of a long command. */
  readonly progress?: CommandProgress;
}

/** How far a command is, as the server tells it. */
export interface CommandProgress {
  /** `CREATE INDEX CONCURRENTLY`, `VACUUM`. */
  readonly command: string;
  readonly phase?: string;
  /** Of the phase; absent where the server does not know how much there is. */
  readonly percent?: number;
  readonly rows?: number;
}

/**
 * Whether a session goes on by itself with a file that was left to it. Of a file without a transaction it was left one statement: when that is
 * done it ends, and what comes after it is for the next run. Pure.
 */
export function runsOn({ pid, row }: Pick<AtWork, 'pid' | 'row'>): boolean {
  const { backend, done = 0 } = row ?? {};
  if (backend?.pid !== pid) return false;
  return backend.at === undefined || done <= backend.at;
}
