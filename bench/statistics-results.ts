import type { HistoryResult, RefreshResult } from './statistics-refresh.ts';

/** What was measured on a registry of one size. */
export interface SizeResult {
  readonly files: number;
  readonly refresh: readonly RefreshResult[];
  readonly history: HistoryResult;
}
