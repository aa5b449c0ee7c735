import { createHash } from 'node:crypto';
import type { LedgerName } from '../advisory-lock.ts';
import type { ErrorReport } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import { type Script, statementText } from '../sql/statement.ts';
import type { Direction } from './task.ts';

/**
 * The journal has a row for every attempt at anything, also those that failed or were killed: the ledger says what
 * is applied, the journal says what happened. An attempt's row is committed before the attempt begins, and
 * completed in the attempt's own transaction, or behind it when that failed.
 */
export type AttemptStatus = 'running' | 'applied' | 'failed' | 'interrupted';

/** Who runs: written into every row. */
export interface Runner {
  readonly runId: string;
  /** A person at a host, or a function and its request. */
  readonly who: string;
  readonly toolVersion: string;
}

/** What is known of an attempt before it begins. */
export interface AttemptStart {
  readonly id: string;
  readonly version: string;
  readonly file: string;
  readonly checksum: string;
  readonly direction: Direction;
  readonly transaction: boolean;
  readonly statements: number;
  /** How many of them an earlier attempt has done, and {@link doneChecksum} of those. */
  readonly done: number;
  readonly doneChecksum: string;
}

/** A row of the journal, as `status --history` shows it. Times are UTC, ISO 8601. */
export interface JournalRow {
  readonly runId: string;
  readonly version: string;
  readonly file: string;
  readonly checksum: string;
  readonly direction: Direction;
  readonly transaction: boolean;
  readonly status: AttemptStatus;
  readonly statements: number;
  /** How many statements are known to have succeeded. */
  readonly done: number;
  /** SHA-256 of the text of those: a file may be mended behind them, and resumed. */
  readonly doneChecksum?: string;
  /** True when the statement after those may or may not be done: its answer was lost. */
  readonly uncertain?: boolean;
  readonly error?: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly who: string;
  readonly dbUser: string;
  readonly toolVersion: string;
}

export function journalTable({ schema, table }: LedgerName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(`${table}_journal`)}`;
}

const NOW = `pg_catalog.timezone('utc', pg_catalog.clock_timestamp())`;

export function createJournalSql(name: LedgerName): string {
  return `CREATE TABLE IF NOT EXISTS ${journalTable(name)} (
    id uuid PRIMARY KEY,
    run_id uuid NOT NULL,
    version varchar NOT NULL,
    file text NOT NULL,
    checksum text NOT NULL,
    direction text NOT NULL,
    transaction boolean NOT NULL,
    status text NOT NULL,
    statements integer NOT NULL,
    done integer NOT NULL DEFAULT 0,
    done_checksum text,
    error text,
    started_at timestamp NOT NULL DEFAULT ${NOW},
    finished_at timestamp,
    who text NOT NULL,
    db_user text NOT NULL DEFAULT session_user,
    tool_version text NOT NULL)`;
}

/** Records an attempt that is about to begin, or one that is over (`force`, `baseline`, `adopt`). */
export function insertAttemptSql(
  name: LedgerName,
  start: AttemptStart,
  runner: Runner,
  status: AttemptStatus,
): string {
  const columns = {
    id: start.id,
    run_id: runner.runId,
    version: start.version,
    file: start.file,
    checksum: start.checksum,
    direction: start.direction,
    status,
    done_checksum: start.doneChecksum,
    who: runner.who,
    tool_version: runner.toolVersion,
  };
  const names = [
    ...Object.keys(columns),
    'transaction',
    'statements',
    'done',
    ...(status === 'running' ? [] : ['finished_at']),
  ];
  const values = [
    ...Object.values(columns).map(quoteLiteral),
    String(start.transaction),
    String(start.statements),
    String(start.done),
    ...(status === 'running' ? [] : [NOW]),
  ];
  return `INSERT INTO ${journalTable(name)} (${names.join(', ')}) VALUES (${values.join(', ')})`;
}

/** Completes an attempt's row; a failure says besides how far it came, by {@link doneChecksum}. */
export function finishAttemptSql(
  name: LedgerName,
  id: string,
  status: Exclude<AttemptStatus, 'running'>,
  done: number,
  failure?: { readonly error: ErrorReport; readonly checksum: string },
): string {
  const { error, checksum } = failure ?? {};
  const place = error?.location ? `${error.location.line}:${error.location.column}: ` : '';
  const text = error
    ? quoteLiteral(`${place}${error.message}${error.sqlstate ? ` (SQLSTATE ${error.sqlstate})` : ''}`)
    : 'NULL';
  const reached = checksum === undefined ? '' : ` done_checksum = ${quoteLiteral(checksum)},`;
  return `UPDATE ${journalTable(name)} SET status = '${status}', done = ${done},${reached} error = ${text}, finished_at = ${NOW}
    WHERE id = ${quoteLiteral(id)}`;
}

/** Counts a statement of a file that runs without a transaction. */
export function progressSql(name: LedgerName, id: string, done: number, checksum: string): string {
  return `UPDATE ${journalTable(name)} SET done = ${done}, done_checksum = ${quoteLiteral(checksum)} WHERE id = ${quoteLiteral(id)}`;
}

/** SHA-256 of the first statements of a script. */
export function doneChecksum(script: Script, done: number): string {
  const hash = createHash('sha256');
  for (const statement of script.statements.slice(0, done))
    hash.update(`${statementText(script, statement)};`);
  return hash.digest('hex');
}

/**
 * Under the lock nobody else can be at work: what is still called running was killed. Its transaction is gone, or
 * it was committed together with its row here, and then it is not called running.
 */
export function closeInterruptedSql(name: LedgerName): string {
  return `UPDATE ${journalTable(name)} SET status = 'interrupted', finished_at = ${NOW} WHERE status = 'running'`;
}

const COLUMNS = `run_id AS "runId", version, file, checksum, direction, transaction, status, statements, done,
  done_checksum AS "doneChecksum", error,
  pg_catalog.to_json(started_at) AS "startedAt", pg_catalog.to_json(finished_at) AS "finishedAt", who,
  db_user AS "dbUser", tool_version AS "toolVersion"`;

/** The newest attempt at each version that runs without a transaction, and everything that is called running. */
export function unsettledSql(name: LedgerName): string {
  const table = journalTable(name);
  return `SELECT ${COLUMNS} FROM ${table} j WHERE status = 'running' OR (NOT transaction AND NOT EXISTS (
    SELECT FROM ${table} newer WHERE newer.version = j.version AND newer.started_at > j.started_at))`;
}

/** The newest rows first. Parameter: how many. */
export function historySql(name: LedgerName): string {
  return `SELECT ${COLUMNS} FROM ${journalTable(name)} ORDER BY started_at DESC, id LIMIT $1`;
}

/** Drops the nulls that Postgres gives for what is absent. */
export function parseJournalRow(row: Record<string, unknown>): JournalRow {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null),
  ) as unknown as JournalRow;
}
