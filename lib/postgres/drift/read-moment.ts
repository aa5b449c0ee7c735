import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Snapshot } from '../../plan/snapshot.ts';
import type { DatabaseReport } from '../../reports/database.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { count, listedWithVerb } from '../../text/format.ts';
import { exactPlaceOf } from '../../text/place.ts';
import { BLOCKER_COLUMNS, describeBlockers, parseBlockers } from '../catalog/blockers.ts';
import {
  INTERNAL_ERROR,
  isMissingRelation,
  LOCK_NOT_AVAILABLE,
  QUERY_CANCELED,
} from '../explain/sqlstates.ts';
import { quoteLiteral } from '../identifiers.ts';
import { type Ledger, ledgerTable, parseLedger, readLedgerSql } from '../ledger/ledger.ts';
import type { Connection } from '../session/connection.ts';
import { ledgerTables } from '../snapshot/left-out.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';

/** What a database says of itself at one moment. */
export interface Moment {
  /** What the ledger says; undefined where there is none. */
  readonly applied: Ledger | undefined;
  readonly snapshot: Snapshot;
  /** Who ran the files: the owner of the ledger, or else who asks. */
  readonly role: string;
  /** Where names without a schema are looked for, as a session begins. */
  readonly searchPath: string;
  /** All roles of the server but its own. */
  readonly roles: readonly string[];
}

/**
 * Reads the ledger and the catalog of a database as of one moment: in one transaction that reads only. It needs no right but to connect and
 * to read the ledger, waits 2 seconds for a lock at the most, and holds those that it takes no longer than it looks.
 *
 * @param timeoutMs how long the server may take for it, in milliseconds
 * @throws RegistryJobsError `catalog-locked`, `catalog-slow`, `catalog-changing`; the server's own error where the ledger is refused
 */
export async function readMoment(
  connection: Connection,
  database: DatabaseReport,
  ledger: LedgerName,
  timeoutMs: number,
): Promise<Moment> {
  for (let left = MOST_LOOKS; ; left--) {
    try {
      return await look(connection, ledger, timeoutMs);
    } catch (error) {
      if (left > 1 && isOfAMoment(error)) continue;
      throw await explain(connection, error, database, timeoutMs);
    } finally {
      await connection.send('ROLLBACK').catch(() => {});
    }
  }
}

/** So often it is looked again where something has gone between two looks of the server itself. */
const MOST_LOOKS = 20;

/** The server writes out a definition from the catalog of that moment, not from that of the transaction: what is gone by then is an error. */
function isOfAMoment(error: unknown): boolean {
  return isPostgresError(error) && (error.code === INTERNAL_ERROR || isMissingRelation(error.code));
}

async function look(connection: Connection, ledger: LedgerName, timeoutMs: number): Promise<Moment> {
  await connection.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await connection.send(whoSql(ledger));
  const [who] = rows;
  // Not as it was before: what is applied and what is there must be of one moment.
  const applied = who?.exists === true ? await readRows(connection, ledger) : undefined;
  const snapshot = await readSnapshot(connection, {
    inTransaction: true,
    leaveOut: ledgerTables(ledger),
    statementTimeoutMs: timeoutMs,
  });
  return {
    applied,
    snapshot,
    role: String(who?.owner ?? who?.user),
    searchPath: String(who?.path),
    roles: (who?.roles ?? []) as string[],
  };
}

async function readRows(connection: Connection, ledger: LedgerName) {
  const sql = readLedgerSql(ledger);
  const [shape, rows] = [await connection.send(sql.shape), await connection.send(sql.rows)];
  return parseLedger(
    shape.rows,
    rows.rows.map(({ row }) => row as Record<string, unknown>),
  );
}

function whoSql(ledger: LedgerName): string {
  const table = `pg_catalog.to_regclass(${quoteLiteral(ledgerTable(ledger))})`;
  return `SELECT ${table} IS NOT NULL AS exists, current_user::text AS user,
    (SELECT pg_catalog.pg_get_userbyid(c.relowner)::text FROM pg_catalog.pg_class c WHERE c.oid = ${table}) AS owner,
    pg_catalog.current_setting('search_path') AS path,
    ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1) AS roles`;
}

/** The tables that somebody keeps even readers from. */
const LOCKED = `SELECT ${BLOCKER_COLUMNS}, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
    JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND a.pid <> pg_catalog.pg_backend_pid()
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND l.database = (
      SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  ORDER BY a.pid, name`;

async function explain(
  connection: Connection,
  error: unknown,
  database: DatabaseReport,
  timeoutMs: number,
): Promise<unknown> {
  if (!isPostgresError(error)) return error;
  const place = exactPlaceOf(database);
  const details = { sqlstate: error.code, cause: error };
  if (error.code === LOCK_NOT_AVAILABLE) {
    await connection.send('ROLLBACK').catch(() => {});
    const { rows } = await connection.send(LOCKED);
    const pids = new Map(rows.map((row) => [row.pid, row]));
    const names = [...new Set(rows.map(({ name }) => String(name)))];
    const by = describeBlockers(parseBlockers([...pids.values()]));
    return new RegistryJobsError(
      'catalog-locked',
      names.length > 0
        ? `The catalog of ${place} cannot be read: ${listedWithVerb(names)} locked by ${by}.`
        : `The catalog of ${place} cannot be read: somebody had locked a table of it.`,
      {
        hint: 'It was waited for 2 s, and nobody had to wait for us. Try again when that has ended.',
        ...details,
      },
    );
  }
  if (error.code === QUERY_CANCELED)
    return new RegistryJobsError(
      'catalog-slow',
      `The catalog of ${place} was not read within ${count(Math.round(timeoutMs / 1_000), 'second')}.`,
      { hint: 'Nothing was changed. Try again when the server has less to do.', ...details },
    );
  if (!isOfAMoment(error)) return error;
  return new RegistryJobsError(
    'catalog-changing',
    `The catalog of ${place} changes faster than it can be read: ${error.message}`,
    {
      hint: 'Nothing was changed. Try again when fewer tables and views are made and dropped there.',
      ...details,
    },
  );
}
