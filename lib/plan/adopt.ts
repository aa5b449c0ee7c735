import { isNumbered, type Migration } from '../migrations/migration.ts';
import { type LedgerName, showLedgerName } from '../settings/ledger-name.ts';
import { planAdoptFlyway } from './adopt-flyway.ts';
import type { Known } from './known.ts';
import { type LedgerChange, type LedgerPlan, refused } from './ledger.ts';
import { describeOther } from './ledgers-of-others.ts';
import { findVersion } from './versions.ts';

type Row = Readonly<Record<string, unknown>>;

/** The tables of other tools, read as rows of JSON. */
export interface ForeignRows {
  /** Our ledger's own name, whatever shape it has. Versions are text: a bigint of JSON would lose digits. */
  readonly ledger: readonly Row[];
  /** Whether that table has the columns of golang-migrate. */
  readonly isGolangMigrate: boolean;
  readonly flyway: readonly Row[];
  /** Tables of other tools that are there and not read. */
  readonly others?: readonly string[];
}

/**
 * Works out what the ledger of another tool means for our files: golang-migrate's one row, Flyway's history, or
 * the bare versions of Rails and dbmate. Pure.
 */
export function planAdopt(
  migrations: readonly Migration[],
  name: LedgerName,
  found: Known,
  rows: ForeignRows,
): LedgerPlan {
  if (found.foreign !== undefined) {
    if (rows.isGolangMigrate) return adoptGolangMigrate(migrations, name, rows.ledger[0]);
    return refused(
      'foreign-ledger',
      `${showLedgerName(name)} is of no tool that we know: ${found.foreign}.`,
      'Rename it, then use: registry-jobs baseline VERSION',
    );
  }
  const [other] = rows.others ?? [];
  if (found.ledger.length === 0 && other !== undefined) {
    const { message, hint } = describeOther(other);
    return refused('ledger-of-another-tool', message, hint);
  }
  if (found.ledger.length > 0 || rows.flyway.length === 0) return adoptBareVersions(migrations, name, found);
  return planAdoptFlyway(migrations, rows.flyway);
}

/** @param row its only row; it has none before its first migration, and after its last one was undone */
function adoptGolangMigrate(
  migrations: readonly Migration[],
  name: LedgerName,
  row: Row | undefined,
): LedgerPlan {
  const kept = `${name.table}_golang_migrate`;
  const version = row && BigInt(String(row.version));
  const numbered = migrations.filter(isNumbered);
  if (row?.dirty === true) {
    const before = numbered.findLast(({ number }) => version !== undefined && BigInt(number) < version);
    const force = 'migrate -path DIR -database URL force';
    return refused(
      'dirty',
      `golang-migrate calls version ${version} dirty: it failed half way.`,
      `See what of it is in the database, and finish it or undo it by hand. Then say so: ${force} ${version}, or where nothing of it is there: ${force} ${before?.number ?? -1}. After that: registry-jobs adopt`,
    );
  }
  const last = version !== undefined && version >= 0n ? version : undefined;
  if (last !== undefined && !numbered.some(({ number }) => BigInt(number) === last)) {
    return refused(
      'unknown-version',
      `golang-migrate is at version ${last}, and no file has that number.`,
      'Name the folder with its files: --migrations DIR',
    );
  }
  const where = last === undefined ? 'no version: nothing is applied' : `version ${last}`;
  return {
    changes: numbered.filter(({ number }) => last !== undefined && BigInt(number) <= last).map(record),
    problems: [],
    notes: [`golang-migrate is at ${where}. Its table is kept as ${name.schema}.${kept}.`],
    keepAs: kept,
  };
}

/** Rails and dbmate write nothing but versions. They get the names of our files, and their checksums. */
function adoptBareVersions(
  migrations: readonly Migration[],
  name: LedgerName,
  { ledger }: Known,
): LedgerPlan {
  const bare = ledger.filter(({ checksum }) => checksum === undefined);
  // Rows that we wrote have the names of their files, which a bare version must not take from them.
  const taken = new Map(
    ledger.filter(({ checksum }) => checksum !== undefined).map(({ version }) => [version, version] as const),
  );
  const changes: LedgerChange[] = [];
  const unmatched: string[] = [];
  for (const { version } of bare.toSorted((a, b) => (a.version < b.version ? -1 : 1))) {
    const migration = findVersion(migrations, version);
    if (!migration) {
      unmatched.push(version);
      continue;
    }
    const { file } = migration.up;
    const other = taken.get(migration.version);
    if (other !== undefined) {
      return refused(
        'two-versions',
        `${file} has the number of two applied versions: ${other} and ${version}.`,
        `Delete the one that is wrong from ${showLedgerName(name)}, then: registry-jobs adopt`,
      );
    }
    taken.set(migration.version, version);
    changes.push({ version, action: 'rename', to: migration.version, file });
  }
  const notes = unmatched.length > 0 ? [`These versions have no file: ${unmatched.join(', ')}.`] : [];
  return { changes, problems: [], notes };
}

function record({ version, up }: Migration): LedgerChange {
  return { version, action: 'record', file: up.file };
}
