import type { ErrorReport } from '../errors/error.ts';
import type { Script } from './script/statement.ts';

/**
 * - `initial`: the schema that an empty database starts with, loaded once, before everything else.
 * - `plain`: idempotent, forward only.
 * - `versioned`: may have a way back.
 * - `repeatable`: applied again whenever its text changes, after everything else.
 */
export type Style = 'initial' | 'plain' | 'versioned' | 'repeatable';

/** One step of the schema's history. */
export interface Migration {
  /** The ledger's name for it: `001_deposit_stats` for a plain file, `201909251211` for a pair, `R_views`. */
  readonly version: string;
  /** The number that orders plain and versioned ones, in decimal digits (JSON has no 64-bit integers). */
  readonly number?: string;
  readonly title: string;
  readonly style: Style;
  readonly up: Script;
  readonly down?: Script;
  /** Why the down file cannot be run, where there is one. Nothing but going down needs it. */
  readonly downProblem?: ErrorReport;
}

/** How each new file begins: one that holds nothing else is not written yet. */
export const NEW_FILE_HEADER = `-- Runs in one transaction, together with its row in schema_migrations.`;

/** The ledger's names of them. */
export function versionsOf(migrations: readonly Migration[]): string[] {
  return migrations.map(({ version }) => version);
}

/** True for those that are applied once, in the order of their numbers. */
export function isNumbered(migration: Migration): migration is Migration & { readonly number: string } {
  return migration.number !== undefined;
}
