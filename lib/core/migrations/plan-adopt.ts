import type { LedgerName } from '../advisory-lock.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { ledgerTable } from './ledger.ts';
import { isNumbered, type Migration } from './migration.ts';
import { type LedgerPlan, refused } from './plan-ledger.ts';
import type { LedgerChange } from './report.ts';
import type { Survey } from './survey.ts';

type Row = Readonly<Record<string, unknown>>;

/** The tables of other tools, read as rows of JSON. */
export interface ForeignRows {
  /** Our ledger's own name, whatever shape it has. */
  readonly ledger: readonly Row[];
  readonly flyway: readonly Row[];
}

/**
 * Works out what the ledger of another tool means for our files: golang-migrate's one row, Flyway's history, or
 * the bare versions of Rails and dbmate. Pure.
 */
export function planAdopt(
  migrations: readonly Migration[],
  name: LedgerName,
  found: Survey,
  rows: ForeignRows,
): LedgerPlan {
  if (found.ledger.foreign !== undefined) {
    const [only] = rows.ledger;
    if (only && 'dirty' in only) return adoptGolangMigrate(migrations, name, only);
    return refused(
      'foreign-ledger',
      `${name.schema}.${name.table} is of no tool that we know: ${found.ledger.foreign}.`,
      'Rename it, then use: registry-jobs baseline VERSION',
    );
  }
  if (found.ledger.rows.length > 0 || rows.flyway.length === 0) return adoptBareVersions(migrations, found);
  return adoptFlyway(migrations, rows.flyway);
}

function adoptGolangMigrate(
  migrations: readonly Migration[],
  name: LedgerName,
  { version, dirty }: Row,
): LedgerPlan {
  const kept = `${name.table}_golang_migrate`;
  if (dirty === true) {
    return refused(
      'dirty',
      `golang-migrate calls version ${version} dirty: it failed half way.`,
      'Mend the database and say so with its own "force" first.',
    );
  }
  const last = BigInt(String(version));
  const numbered = migrations.filter(isNumbered);
  if (!numbered.some(({ number }) => BigInt(number) === last)) {
    return refused(
      'unknown-version',
      `golang-migrate is at version ${version}, and no file has that number.`,
      'Name the folder with its files: --migrations DIR',
    );
  }
  return {
    changes: numbered.filter(({ number }) => BigInt(number) <= last).map(record),
    problems: [],
    notes: [`golang-migrate is at version ${version}. Its table is kept as ${name.schema}.${kept}.`],
    setup: [`ALTER TABLE ${ledgerTable(name)} RENAME TO ${quoteIdentifier(kept)}`],
    ledgerBehindSetup: { exists: false, missingColumns: [], zoned: [], rows: [] },
  };
}

function adoptFlyway(migrations: readonly Migration[], rows: readonly Row[]): LedgerPlan {
  const failed = rows.find(({ success }) => success === false);
  if (failed) {
    return refused(
      'dirty',
      `Flyway says that version ${failed.version} failed.`,
      'Mend the database, and run its own "repair" first.',
    );
  }
  const versions = rows.flatMap(({ version }) => (typeof version === 'string' ? [version] : []));
  const byNumber = new Map(migrations.filter(isNumbered).map((migration) => [migration.number, migration]));
  const numberOf = (version: string) => (/^\d+$/.test(version) ? BigInt(version).toString() : '');
  const unmatched = versions.filter((version) => !byNumber.has(numberOf(version)));
  return {
    changes: versions.flatMap((version) => byNumber.get(numberOf(version)) ?? []).map(record),
    problems: [],
    notes: [
      'Flyway keeps its own table; it is left as it is.',
      ...(unmatched.length > 0 ? [`No file has the number of these versions: ${unmatched.join(', ')}.`] : []),
    ],
  };
}

/** Rails and dbmate write nothing but versions. They get the names of our files, and their checksums. */
function adoptBareVersions(migrations: readonly Migration[], { ledger }: Survey): LedgerPlan {
  const bare = ledger.rows.filter(({ checksum }) => checksum === undefined);
  const changes: LedgerChange[] = [];
  const unmatched: string[] = [];
  for (const { version } of bare) {
    const number = /^\d+$/.test(version) ? BigInt(version).toString() : undefined;
    const migration =
      migrations.find((known) => known.version === version) ??
      migrations.find((known) => known.number !== undefined && known.number === number);
    if (migration)
      changes.push({ version, action: 'rename', to: migration.version, file: migration.up.file });
    else unmatched.push(version);
  }
  const notes = unmatched.length > 0 ? [`These versions have no file: ${unmatched.join(', ')}.`] : [];
  return { changes, problems: [], notes };
}

function record({ version, up }: Migration): LedgerChange {
  return { version, action: 'record', file: up.file };
}
