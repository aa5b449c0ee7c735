import type { Script } from '../sql/statement.ts';

/** One step of the schema's history: a plain file, or an up file with its optional down file. */
export interface Migration {
  /** The ledger's name for it: `001_deposit_stats` for a plain file, `201909251211` for a pair. */
  readonly version: string;
  /** The number that orders it, in decimal digits (a string, since JSON has no 64-bit integers). */
  readonly number: string;
  readonly title: string;
  /** Plain files are idempotent and only go forward; versioned ones may have a way back. */
  readonly style: 'plain' | 'versioned';
  readonly up: Script;
  readonly down?: Script;
}
