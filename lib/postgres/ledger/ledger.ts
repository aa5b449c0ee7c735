import { RegistryJobsError } from '../../errors/error.ts';
import type { LedgerRow } from '../../plan/known.ts';
import { type LedgerName, showLedgerName } from '../../settings/ledger-name.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';
import { journalTable } from './journal.ts';

/** The ledger as it was found. */
export interface Ledger {
  /** False until the first run creates it. */
  readonly exists: boolean;
  /** Columns that ours has and this one lacks: a table that another tool made has only `version`. */
  readonly missingColumns: readonly string[];
  readonly rows: readonly LedgerRow[];
  /** Columns for times that have a zone; ours have none, and hold UTC. */
  readonly zoned: readonly string[];
  /** Set when the table belongs to another tool: why it is not ours. */
  readonly foreign?: string;
}

/** Our columns beside `version`. The application reads the first two; the names are its contract. */
const COLUMNS = { started_at: 'timestamp', finished_at: 'timestamp', checksum: 'text' } as const;

export function ledgerTable({ schema, table }: LedgerName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** One statement for the columns of ledger and journal, one for the ledger's rows, whatever shape it has; no row at all if it is missing. */
export function readLedgerSql(ledger: LedgerName): { shape: string; rows: string } {
  const table = ledgerTable(ledger);
  const [own, journal] = [table, journalTable(ledger)].map(
    (name) => `pg_catalog.to_regclass(${quoteLiteral(name)})`,
  );
  return {
    shape: `SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, NULL) AS type, (a.attrelid = ${journal}) IS TRUE AS journal
      FROM pg_catalog.pg_attribute a
      WHERE a.attrelid IN (${own}, ${journal}) AND a.attnum > 0 AND NOT a.attisdropped`,
    rows: `SELECT pg_catalog.to_jsonb(l) AS row FROM ${table} l`,
  };
}

/** Makes sense of what {@link readLedgerSql} answered. */
export function parseLedger(
  shape: readonly Record<string, unknown>[],
  rows: readonly Record<string, unknown>[],
): Ledger {
  const own = shape.filter(({ journal }) => journal !== true);
  const types = new Map(own.map(({ name, type }) => [String(name), String(type)]));
  const missingColumns = Object.keys(COLUMNS).filter((name) => !types.has(name));
  const zoned = Object.keys(COLUMNS).filter((name) => types.get(name) === 'timestamp with time zone');
  if (own.length === 0) return { exists: false, missingColumns, zoned, rows: [] };
  const version = types.get('version');
  if (version === 'text' || version === 'character varying')
    return { exists: true, missingColumns, zoned, rows: rows.map(parseRow) };
  const foreign = version ? `its column version is ${version}` : 'it has no column version';
  return { exists: true, missingColumns, zoned, rows: [], foreign };
}

/** What the ledger has of one version. */
export async function readLedgerRow(
  connection: Pick<Connection, 'send'>,
  ledger: LedgerName,
  version: string,
): Promise<LedgerRow | undefined> {
  const sql = `SELECT pg_catalog.to_jsonb(l) AS row FROM ${ledgerTable(ledger)} l WHERE version = $1`;
  const [found] = (await connection.send(sql, { values: [version] })).rows;
  return found && parseRow(found.row as Record<string, unknown>);
}

/** @throws RegistryJobsError `foreign-ledger` when the table belongs to another tool */
export function assertOurs(name: LedgerName, { foreign }: Ledger): void {
  if (foreign === undefined) return;
  throw new RegistryJobsError('foreign-ledger', `${showLedgerName(name)} is not our ledger: ${foreign}.`, {
    hint: 'Nothing was changed. If it is no ledger, name another table with --ledger. If another migration tool made it, see what adopting it would do: registry-jobs adopt',
  });
}

function parseRow(row: Record<string, unknown>): LedgerRow {
  const text = (name: keyof typeof COLUMNS) => (typeof row[name] === 'string' ? row[name] : undefined);
  const [startedAt, finishedAt, checksum] = [text('started_at'), text('finished_at'), text('checksum')];
  return {
    version: String(row.version),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(checksum !== undefined && { checksum }),
  };
}

/**
 * Creates the ledger, or adds what another tool's table lacks. Nothing when it is complete.
 *
 * @param found what is there; not known while an initial schema is being loaded, which may bring one along
 */
export function ensureLedgerSql(name: LedgerName, found: Ledger | undefined): string[] {
  const table = ledgerTable(name);
  const columns = Object.entries(COLUMNS);
  const definitions = ['version varchar PRIMARY KEY', ...columns.map((column) => column.join(' '))];
  const create = `CREATE TABLE IF NOT EXISTS ${table} (${definitions.join(', ')})`;
  const add = columns.map(
    ([column, type]) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${column} ${type}`,
  );
  if (!found) return [create, ...add];
  return found.exists
    ? add.filter((_, index) => found.missingColumns.includes(columns[index]?.[0] ?? ''))
    : [create];
}

/** When the transaction began: what `started_at` is for a file that runs in one. */
export const TRANSACTION_START = 'pg_catalog.now()';

/**
 * Records a version. A row that the file wrote itself is completed, and no unique index is needed, since tables
 * of other tools do not always have one. Parameters: version, checksum.
 *
 * @param zoned the columns whose times have a zone; the others get UTC without one
 * @param startedAt SQL for the time it was started at, with a zone
 * @param values SQL in the place of the parameters
 */
export function recordSql(
  name: LedgerName,
  zoned: readonly string[],
  startedAt = TRANSACTION_START,
  [version, checksum]: readonly [string, string] = ['$1', '$2'],
): string {
  const { known, insert } = recordParts(name, zoned, startedAt, [version, checksum]);
  return `WITH known AS (${known}) ${insert}`;
}

/** The two halves of {@link recordSql}, for a statement that does more: a row that is there is completed by `known`, or else inserted. */
export function recordParts(
  name: LedgerName,
  zoned: readonly string[],
  startedAt: string,
  [version, checksum]: readonly [string, string],
): { readonly known: string; readonly insert: string } {
  const table = ledgerTable(name);
  const as = (column: keyof typeof COLUMNS, time: string) =>
    zoned.includes(column) ? time : `pg_catalog.timezone('utc', ${time})`;
  const started = as('started_at', startedAt);
  const finished = as('finished_at', 'pg_catalog.clock_timestamp()');
  return {
    known: `UPDATE ${table} SET started_at = ${started}, finished_at = ${finished}, checksum = ${checksum}
      WHERE version = ${version} RETURNING version`,
    insert: `INSERT INTO ${table} (version, started_at, finished_at, checksum)
      SELECT ${version}, ${started}, ${finished}, ${checksum} WHERE NOT EXISTS (SELECT FROM known)`,
  };
}

/** Gives a row the version that its file has now. Parameters: old version, new version, checksum. */
export function renameSql(name: LedgerName): string {
  return `UPDATE ${ledgerTable(name)} SET version = $2, checksum = $3 WHERE version = $1`;
}

/** Forgets a version that was undone. Parameter: version, unless there is SQL in its place. */
export function forgetSql(name: LedgerName, version = '$1'): string {
  return `DELETE FROM ${ledgerTable(name)} WHERE version = ${version}`;
}

/** Gives the table of another tool, which has the ledger's name, a name of its own. */
export function keepSql(name: LedgerName, as: string): string {
  return `ALTER TABLE ${ledgerTable(name)} RENAME TO ${quoteIdentifier(as)}`;
}

/** As it is when there is none. */
export const NO_LEDGER: Ledger = { exists: false, missingColumns: [], zoned: [], rows: [] };
