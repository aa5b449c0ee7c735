import type { LedgerName } from '../advisory-lock.ts';
import type { Connection, QueryResult } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import { isPostgresError } from '../postgres-error.ts';
import type { DatabaseSettings } from '../settings/settings.ts';
import { type JournalRow, journalTable, parseJournalRow, unsettledSql } from './journal.ts';
import { type Ledger, ledgerTable, parseLedger, readLedgerSql } from './ledger.ts';
import type { DatabaseReport } from './report.ts';
import { serverDetails } from './statement-error.ts';

/** What is known of the database before anything is decided. */
export interface Survey {
  readonly database: DatabaseReport;
  readonly ledger: Ledger;
  readonly hasJournal: boolean;
  /** Attempts of the journal that were not completed, and the newest at each version without a transaction. */
  readonly unsettled: readonly JournalRow[];
  /** True while there is no table, view or sequence but ours: an initial schema may be loaded. */
  readonly isEmpty: boolean;
  readonly isReplica: boolean;
  /** Versions that Flyway calls applied; not looked for once our own ledger has rows. */
  readonly flyway: readonly string[];
}

/** Older servers lack features that we rely on. */
const OLDEST_SERVER = 13;

/**
 * Reads all that a plan needs, in one network flight and without a lock.
 *
 * @throws RegistryJobsError `connect-pooler`, `server-too-old`
 */
export async function survey(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
): Promise<Survey> {
  const sql = readLedgerSql(name);
  const [server, shape, rows, unsettled] = await Promise.all([
    connection.send(serverSql(name)),
    connection.send(sql.shape),
    connection.send(sql.rows).catch(noRowsIfMissing).catch(explainDenied(settings)),
    connection.send(unsettledSql(name)).catch(noRowsIfMissing).catch(explainDenied(settings)),
  ]);
  const found = server.rows[0] as unknown as ServerRow;
  assertUsable(found, connection);
  const { host, port, database } = settings;
  const flyway = found.flyway && rows.rows.length === 0 ? await connection.send(FLYWAY_VERSIONS) : undefined;
  return {
    flyway: (flyway?.rows ?? []).map(({ version }) => String(version)),
    isReplica: found.replica,
    isEmpty: found.empty,
    hasJournal: found.journal,
    database: {
      host,
      port,
      name: database,
      user: found.user,
      serverVersion: found.version.split(' ')[0] ?? '',
    },
    ledger: parseLedger(
      shape.rows as unknown as { name: string; type: string }[],
      rows.rows.map(({ row }) => row as Record<string, unknown>),
    ),
    unsettled: unsettled.rows.map(parseJournalRow),
  };
}

interface ServerRow {
  readonly pid: number;
  readonly user: string;
  readonly version: string;
  readonly replica: boolean;
  readonly journal: boolean;
  readonly empty: boolean;
  readonly flyway: boolean;
}

/** Its history has a row for everything that was ever done: the last one of a version says whether it is applied. */
const FLYWAY_VERSIONS = `SELECT version FROM (
    SELECT DISTINCT ON (version) version, type, installed_rank FROM flyway_schema_history
    WHERE success AND version IS NOT NULL ORDER BY version, installed_rank DESC) newest
  WHERE type !~ '^(UNDO|DELETE)' ORDER BY installed_rank`;

/** What an extension brings along does not make a database non-empty. */
function serverSql(name: LedgerName): string {
  const ours = [ledgerTable(name), journalTable(name)].map(
    (table) => `pg_catalog.to_regclass(${quoteLiteral(table)})`,
  );
  return `SELECT pg_catalog.pg_backend_pid() AS pid, current_user AS "user",
    pg_catalog.current_setting('server_version') AS version, pg_catalog.pg_is_in_recovery() AS replica,
    ${ours[1]} IS NOT NULL AS journal, pg_catalog.to_regclass('flyway_schema_history') IS NOT NULL AS flyway,
    NOT EXISTS (
      SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND c.oid <> ALL (ARRAY[${ours.join(', ')}]::oid[] || 0::oid) IS NOT FALSE
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')) AS empty`;
}

function assertUsable({ pid, version }: ServerRow, connection: Connection): void {
  if (pid !== connection.announcedPid) {
    throw new RegistryJobsError('connect-pooler', 'A connection pooler stands between us and the database.', {
      hint: 'Connect to the database itself: a pooler moves sessions between servers, and locks with them.',
    });
  }
  if (Number.parseInt(version, 10) >= OLDEST_SERVER) return;
  throw new RegistryJobsError(
    'server-too-old',
    `The server is Postgres ${version}; we need ${OLDEST_SERVER} or newer.`,
    {
      hint: 'Upgrade the server.',
    },
  );
}

/** Before the first run there is neither ledger nor journal. */
export function noRowsIfMissing(error: unknown): QueryResult {
  const UNDEFINED_TABLE = '42P01';
  const UNDEFINED_SCHEMA = '3F000';
  if (isPostgresError(error) && [UNDEFINED_TABLE, UNDEFINED_SCHEMA].includes(error.code)) {
    return { command: 'SELECT', rows: [] };
  }
  throw error;
}

function explainDenied({ user }: DatabaseSettings): (error: unknown) => never {
  return (error) => {
    if (!isPostgresError(error) || error.code !== '42501') throw error;
    throw new RegistryJobsError(
      'ledger-denied',
      `The ledger cannot be read: ${error.message}`,
      serverDetails(error, quoteIdentifier(user)),
    );
  };
}
