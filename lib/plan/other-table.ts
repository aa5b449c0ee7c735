import type { LedgerName } from '../settings/ledger-name.ts';

/** A table of another tool, whatever its columns are. */
export interface OtherTable {
  readonly name: LedgerName;
  /** The columns with their types, as Postgres writes them. */
  readonly columns: ReadonlyMap<string, string>;
  /** Whether those types say nothing, as in SQLite: a boolean is a number there. @default false */
  readonly isUntyped?: boolean;
  /** In no particular order; every value is text, since a large number would lose digits. */
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}
