import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Style } from '../migrations/migration.ts';
import type { LedgerRow } from './known.ts';

/** What is enough of a migration to tell whether a database has it: a thousandth of its text. */
export interface MigrationDigest {
  readonly version: string;
  readonly style: Style;
  readonly checksum: string;
}

/** Leaves out all that is not needed to tell what a database lacks. */
export function digestOf({ migrations }: CompiledMigrations): MigrationDigest[] {
  return migrations.map(({ version, style, up }) => ({ version, style, checksum: up.checksum }));
}

/**
 * Which of these migrations a ledger does not have: numbered ones without a row, or with one that was begun and never
 * finished, and repeatable ones that were applied with another text. An initial schema is not among them, since a database
 * that has anything at all does without it. Pure.
 *
 * A ledger with versions that are not among these belongs to a newer set of files, against which an older one runs after a
 * rollback. What was renamed since has its checksum there, and a repeatable one is the newer set's to apply.
 *
 * @returns their versions, in the order in which they would be applied
 */
export function findPending(digest: readonly MigrationDigest[], ledger: readonly LedgerRow[]): string[] {
  const rows = new Map(ledger.map((row) => [row.version, row]));
  const known = new Set(digest.map(({ version }) => version));
  const newer = ledger.filter(({ version }) => !known.has(version));
  const renamed = new Set(newer.flatMap(({ checksum }) => checksum ?? []));
  const isPending = ({ version, style, checksum }: MigrationDigest): boolean => {
    const row = rows.get(version);
    if (style === 'initial') return false;
    if (!row) return !renamed.has(checksum);
    if (style === 'repeatable') return row.checksum !== checksum && newer.length === 0;
    return row.startedAt !== undefined && row.finishedAt === undefined;
  };
  return digest.filter(isPending).map(({ version }) => version);
}
