import type { WarningReport } from '../errors/warning.ts';
import { isNumbered, type Migration } from '../migrations/migration.ts';
import type { LedgerRow } from './known.ts';
import { rerunWarnings } from './rerun-warning.ts';

/** Versions that are dates have gaps by nature; in 001, 002, 004 a file may have been forgotten. */
export function gaps(migrations: readonly Migration[]): WarningReport[] {
  const plain = migrations.filter(({ style }) => style === 'plain').filter(isNumbered);
  return plain.flatMap((migration, index) => {
    const before = plain[index - 1];
    if (!before || BigInt(migration.number) - BigInt(before.number) <= 1n) return [];
    return [{ code: 'gap', message: `Nothing between ${before.up.file} and ${migration.up.file}.` }];
  });
}

export function empties(pending: readonly Migration[]): WarningReport[] {
  return pending
    .filter((migration) => migration.up.statements.length === 0)
    .map((migration) => ({
      code: 'empty',
      message: `${migration.up.file} holds no statement; it is recorded and does nothing.`,
    }));
}

/**
 * A file does no harm when it runs twice in a row. Run again later, it may undo what newer ones did to its work: which of
 * them, and what to run after it, as far as the text of the statements tells.
 */
export function lateReruns(
  migrations: readonly Migration[],
  rerun: ReadonlySet<Migration>,
  rows: ReadonlyMap<string, LedgerRow>,
): WarningReport[] {
  const applied = migrations.filter(({ version }) => rows.has(version));
  const isLate = (migration: Migration) =>
    isNumbered(migration) &&
    rows.has(migration.version) &&
    applied.filter(isNumbered).some(({ number }) => BigInt(number) > BigInt(migration.number));
  const known = rerunWarnings(
    applied,
    [...rerun].map(({ version }) => version),
  );
  const isKnown = new Set(known.map(({ version }) => version));
  const others = [...rerun].filter((migration) => isLate(migration) && !isKnown.has(migration.version));
  return [
    ...known.map(({ code, message }) => ({ code, message })),
    ...others.map(
      ({ up }): WarningReport => ({
        code: 'late-rerun',
        message: `${up.file} runs again though newer files are applied: what they replaced of it, it brings back.`,
      }),
    ),
  ];
}
