import type { DatabaseSync } from 'node:sqlite';
import type { LedgerRow } from '../../plan/known.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { type Applied, readApplied } from './journal.ts';
import { ledgerTable } from './tables.ts';

/**
 * Whose the table of the ledger's name is:
 * - `none`: nobody's, there is no such table
 * - `ours`: ours, or of a tool that has bare versions as text, to which our columns are added
 * - `one-row`: the operator registry's, which has the newest version as its only row
 * - `golang-migrate`: that tool's
 * - `foreign`: of a tool that we do not know
 */
export type LedgerKind = 'none' | 'ours' | 'one-row' | 'golang-migrate' | 'foreign';

/** The ledger as it was found. */
export interface Ledger {
  readonly kind: LedgerKind;
  /** Columns that ours has and this one lacks. */
  readonly missingColumns: readonly string[];
  readonly rows: readonly LedgerRow[];
  /** Of `one-row`: the version in it; absent where it has no row. */
  readonly current?: bigint;
  /** Why it is not ours. */
  readonly foreign?: string;
  /** The same as long as nobody writes it: what a plan was made for. */
  readonly print: string;
}

/** Our columns beside `version`, with the names that they have on Postgres. */
export const COLUMNS = ['started_at', 'finished_at', 'checksum'] as const;

/**
 * Reads the ledger, whatever shape it has.
 *
 * @param versions those of the files: a ledger of one row says of all up to its version that they are applied
 */
export function readLedger(
  database: DatabaseSync,
  name: LedgerName,
  versions: readonly string[] = [],
): Ledger {
  const columns = columnsOf(database, name);
  const missingColumns = COLUMNS.filter((column) => !columns.has(column));
  const base = { missingColumns, rows: [] };
  if (columns.size === 0) return { ...base, kind: 'none', print: '[]' };
  const type = columns.get('version');
  if (type === undefined) {
    const foreign = 'it has no column version';
    return { ...base, kind: 'foreign', foreign, print: 'foreign' };
  }
  if (/CHAR|TEXT|CLOB/.test(type)) {
    const rows = readRows(database, name, missingColumns);
    return { ...base, kind: 'ours', rows, print: JSON.stringify(rows) };
  }
  if (columns.has('dirty')) {
    const foreign = 'its columns are those of golang-migrate';
    return { ...base, kind: 'golang-migrate', foreign, print: 'golang-migrate' };
  }
  return columns.has('timestamp')
    ? readOneRow(database, name, versions)
    : {
        ...base,
        kind: 'foreign',
        foreign: `its column version is ${type || 'of no type'}`,
        print: 'foreign',
      };
}

/** The columns of the ledger's table with their types, in capitals; none where there is no such table. */
export function columnsOf(database: DatabaseSync, { table }: LedgerName): ReadonlyMap<string, string> {
  const rows = database.prepare("SELECT name, type FROM pragma_table_info(?, 'main')").all(table);
  return new Map(rows.map(({ name, type }) => [String(name).toLowerCase(), String(type).toUpperCase()]));
}

function readRows(database: DatabaseSync, name: LedgerName, missing: readonly string[]): LedgerRow[] {
  const column = (one: string) => (missing.includes(one) ? `NULL AS ${one}` : one);
  const rows = database
    .prepare(
      `SELECT CAST(version AS TEXT) AS version, ${COLUMNS.map(column).join(', ')} FROM ${ledgerTable(name)} ORDER BY 1`,
    )
    .all();
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return rows.map((row): LedgerRow => {
    const [startedAt, finishedAt, checksum] = [row.started_at, row.finished_at, row.checksum].map(text);
    return {
      version: String(row.version),
      ...(startedAt !== undefined && { startedAt }),
      ...(finishedAt !== undefined && { finishedAt }),
      ...(checksum !== undefined && { checksum }),
    };
  });
}

/** Versions up to the one in it are applied; what we know of them besides is in the journal. */
function readOneRow(database: DatabaseSync, name: LedgerName, versions: readonly string[]): Ledger {
  const found = database
    .prepare(
      `SELECT typeof(version) AS type, CAST(version AS TEXT) AS version FROM ${ledgerTable(name)} LIMIT 2`,
    )
    .all();
  const print = `one-row ${JSON.stringify(found)}`;
  const [row] = found;
  const base = { kind: 'one-row', missingColumns: [], print } as const;
  if (found.length > 1)
    return {
      ...base,
      kind: 'foreign',
      rows: [],
      foreign: 'it has more than one row, where the operator registry has one',
    };
  const applied = readApplied(database, name);
  if (row && row.type !== 'integer')
    return { ...base, kind: 'foreign', rows: [], foreign: `its version, ${row.version}, is no integer` };
  const current = row && BigInt(String(row.version));
  return {
    ...base,
    ...(current !== undefined && { current }),
    rows: rowsUpTo(current, versions, applied),
  };
}

/** Exported for tests. Pure. */
export function rowsUpTo(
  current: bigint | undefined,
  versions: readonly string[],
  applied: ReadonlyMap<string, Applied>,
): LedgerRow[] {
  const rows = versions.flatMap((version): LedgerRow[] => {
    const number = numberOf(version);
    const known = applied.get(version);
    if (number === undefined ? known === undefined : current === undefined || number > current) return [];
    return [{ version, ...known }];
  });
  const hasCurrent = current === undefined || rows.some(({ version }) => numberOf(version) === current);
  return hasCurrent ? rows : [...rows, { version: String(current) }];
}

/** The number of a version: 1 of `001_a`, 13 of `13`; `R_views` has none. */
export function numberOf(version: string): bigint | undefined {
  const digits = /^\d+(?=_|$)/.exec(version)?.[0];
  return digits === undefined ? undefined : BigInt(digits);
}
