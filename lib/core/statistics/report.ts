import type { ErrorReport } from '../errors.ts';

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
  readonly durationMs: number;
}
