import type { LedgerName } from '../advisory-lock.ts';
import { RegistryJobsError } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';

/** What the ledger says of one version. Times are UTC, ISO 8601, without a zone. */
export interface LedgerRow {
  readonly version: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly checksum?: string;
}

/** The ledger as it was found. */
export interface Ledger {
  /** False until the first run creates it. */
  readonly exists: boolean;
  /** Columns that ours has and this one lacks: a table that another tool made has only `version`. */
  readonly missingColumns: readonly string[];
  readonly rows: readonly LedgerRow[];
}

/** Our columns beside `version`. The application reads the first two; the names are its contract. */
const COLUMNS = { started_at: 'timestamp', finished_at: 'timestamp', checksum: 'text' } as const;

export function ledgerTable({ schema, table }: LedgerName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** One statement that reads columns and rows, whatever shape the table has; no row at all if it is missing. */
export function readLedgerSql(ledger: LedgerName): { shape: string; rows: string } {
  const table = ledgerTable(ledger);
  return {
    shape: `SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, NULL) AS type
      FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = pg_catalog.to_regclass(${quoteLiteral(table)}) AND a.attnum > 0 AND NOT a.attisdropped`,
    rows: `SELECT pg_catalog.to_jsonb(l) AS row FROM ${table} l`,
  };
}

/**
 * Makes sense of what {@link readLedgerSql} answered.
 *
 * @throws RegistryJobsError `foreign-ledger` when the table belongs to another tool
 */
export function parseLedger(
  ledger: LedgerName,
  shape: readonly { name: string; type: string }[],
  rows: readonly Record<string, unknown>[],
): Ledger {
  if (shape.length === 0) return { exists: false, missingColumns: Object.keys(COLUMNS), rows: [] };
  const types = new Map(shape.map(({ name, type }) => [name, type]));
  if (!/^(text|character varying)$/.test(types.get('version') ?? '')) {
    throw new RegistryJobsError(
      'foreign-ledger',
      `${ledger.schema}.${ledger.table} is not our ledger: its column version is ${types.get('version') ?? 'missing'}.`,
      {
        hint: 'Another migration tool made this table. Rename it, or use another ledger; nothing was changed.',
      },
    );
  }
  return {
    exists: true,
    missingColumns: Object.keys(COLUMNS).filter((name) => !types.has(name)),
    rows: rows.map(parseRow),
  };
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

/** Creates the ledger, or adds what another tool's table lacks. Nothing when it is complete. */
export function ensureLedgerSql(name: LedgerName, ledger: Ledger): string[] {
  const table = ledgerTable(name);
  if (!ledger.exists) {
    const columns = Object.entries(COLUMNS).map(([column, type]) => `${column} ${type}`);
    return [`CREATE TABLE IF NOT EXISTS ${table} (version varchar PRIMARY KEY, ${columns.join(', ')})`];
  }
  return ledger.missingColumns.map(
    (column) =>
      `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${column} ${COLUMNS[column as keyof typeof COLUMNS]}`,
  );
}

/**
 * Records a version inside its own transaction: `now()` is when that began. A row that the file wrote itself
 * is completed, and no unique index is needed, since tables of other tools do not always have one.
 *
 * Parameters: version, checksum.
 */
export function recordSql(name: LedgerName): string {
  const table = ledgerTable(name);
  const started = `pg_catalog.timezone('utc', pg_catalog.now())`;
  const finished = `pg_catalog.timezone('utc', pg_catalog.clock_timestamp())`;
  return `WITH known AS (
      UPDATE ${table} SET started_at = ${started}, finished_at = ${finished}, checksum = $2
      WHERE version = $1 RETURNING version)
    INSERT INTO ${table} (version, started_at, finished_at, checksum)
    SELECT $1, ${started}, ${finished}, $2 WHERE NOT EXISTS (SELECT FROM known)`;
}

/** Reads back what was recorded. Parameter: version. */
export function recordedSql(name: LedgerName): string {
  return `SELECT pg_catalog.to_json(started_at) AS "startedAt", pg_catalog.to_json(finished_at) AS "finishedAt"
    FROM ${ledgerTable(name)} WHERE version = $1`;
}
