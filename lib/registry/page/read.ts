import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { withoutDead } from '../../plan/running.ts';
import { INSUFFICIENT_PRIVILEGE } from '../../postgres/explain/sqlstates.ts';
import { quoteLiteral } from '../../postgres/identifiers.ts';
import { heldByAnother, isAtWork } from '../../postgres/ledger/at-work.ts';
import { historySql, journalTable, parseJournalRow } from '../../postgres/ledger/journal.ts';
import { migrationLockKey } from '../../postgres/session/advisory-lock.ts';
import { type Connection, withConnection } from '../../postgres/session/connection.ts';
import { quickly } from '../../postgres/session/session-options.ts';
import type { PostgresSettings } from '../../settings/settings.ts';
import { assembleHistory, type HistoryRows } from './history.ts';
import type { DepositRow, Report, StatisticRun } from './report.ts';

/** Each statistic, and its column that says when it last changed. The months of history are read from its rows. */
const CHANGED_AT = {
  current_deposit_stats: 'end_date',
  premis_event_counts: 'updated_at',
  intellectual_object_counts: 'updated_at',
  generic_file_counts: 'updated_at',
  work_item_counts: 'updated_at',
} as const;
const HISTORY = 'historical_deposit_stats';
/** When each was last refreshed. */
const PUBLICATIONS = 'statistics_publications';

/** How many attempts at migrations are shown. */
const SHOWN_ATTEMPTS = 20;
const TIMEOUT_MS = 60_000;

type Rows = readonly Record<string, unknown>[];

/**
 * Reads what the page shows: one connection, one snapshot. What does not exist yet, or was never refreshed, counts as
 * empty. Writes nothing, and nobody waits for it.
 *
 * @throws RegistryJobsError `report-failed`, or when there is no connection
 */
export async function readReport(settings: PostgresSettings): Promise<Report> {
  const { environment, database } = settings;
  return withConnection(database, quickly('registry-jobs report'), async (connection) => {
    try {
      const found = await readAll(connection, settings);
      return {
        command: 'report',
        environment,
        database: database.database,
        createdAt: new Date().toISOString(),
        ...found,
      };
    } catch (error) {
      throw explain(error, database.user);
    }
  });
}

async function readAll(connection: Connection, { database, ledger }: PostgresSettings) {
  const lockKey = migrationLockKey(database.database, ledger);
  const journalName = journalTable(ledger);
  const readable = await readableRelations(connection, journalName);
  const rows = async (relation: string, sql: string, values?: readonly unknown[]): Promise<Rows> =>
    readable.has(relation) ? (await connection.send(sql, values && { values })).rows : [];
  const statistics = Object.entries(CHANGED_AT);
  const [locked, , , current, months, institutions, prices, cells, journal, refreshes, ...changes] =
    await Promise.all([
      connection.send(`SELECT ${heldByAnother(lockKey)} AS held`),
      connection.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
      connection.send(`SET LOCAL statement_timeout = ${TIMEOUT_MS}`),
      rows('current_deposit_stats', CURRENT),
      rows(HISTORY, MONTHS),
      rows(HISTORY, INSTITUTIONS),
      rows(HISTORY, PRICES),
      rows(HISTORY, CELLS),
      rows(journalName, historySql(ledger), [SHOWN_ATTEMPTS, null, null]),
      rows(PUBLICATIONS, REFRESHES),
      ...statistics.map(([name, column]) =>
        rows(name, `SELECT pg_catalog.to_json(max(${column})) AS at FROM ${name}`),
      ),
      connection.send('COMMIT'),
    ]);
  const attempts = journal.map(parseJournalRow);
  const isHeld = await isAtWork(connection, lockKey, locked.rows[0]?.held === true, attempts);
  const history = { months, institutions, prices, cells } as unknown as HistoryRows;
  return {
    current: current.map(depositRow),
    history: assembleHistory(history),
    statistics: statistics.map(([name], index): StatisticRun => {
      const refreshedAt = refreshes.find((row) => row.name === name)?.at;
      const changedAt = (changes[index] as Rows)[0]?.at;
      return {
        name,
        ...(typeof refreshedAt === 'string' && { refreshedAt: utc(refreshedAt) }),
        ...(typeof changedAt === 'string' && { changedAt: utc(changedAt) }),
      };
    }),
    migrations: withoutDead(attempts, isHeld).map(({ startedAt, finishedAt, ...row }) => ({
      ...row,
      startedAt: utc(startedAt),
      ...(finishedAt && { finishedAt: utc(finishedAt) }),
    })),
  };
}

