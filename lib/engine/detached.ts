import type { RegistryJobsError } from '../errors/error.ts';
import type { AtWork } from '../plan/at-work.ts';

/** Why a task cannot be left to the server. */
export interface Hindrance {
  /** As a sentence goes on after `since`. */
  readonly reason: string;
  /** Which statement, from 0, where it is one. */
  readonly index?: number;
  readonly remedy: string;
}

/** How an attempt that the server makes by itself has ended, as far as it has. */
export type DetachedAttempt =
  | { readonly outcome: 'applied'; readonly startedAt: string; readonly finishedAt: string }
  /** It runs on: what was seen of it. */
  | { readonly outcome: 'running'; readonly atWork: AtWork }
  | DetachedFailed;

/** `retry` when the same work may succeed in a moment, and nothing of it was kept. */
export type DetachedFailed = {
  readonly outcome: 'failed';
  readonly error: RegistryJobsError;
  readonly retry: boolean;
  /** `not-started`: nothing of it was begun. `rolled-back`: nothing of it was kept. `half-done`, `unknown`: as for others. */
  readonly state: 'not-started' | 'rolled-back' | 'half-done' | 'unknown';
  /** Only for a file without a transaction. */
  readonly done?: number;
  readonly uncertain?: boolean;
};
