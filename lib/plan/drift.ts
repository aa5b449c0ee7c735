import type { Migration } from '../migrations/migration.ts';
import type { Difference } from './differences.ts';
import { isUnfinished } from './entries.ts';
import { isHalfDone } from './half-done.ts';
import type { Known } from './known.ts';
import { findRenames } from './renames.ts';

/** What a ledger says of files that a comparison cannot tell. */
export interface LedgerSays {
  /** Versions that are not applied there: what they make is not looked for. */
  readonly pending: readonly string[];
  /** Files that were applied there in another text: it is the text of today that was run. */
  readonly edited: readonly string[];
  /** Versions that are applied there and have no file: what they made is not in the files. */
  readonly withoutFile: readonly string[];
  /** Versions that stopped half way there, or are at work. */
  readonly unfinished: readonly string[];
}

/** Which files a database is compared with, and what its ledger says of the others. */
export interface DriftFiles extends LedgerSays {
  /** In the order in which they are run. */
  readonly applied: readonly Migration[];
}

/** What a ledger says of files. Without one all of them are taken for applied. Pure. */
export function filesToCompare(migrations: readonly Migration[], known: Known | undefined): DriftFiles {
  if (!known) return { applied: migrations, pending: [], edited: [], withoutFile: [], unfinished: [] };
  const rows = new Map(known.ledger.map((row) => [row.version, row]));
  const renamed = findRenames(migrations, known.ledger).certain;
  const half = new Set(
    (known.unsettled ?? [])
      .filter((row) => isHalfDone(row) || row.version === known.running?.version)
      .map(({ version }) => version),
  );
  const isRow = (version: string) => {
    const row = rows.get(version);
    return row !== undefined && !isUnfinished(row) && !half.has(version);
  };
  const isAny = known.ledger.length > 0;
  const applied = migrations.filter(
    // A database that is older than its initial schema is what that is a picture of.
    ({ version, style }) => isRow(version) || renamed.has(version) || (style === 'initial' && isAny),
  );
  const isApplied = new Set(applied);
  const unfinished = [
    ...new Set([...half, ...known.ledger.filter(isUnfinished).map(({ version }) => version)]),
  ];
  const used = new Set([
    ...migrations.map(({ version }) => version),
    ...[...renamed.values()].map(({ was }) => was.version),
  ]);
  return {
    applied,
    pending: migrations
      .filter((migration) => !isApplied.has(migration) && !unfinished.includes(migration.version))
      .map(({ version }) => version),
    edited: applied
      .filter(({ version, style, up }) => {
        const checksum = rows.get(version)?.checksum;
        return style !== 'initial' && checksum !== undefined && checksum !== up.checksum;
      })
      .map(({ up }) => up.file),
    withoutFile: known.ledger
      .filter(({ version }) => !used.has(version) && !unfinished.includes(version))
      .map(({ version }) => version),
    unfinished,
  };
}

/** Differences from files to a database, by where something is. */
export interface Arranged {
  /** What is there, and not in the files. */
  readonly onlyThere: readonly Difference[];
  /** What is in the files, and not there. */
  readonly onlyInFiles: readonly Difference[];
  /** What is in both, and not the same: from the files to the database. */
  readonly different: readonly Difference[];
}

/** What a server writes out of what it has understood, and not as somebody has written it. */
const WRITTEN_OUT = new Set([
  ...['definition', 'default', 'expression', 'using', 'with check', 'arguments', 'partition key', 'bound'],
]);

/** Whether both sides are texts that each version of the server writes in its own way. Pure. */
export function isWrittenOut({ property, before, after }: Difference): boolean {
  if (property === undefined || typeof before !== 'string' || typeof after !== 'string') return false;
  return WRITTEN_OUT.has(property) || (property === 'body' && /^(BEGIN ATOMIC|RETURN)\b/.test(before));
}

/** Puts them apart; each part keeps its order. Pure. */
export function arrangeDifferences(differences: readonly Difference[]): Arranged {
  const isWhole = ({ property }: Difference) => property === undefined;
  return {
    onlyThere: differences.filter((each) => isWhole(each) && each.after !== undefined),
    onlyInFiles: differences.filter((each) => isWhole(each) && each.after === undefined),
    different: differences.filter((each) => !isWhole(each)),
  };
}
