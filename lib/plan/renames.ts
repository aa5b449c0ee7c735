import type { Migration } from '../migrations/migration.ts';
import type { LedgerRow } from './known.ts';

/** What became of the versions that are applied and have no file, as far as a text tells. */
export interface Renames {
  /** One version without a file and one new file, of the same text: by the new version. */
  readonly certain: ReadonlyMap<string, Rename>;
  /** Where there is more than one of either, only a person can tell: the new files, by the old version. */
  readonly open: ReadonlyMap<string, readonly Migration[]>;
}

export interface Rename {
  readonly was: LedgerRow;
  readonly now: Migration;
}

/** Recognises files that were renamed after they were applied: same text, another name. Pure. */
export function findRenames(migrations: readonly Migration[], rows: readonly LedgerRow[]): Renames {
  const known = new Set(rows.map(({ version }) => version));
  const files = new Set(migrations.map(({ version }) => version));
  const orphans = Map.groupBy(
    rows.filter(({ version, checksum }) => checksum !== undefined && !files.has(version)),
    ({ checksum }) => checksum,
  );
  const fresh = Map.groupBy(
    migrations.filter(({ version, style }) => !known.has(version) && style !== 'initial'),
    ({ up }) => up.checksum,
  );
  const certain = new Map<string, Rename>();
  const open = new Map<string, readonly Migration[]>();
  for (const [checksum = '', lost] of orphans) {
    const now = fresh.get(checksum) ?? [];
    const [was] = lost;
    const [only] = now;
    if (was && only && lost.length === 1 && now.length === 1) certain.set(only.version, { was, now: only });
    else if (only) for (const { version } of lost) open.set(version, now);
  }
  return { certain, open };
}
