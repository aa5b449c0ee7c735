import type { ErrorReport } from '../errors/error.ts';

/** The reason where there was no session to call a function in. */
export const NOT_CALLED = 'not called';

/** What became of one statistics function. */
export interface FunctionReport {
  readonly name: string;
  /** `skipped`: it found nothing to do, or was not called. */
  readonly outcome: 'refreshed' | 'skipped' | 'failed';
  readonly durationMs: number;
  /** Why it was not called. */
  readonly reason?: string;
  readonly error?: ErrorReport;
}

/** Everything a run of `refresh` has to say. */
export interface StatisticsReport {
  readonly command: 'refresh';
  /** `skipped`: the whole run stood aside, for `reason`. */
  readonly status: 'refreshed' | 'nothing-to-do' | 'skipped' | 'failed';
  readonly environment: string;
  readonly reason?: string;
  readonly functions: readonly FunctionReport[];
  /** Why those that are skipped as `not called` were not: the session was lost, and no other could be opened. */
  readonly notReopened?: ErrorReport;
  /** Changes that were added to the state of the statistics, by this run or by another at the same time. */
  readonly rowsFolded?: number;
  /** In the end, how long ago the state was as new as all the tables, in milliseconds. */
  readonly lagMs?: number;
  readonly durationMs: number;
}

/** A cell of a statistic that is not what a full recomputation gives. */
export interface DifferingCell {
  readonly statistic: string;
  /** What the cell is about: institution, option, state, month. */
  readonly cell: unknown;
  readonly recorded: unknown;
  readonly recomputed: unknown;
}

/** What `audit` found. */
export interface AuditReport {
  readonly command: 'audit';
  readonly status: 'ok' | 'differs';
  readonly environment: string;
  /** How many cells differ; `cells` lists the first hundred. */
  readonly total: number;
  readonly cells: readonly DifferingCell[];
  readonly durationMs: number;
}

/** What `rebuild` did. */
export interface RebuildReport {
  readonly command: 'rebuild';
  readonly status: 'rebuilt';
  readonly environment: string;
  readonly durationMs: number;
}
