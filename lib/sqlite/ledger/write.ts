import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../../errors/error.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { COLUMNS, type Ledger, numberOf } from './read.ts';
import { ledgerTable, NOW, quoteIdentifier } from './tables.ts';

/** Creates the ledger, or adds what another tool's table lacks. The operator registry's stays as it is. */
export function ensureLedger(
  database: DatabaseSync,
  name: LedgerName,
  { kind, missingColumns }: Pick<Ledger, 'kind' | 'missingColumns'>,
): void {
  const table = ledgerTable(name);
  const columns = COLUMNS.map((column) => `${column} TEXT`).join(', ');
  if (kind === 'none') database.exec(`CREATE TABLE ${table} (version TEXT PRIMARY KEY NOT NULL, ${columns})`);
  if (kind !== 'ours') return;
  for (const column of missingColumns) database.exec(`ALTER TABLE ${table} ADD COLUMN ${column} TEXT`);
}

/**
 * Records a version. No unique index is needed, since tables of other tools do not always have one.
 *
 * @param startedAt as our tables hold a time @default now
 */
export function recordVersion(
  database: DatabaseSync,
  name: LedgerName,
  ledger: Ledger,
  version: string,
  checksum: string | null,
  startedAt?: string,
): void {
  if (ledger.kind === 'one-row') {
    recordNewest(database, name, ledger, version);
    return;
  }
  const table = ledgerTable(name);
  const values = [startedAt ?? null, checksum, version];
  const { changes } = database
    .prepare(
      `UPDATE ${table} SET started_at = coalesce(?, ${NOW}), finished_at = ${NOW}, checksum = ? WHERE version = ?`,
    )
    .run(...values);
  if (changes > 0) return;
  database
    .prepare(
      `INSERT INTO ${table} (started_at, finished_at, checksum, version) VALUES (coalesce(?, ${NOW}), ${NOW}, ?, ?)`,
    )
    .run(...values);
}

/** Forgets a version that was undone. */
export function forgetVersion(
  database: DatabaseSync,
  name: LedgerName,
  ledger: Ledger,
  version: string,
): void {
  if (ledger.kind === 'one-row') {
    forgetNewest(database, name, ledger, version);
    return;
  }
  database.prepare(`DELETE FROM ${ledgerTable(name)} WHERE version = ?`).run(version);
}

/** Gives a row the version that its file has now. */
export function renameVersion(
  database: DatabaseSync,
  name: LedgerName,
  from: string,
  to: string,
  checksum: string | null,
): void {
  const sql = `UPDATE ${ledgerTable(name)} SET version = ?, checksum = ? WHERE version = ?`;
  database.prepare(sql).run(to, checksum, from);
}

/** Gives the table of another tool, which has the ledger's name, a name of its own. */
export function keepLedger(database: DatabaseSync, name: LedgerName, as: string): void {
  database.exec(`ALTER TABLE ${ledgerTable(name)} RENAME TO ${quoteIdentifier(as)}`);
}

/** What an INTEGER of SQLite can hold. */
const LARGEST = 2n ** 63n - 1n;

/** The row has the newest version; of one that is older, or has no number, the journal alone knows. */
function recordNewest(database: DatabaseSync, name: LedgerName, { current }: Ledger, version: string): void {
  const number = numberOf(version);
  if (number === undefined || (current !== undefined && number <= current)) return;
  if (number > LARGEST) {
    throw new RegistryJobsError(
      'ledger-one-row',
      `Version ${version} is larger than ${LARGEST}, the largest that the row of the operator registry can hold.`,
      { hint: 'Give the file a smaller number.' },
    );
  }
  setNewest(database, name, number);
}

function forgetNewest(
  database: DatabaseSync,
  name: LedgerName,
  { current, rows }: Ledger,
  version: string,
): void {
  const number = numberOf(version);
  if (number === undefined) return;
  if (number !== current) throw notTheNewest(version, current);
  const left = rows.flatMap((row) => {
    const other = numberOf(row.version);
    return other === undefined || other === current ? [] : [other];
  });
  setNewest(database, name, left.length === 0 ? undefined : left.reduce((a, b) => (a > b ? a : b)));
}

/** As the tools of the operator registry do it: all rows go, one comes. None at all means that nothing is applied. */
export function setNewest(database: DatabaseSync, name: LedgerName, version: bigint | undefined): void {
  const table = ledgerTable(name);
  database.exec(`DELETE FROM ${table}`);
  if (version !== undefined) database.prepare(`INSERT INTO ${table} (version) VALUES (?)`).run(version);
}

/** One row cannot say of a version in the middle that it is not applied. */
export function notTheNewest(version: string, current: bigint | undefined): RegistryJobsError {
  const row = current === undefined ? 'no version' : `version ${current}`;
  return new RegistryJobsError(
    'ledger-one-row',
    `The ledger is the one row of the operator registry, at ${row}: it cannot hold version ${version} apart from those before it.`,
    { hint: 'See what is applied: registry-jobs status' },
  );
}
