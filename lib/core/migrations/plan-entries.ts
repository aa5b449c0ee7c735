import type { JournalRow } from './journal.ts';
import type { LedgerRow } from './ledger.ts';
import type { Migration } from './migration.ts';
import { isOfAnotherTool } from './plan-missing.ts';
import type { StatusEntry, WarningReport } from './report.ts';

/** Started by a tool that records the beginning, and not heard of since. */
export function isUnfinished(row: LedgerRow): boolean {
  return row.startedAt !== undefined && row.finishedAt === undefined;
}

/** Versions that are dates have gaps by nature; in 001, 002, 004 a file may have been forgotten. */
export function gaps(migrations: readonly Migration[]): WarningReport[] {
  const plain = migrations.filter(({ style }) => style === 'plain');
  return plain.flatMap((migration, index) => {
    const before = plain[index - 1];
    if (!before || BigInt(migration.number ?? 0) - BigInt(before.number ?? 0) <= 1n) return [];
    return [{ code: 'gap', message: `Nothing between ${before.up.file} and ${migration.up.file}.` }];
  });
}

/** One line of `status` for every version that the files or the ledger know. */
export function describeEntries(
  migrations: readonly Migration[],
  rows: ReadonlyMap<string, LedgerRow>,
  isPending: ReadonlySet<Migration>,
  missing: readonly LedgerRow[],
  halfDone: ReadonlyMap<string, JournalRow>,
): StatusEntry[] {
  const times = ({ startedAt, finishedAt }: LedgerRow) => ({
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
  });
  const withFile = migrations.flatMap((migration): StatusEntry[] => {
    const { version, style } = migration;
    const { file, checksum } = migration.up;
    const row = rows.get(version);
    if (halfDone.has(version)) return [{ version, state: 'half-done', file }];
    if (isPending.has(migration)) return [{ version, state: 'pending', file }];
    // An initial schema that was not loaded because the database was not empty says nothing.
    if (!row) return style === 'initial' ? [] : [{ version, state: 'pending', file }];
    const edited = row.checksum !== undefined && row.checksum !== checksum && style !== 'initial';
    return [{ version, state: edited ? 'edited' : 'applied', file, ...times(row) }];
  });
  return [
    ...withFile,
    ...missing.map((row): StatusEntry => {
      const state = isOfAnotherTool(row) ? 'other-tool' : 'missing-file';
      return { version: row.version, state, ...times(row) };
    }),
  ];
}
