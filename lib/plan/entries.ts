import type { Migration } from '../migrations/migration.ts';
import { utc, utcTimes } from '../text/times.ts';
import type { JournalRow, LedgerRow } from './known.ts';
import { isOfAnotherTool } from './missing.ts';
import type { StatusEntry } from './plan.ts';
import type { Renames } from './renames.ts';

/** Started by a tool that records the beginning, and not heard of since. */
export function isUnfinished(row: LedgerRow): boolean {
  return row.startedAt !== undefined && row.finishedAt === undefined;
}

/** One line of `status` for every version that the files or the ledger know. */
export function describeEntries(
  migrations: readonly Migration[],
  { rows, isPending, missing, halfDone, running, renames }: Found,
): StatusEntry[] {
  const withFile = migrations.flatMap((migration): StatusEntry[] => {
    const { version, style } = migration;
    const { file, checksum } = migration.up;
    const row = rows.get(version);
    if (running?.version === version) return [describeLive(running)];
    if (halfDone.has(version)) return [{ version, state: 'half-done', file }];
    const renamed = renames.certain.get(version);
    if (renamed) {
      return [{ version, state: 'renamed', file, was: renamed.was.version, ...utcTimes(renamed.was) }];
    }
    if (isPending.has(migration)) return [{ version, state: 'pending', file }];
    // An initial schema that was not loaded because the database was not empty says nothing.
    if (!row) return style === 'initial' ? [] : [{ version, state: 'pending', file }];
    const edited = row.checksum !== undefined && row.checksum !== checksum && style !== 'initial';
    return [{ version, state: edited ? 'edited' : 'applied', file, ...utcTimes(row) }];
  });
  const shown = new Set(withFile.map(({ version, was }) => was ?? version));
  return [
    ...withFile,
    ...missing.flatMap((row): StatusEntry[] => {
      if (shown.has(row.version) || halfDone.has(row.version) || running?.version === row.version) return [];
      const state = isOfAnotherTool(row) ? 'other-tool' : 'missing-file';
      return [{ version: row.version, state, ...utcTimes(row) }];
    }),
    ...[...halfDone.values()].flatMap(({ version, file }): StatusEntry[] =>
      shown.has(version) ? [] : [{ version, state: 'half-done', file }],
    ),
    ...(running && !shown.has(running.version) ? [describeLive(running)] : []),
  ];
}

function describeLive({ version, file, startedAt, who }: JournalRow): StatusEntry {
  return { version, state: 'running', file, startedAt: utc(startedAt), who };
}

/** What is known of the versions besides their files. */
interface Found {
  readonly rows: ReadonlyMap<string, LedgerRow>;
  readonly isPending: ReadonlySet<Migration>;
  /** Rows that have no file. */
  readonly missing: readonly LedgerRow[];
  readonly halfDone: ReadonlyMap<string, JournalRow>;
  /** What another run is at work on. */
  readonly running: JournalRow | undefined;
  readonly renames: Renames;
}
