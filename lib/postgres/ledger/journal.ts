import type { AttemptStart } from '../../engine/dialect.ts';
import type { Runner } from '../../engine/session-options.ts';
import type { ErrorReport } from '../../errors/error.ts';
import type { AttemptStatus, JournalRow } from '../../plan/known.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';

export function journalTable({ schema, table }: LedgerName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(`${table}_journal`)}`;
}

const NOW = `pg_catalog.timezone('utc', pg_catalog.clock_timestamp())`;

/** Whatever a later version adds here must have a default, or be null in the rows that are there already. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  id: 'uuid PRIMARY KEY',
  run_id: 'uuid NOT NULL',
  version: 'varchar NOT NULL',
  file: 'text NOT NULL',
  checksum: 'text NOT NULL',
  direction: 'text NOT NULL',
  transaction: 'boolean NOT NULL',
  status: 'text NOT NULL',
  statements: 'integer NOT NULL',
  done: 'integer NOT NULL DEFAULT 0',
  done_checksum: 'text',
  error: 'text',
  started_at: `timestamp NOT NULL DEFAULT ${NOW}`,
  finished_at: 'timestamp',
  who: 'text NOT NULL',
  db_user: 'text NOT NULL DEFAULT session_user',
  tool_version: 'text NOT NULL',
  uncertain: 'boolean NOT NULL DEFAULT false',
  session: 'jsonb',
  begun: 'jsonb',
  backend: 'jsonb',
  failure: 'jsonb',
};

/** Those that the first version did not have. */
const LATER: readonly string[] = ['uncertain', 'session', 'begun', 'backend', 'failure'];

/**
 * Creates the journal, or adds the columns that an older version of ours did not have. Nothing when it is complete.
 *
 * @param columns those that are there; none when there is no journal, and not known while an initial schema is being loaded
 */
export function ensureJournalSql(name: LedgerName, columns: readonly string[] | undefined): string[] {
  const table = journalTable(name);
  const all = Object.entries(DEFINITIONS);
  const create = `CREATE TABLE IF NOT EXISTS ${table} (${all.map((column) => column.join(' ')).join(', ')})`;
  const add = (column: readonly [string, string]) =>
    `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${column.join(' ')}`;
  if (!columns) return [create, ...all.filter(([column]) => LATER.includes(column)).map(add)];
  if (columns.length === 0) return [create];
  return all.filter(([column]) => !columns.includes(column)).map(add);
}

/** Which process of the server runs the attempt: a process id alone may be given to another one later. */
const OWN_BACKEND = `(SELECT pg_catalog.jsonb_build_object('pid', a.pid, 'start', a.backend_start)
  FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid())`;

/**
 * Records an attempt that is about to begin, or one that is over (`force`, `baseline`, `adopt`).
 *
 * @param isDetached whether it runs on in the server: then it is on record where
 * @param onlyIf a condition, without which nothing is recorded, or an error raised
 */
export function insertAttemptSql(
  name: LedgerName,
  start: AttemptStart,
  runner: Runner,
  status: AttemptStatus,
  isDetached = false,
  onlyIf?: string,
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
    ...(start.session && { session: JSON.stringify(start.session) }),
    ...(start.begun && { begun: JSON.stringify(start.begun) }),
  };
  const names = [
    ...Object.keys(columns),
    'transaction',
    'statements',
    'done',
    ...(isDetached ? ['backend'] : []),
    ...(status === 'running' ? [] : ['finished_at']),
  ];
  const values = [
    ...Object.values(columns).map(quoteLiteral),
    String(start.transaction),
    String(start.statements),
    String(start.done),
    ...(isDetached ? [OWN_BACKEND] : []),
    ...(status === 'running' ? [] : [NOW]),
  ];
  const row = onlyIf ? `SELECT ${values.join(', ')} WHERE ${onlyIf}` : `VALUES (${values.join(', ')})`;
  return `INSERT INTO ${journalTable(name)} (${names.join(', ')}) ${row}`;
}

/** Completes an attempt's row; a failure says besides how far it came, by {@link doneChecksum}. */
export function finishAttemptSql(
  name: LedgerName,
  id: string,
  status: Exclude<AttemptStatus, 'running'>,
  done: number,
  failure?: { readonly error: ErrorReport; readonly checksum: string; readonly uncertain?: boolean },
): string {
  const { error, checksum, uncertain = false } = failure ?? {};
  const place = error?.location ? `${error.location.line}:${error.location.column}: ` : '';
  const text = error
    ? quoteLiteral(`${place}${error.message}${error.sqlstate ? ` (SQLSTATE ${error.sqlstate})` : ''}`)
    : 'NULL';
  const reached = checksum === undefined ? '' : ` done_checksum = ${quoteLiteral(checksum)},`;
  // Where a statement is done that was not on record as done, it is not the one that is at work any more.
  const begun = `begun = CASE WHEN done < ${done} THEN NULL ELSE begun END`;
  return `UPDATE ${journalTable(name)} SET status = '${status}', done = ${done}, ${begun},${reached} uncertain = ${uncertain}, error = ${text}, finished_at = ${NOW}
    WHERE id = ${quoteLiteral(id)}`;
}

/**
 * Completes the row of an attempt that went well, in its own transaction, which fails where there is no such row: what was not announced
 * must not be kept.
 */
export function finishAppliedSql(name: LedgerName, id: string, done: number): string {
  const update = finishAttemptSql(name, id, 'applied', done);
  return `WITH finished AS (${update} RETURNING id) SELECT 1 / pg_catalog.count(*) FROM finished`;
}

/**
 * Under the lock nobody else can be at work: what is still called running was killed. Its transaction is gone, or
 * it was committed together with its row here, and then it is not called running.
 */
export function closeInterruptedSql(name: LedgerName): string {
  return `UPDATE ${journalTable(name)} SET status = 'interrupted', finished_at = ${NOW} WHERE status = 'running'`;
}

/**
 * The newest attempt at each version, if it runs without a transaction and did not come to its end, and everything that is called
 * running. As JSON, so that a journal of an older version of ours can be read as well. One pass over the journal.
 */
export function unsettledSql(name: LedgerName): string {
  return `SELECT pg_catalog.to_jsonb(j) AS row FROM (
      SELECT *, pg_catalog.row_number() OVER (PARTITION BY version ORDER BY started_at DESC) AS place
      FROM ${journalTable(name)}) j
    WHERE status = 'running' OR (place = 1 AND NOT transaction AND status <> 'applied')`;
}

/**
 * The newest rows first, without what only `resume` reads, or those that come after a place. Parameters: how many; a beginning and an id,
 * or null for both.
 */
export function historySql(name: LedgerName): string {
  return `SELECT pg_catalog.to_jsonb(j) - 'session' - 'begun' - 'failure' AS row FROM ${journalTable(name)} j
    WHERE $2::timestamp IS NULL OR started_at < $2::timestamp OR (started_at = $2::timestamp AND id > $3::uuid)
    ORDER BY started_at DESC, id LIMIT $1`;
}

/** Of one run, oldest first. Parameter: its id. */
export function runRowsSql(name: LedgerName): string {
  return `SELECT pg_catalog.to_jsonb(j) - 'session' - 'begun' - 'failure' AS row FROM ${journalTable(name)} j WHERE run_id = $1 ORDER BY started_at, id`;
}

/** What was attempted after a moment, oldest first. Parameter: the moment, UTC, without a zone. */
export function attemptsSinceSql(name: LedgerName): string {
  return `SELECT pg_catalog.to_jsonb(j) - 'session' - 'begun' AS row FROM ${journalTable(name)} j
    WHERE started_at > $1::pg_catalog.timestamp ORDER BY started_at, id`;
}

/** What is called running, newest first, with the age of its row in milliseconds. */
export function runningSql(name: LedgerName): string {
  return `SELECT pg_catalog.to_jsonb(j) - 'session' - 'begun' - 'failure' AS row,
      (extract(epoch FROM ${NOW} - started_at) * 1000)::float8 AS age
    FROM ${journalTable(name)} j WHERE status = 'running' ORDER BY started_at DESC LIMIT 1`;
}

/** Gives columns the names of {@link JournalRow}, and drops the nulls that Postgres gives for what is absent. */
export function parseJournalRow({ row }: Record<string, unknown>): JournalRow {
  return Object.fromEntries(
    Object.entries(row as Record<string, unknown>).flatMap(([column, value]) =>
      value === null || column === 'place' || column === 'id'
        ? []
        : [[column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]],
    ),
  ) as unknown as JournalRow;
}