/**
 * A materialized view that was never refreshed refuses to be read; a missing table does not stop the others, nor does one
 * that users of before were not granted.
 */
async function readableRelations(connection: Connection, journal: string): Promise<Set<unknown>> {
  const names = [...Object.keys(CHANGED_AT), HISTORY, PUBLICATIONS, journal].map(quoteLiteral);
  const { rows } =
    await connection.send(`SELECT name FROM pg_catalog.unnest(ARRAY[${names.join(', ')}]) AS name
    JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(name) AND c.relispopulated
    WHERE name <> ${quoteLiteral(PUBLICATIONS)} OR pg_catalog.has_table_privilege(c.oid, 'SELECT')`);
  return new Set(rows.map(({ name }) => name));
}

/** By way of JSON, because there are databases whose table has no such column. */
const REFRESHES = `SELECT name, pg_catalog.to_json(p) ->> 'refreshed_at' AS at FROM ${PUBLICATIONS} p`;

const CURRENT = `SELECT institution_id::text AS id, institution_name AS institution, storage_option AS option,
    file_count::float8 AS files, object_count::float8 AS objects, total_bytes::float8 AS bytes,
    monthly_cost::float8 AS cost
  FROM current_deposit_stats ORDER BY primary_sort, institution_id, secondary_sort`;

function depositRow(row: Record<string, unknown>): DepositRow {
  return {
    ...(row.id !== null && { institutionId: Number(row.id) }),
    institution: String(row.institution),
    ...(row.option !== 'Total' && { storageOption: String(row.option) }),
    files: Number(row.files),
    objects: Number(row.objects),
    bytes: Number(row.bytes),
    monthlyCost: Number(row.cost),
  };
}

const MONTH = `pg_catalog.to_char(end_date, 'YYYY-MM')`;

const MONTHS = `SELECT ${MONTH} AS month FROM ${HISTORY}
  WHERE institution_id IS NULL AND storage_option = 'Total' ORDER BY end_date`;

/** By the name of the newest month: it may have changed. */
const INSTITUTIONS = `SELECT id, name FROM (
    SELECT DISTINCT ON (institution_id) institution_id::text AS id, institution_name AS name FROM ${HISTORY}
    WHERE institution_id IS NOT NULL AND storage_option = 'Total' ORDER BY institution_id, end_date DESC) newest
  ORDER BY name, id::bigint`;

const PRICES = `SELECT storage_option AS option, ${MONTH} AS month, cost_gb_per_month::float8 AS price FROM ${HISTORY}
  WHERE institution_id IS NULL AND storage_option <> 'Total' ORDER BY storage_option, end_date`;

/** Totals are left out, since they follow from these; so does the cost, from the prices. */
const CELLS = `SELECT institution_id::text AS institution, storage_option AS option,
    json_agg(${MONTH} ORDER BY end_date) AS months, json_agg(file_count ORDER BY end_date) AS files,
    json_agg(total_bytes ORDER BY end_date) AS bytes
  FROM ${HISTORY} WHERE institution_id IS NOT NULL AND storage_option <> 'Total' AND file_count > 0
  GROUP BY institution_id, storage_option ORDER BY institution_id, storage_option`;

/** Timestamps without a zone are UTC here; a reader elsewhere must be told. */
function utc(timestamp: string): string {
  return `${timestamp}Z`;
}

function explain(error: unknown, user: string): unknown {
  if (!isPostgresError(error)) return error;
  return new RegistryJobsError('report-failed', `The report could not be read: ${error.message}`, {
    sqlstate: error.code,
    cause: error,
    hint:
      error.code === INSUFFICIENT_PRIVILEGE
        ? `As the owner of the tables: SELECT grant_statistics_to('${user}'), which lets this user read the report.`
        : 'Apply the migrations (registry-jobs up), and try again.',
  });
}
