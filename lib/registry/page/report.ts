import type { JournalRow } from '../../plan/known.ts';

/** Everything that the page shows, as plain data; `report --json` prints it. Times are UTC, ISO 8601. */
export interface Report {
  readonly command: 'report';
  readonly environment?: string | undefined;
  readonly database: string;
  readonly createdAt: string;
  /** Of `current_deposit_stats`; none while it was never refreshed. */
  readonly current: readonly DepositRow[];
  readonly history: History;
  readonly statistics: readonly StatisticRun[];
  /** The newest attempts at migrations first. */
  readonly migrations: readonly JournalRow[];
}

/** What is stored now for an institution and a storage option, or a total over them. */
export interface DepositRow {
  /** Absent in a total over all institutions. */
  readonly institutionId?: number;
  readonly institution: string;
  /** Absent in a total over all storage options. */
  readonly storageOption?: string;
  readonly files: number;
  readonly objects: number;
  readonly bytes: number;
  readonly monthlyCost: number;
}

/** `historical_deposit_stats`, a list for each thing that was ever stored. Lists of numbers have one for each month. */
export interface History {
  /** `2014-01`: what was there when that month began. */
  readonly months: readonly string[];
  readonly institutions: readonly { readonly id: number; readonly name: string }[];
  /** Prices in USD for a GiB and month, as they were when the month was written. */
  readonly storageOptions: readonly { readonly name: string; readonly prices: readonly number[] }[];
  readonly series: readonly HistorySeries[];
}

export interface HistorySeries {
  readonly institutionId: number;
  readonly storageOption: string;
  readonly files: readonly number[];
  readonly bytes: readonly number[];
}

export interface StatisticRun {
  readonly name: string;
  /** When a refresh last made it as new as the tables, also if nothing had changed; absent where that is not recorded. */
  readonly refreshedAt?: string;
  /** When a refresh last found something to change in what it shows; absent while it was never refreshed. */
  readonly changedAt?: string;
}
