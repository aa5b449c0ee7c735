import type { DatabaseSync } from 'node:sqlite';
import type { AttemptStart } from '../../engine/dialect.ts';
import type { Runner } from '../../engine/session-options.ts';
import type { ErrorReport } from '../../errors/error.ts';
import { type HistoryPage, type HistoryPlace, pageOf } from '../../plan/history-page.ts';
import type { AttemptStatus, JournalRow, LedgerRow } from '../../plan/known.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { hasTable, journalTable, NOW } from './tables.ts';

/** As on Postgres, without what a session there can be left with. Whatever a later version adds must be null in the rows that are there. */
const DEFINITIONS = [
  'id TEXT PRIMARY KEY NOT NULL',
  'run_id TEXT NOT NULL',
  'version TEXT NOT NULL',
  'file TEXT NOT NULL',
  'checksum TEXT NOT NULL',
  'direction TEXT NOT NULL',
  '"transaction" INTEGER NOT NULL',
  'status TEXT NOT NULL',
  'statements INTEGER NOT NULL',
  'done INTEGER NOT NULL DEFAULT 0',
  'done_checksum TEXT',
  'error TEXT',
  'started_at TEXT NOT NULL',
  'finished_at TEXT',
  'who TEXT NOT NULL',
  'db_user TEXT NOT NULL',
  'tool_version TEXT NOT NULL',
  'uncertain INTEGER NOT NULL DEFAULT 0',
];

export function ensureJournal(database: DatabaseSync, name: LedgerName): void {
  database.exec(`CREATE TABLE IF NOT EXISTS ${journalTable(name)} (${DEFINITIONS.join(', ')})`);
}

export function hasJournal(database: DatabaseSync, { table }: LedgerName): boolean {
  return hasTable(database, `${table}_journal`);
}

/**
 * Records an attempt that begins, or one that is over. A file has no users but the one of the process, who is in `who`.
 *
 * @param startedAt as our tables hold a time @default now
 */
export function insertAttempt(
  database: DatabaseSync,
  name: LedgerName,
  start: AttemptStart,
  runner: Runner,
  status: AttemptStatus,
  startedAt?: string,
): void {
  const finished = status === 'running' ? 'NULL' : NOW;
  database
    .prepare(
      `INSERT INTO ${journalTable(name)} (id, run_id, version, file, checksum, direction, "transaction", status, statements, done,
        done_checksum, who, tool_version, db_user, started_at, finished_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', coalesce(?, ${NOW}), ${finished})`,
    )
    .run(
      ...[start.id, runner.runId, start.version, start.file, start.checksum, start.direction],
      ...[Number(start.transaction), status, start.statements, start.done, start.doneChecksum],
      ...[runner.who, runner.toolVersion, startedAt ?? null],
    );
}

/** What an attempt has come to. */
export interface Reached {
  readonly status: AttemptStatus;
  readonly done: number;
  readonly doneChecksum?: string;
  readonly uncertain?: boolean;
  readonly error?: ErrorReport;
}

/** Writes it into the row of the attempt. */
export function finishAttempt(database: DatabaseSync, name: LedgerName, id: string, reached: Reached): void {
  const { status, done, doneChecksum, uncertain = false, error } = reached;
  const place = error?.location ? `${error.location.line}:${error.location.column}: ` : '';
  const finished = status === 'running' ? 'NULL' : NOW;
  database
    .prepare(
      `UPDATE ${journalTable(name)} SET status = ?, done = ?, done_checksum = coalesce(?, done_checksum), uncertain = ?, error = ?,
        finished_at = ${finished} WHERE id = ?`,
    )
    .run(status, done, doneChecksum ?? null, Number(uncertain), error ? place + error.message : null, id);
}

/** What is called running was killed, unless it runs without a transaction at this moment: see `at-work`. */
export function closeInterrupted(database: DatabaseSync, name: LedgerName): void {
  database.exec(
    `UPDATE ${journalTable(name)} SET status = 'interrupted', finished_at = ${NOW} WHERE status = 'running'`,
  );
}

/** What the journal knows of a version that is applied. */
export type Applied = Omit<LedgerRow, 'version'>;

/** The newest thing that went well with each version; nothing of one that was undone or forgotten. */
export function readApplied(database: DatabaseSync, name: LedgerName): ReadonlyMap<string, Applied> {
  if (!hasJournal(database, name)) return new Map();
  const rows = database
    .prepare(
      `SELECT version, direction, file, checksum, started_at, finished_at FROM ${journalTable(name)} WHERE status = 'applied'
      ORDER BY started_at, rowid`,
    )
    .all();
  const applied = new Map<string, Applied>();
  for (const { version, direction, file, checksum, started_at, finished_at } of rows) {
    // A person who calls a version not applied names no file.
    if (direction === 'down' || file === '') {
      applied.delete(String(version));
      continue;
    }
    applied.set(String(version), {
      startedAt: String(started_at),
      finishedAt: String(finished_at),
      ...(checksum && { checksum: String(checksum) }),
    });
  }
  return applied;
}

/** The newest attempt at each version, if it runs without a transaction and did not come to its end, and what is called running. */
export function readUnsettled(database: DatabaseSync, name: LedgerName): JournalRow[] {
  return select(
    database,
    name,
    `SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY version ORDER BY started_at DESC, rowid DESC) AS place FROM TABLE)
    WHERE status = 'running' OR (place = 1 AND NOT "transaction" AND status <> 'applied')`,
  );
}

/** Newest first; those that come after a place, where one is given. */
export function readHistory(
  database: DatabaseSync,
  name: LedgerName,
  most: number,
  before?: HistoryPlace,
): HistoryPage {
  if (!hasJournal(database, name)) return { attempts: [] };
  const after = before
    ? 'WHERE started_at < :at OR (started_at = :at AND rowid < CAST(:key AS INTEGER))'
    : 'WHERE :at IS NULL AND :key IS NULL';
  const rows = database
    .prepare(
      `SELECT *, rowid AS place FROM ${journalTable(name)} ${after} ORDER BY started_at DESC, rowid DESC LIMIT :most`,
    )
    .all({ at: before?.startedAt ?? null, key: before?.key ?? null, most: most + 1 });
  const placeOf = (row: (typeof rows)[number]) => ({
    startedAt: String(row.started_at),
    key: String(row.place),
  });
  return pageOf(rows, most, placeOf, (kept) => kept.map(parseRow));
}

/** Of one run, oldest first. */
export function readRun(database: DatabaseSync, name: LedgerName, runId: string): JournalRow[] {
  return select(database, name, 'SELECT * FROM TABLE WHERE run_id = ? ORDER BY started_at, rowid', runId);
}

export function readAttempt(database: DatabaseSync, name: LedgerName, id: string): JournalRow | undefined {
  return select(database, name, 'SELECT * FROM TABLE WHERE id = ?', id)[0];
}

const BOOLEANS = new Set(['transaction', 'uncertain']);
const NOT_SHOWN = new Set(['place', 'id']);

function select(
  database: DatabaseSync,
  name: LedgerName,
  sql: string,
  ...values: (string | number)[]
): JournalRow[] {
  if (!hasJournal(database, name)) return [];
  const rows = database.prepare(sql.replace('TABLE', () => journalTable(name))).all(...values);
  return rows.map(parseRow);
}

function parseRow(row: Readonly<Record<string, unknown>>): JournalRow {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([column, value]) => value !== null && !NOT_SHOWN.has(column))
      .map(([column, value]) => [
        column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        BOOLEANS.has(column) ? value === 1 : value,
      ]),
  ) as unknown as JournalRow;
}
