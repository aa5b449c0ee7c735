import type { JournalRow } from '../plan/known.ts';
import type { DatabaseReport } from './database.ts';
import type { RunningReport } from './running.ts';

/** One look at whether a run is at work: what `watch` is made of where each look is a question to somebody else. */
export interface LookReport {
  readonly command: 'watch';
  readonly status: 'running' | 'not-running';
  readonly database: DatabaseReport;
  /** The run that is at work at this moment. */
  readonly running?: RunningReport;
  /** The attempts of the run that was asked for, or of the one that is at work, oldest first. */
  readonly attempts: readonly JournalRow[];
  /** The newest attempt of all. */
  readonly newest: readonly JournalRow[];
  /** How many versions are still pending. */
  readonly pending: number;
}
