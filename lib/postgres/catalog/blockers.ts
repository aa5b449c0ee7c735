import type { Blocker } from '../../engine/events.ts';
import { maskSecrets } from '../../secrets/mask-secrets.ts';
import { quoteLiteral } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';

/** Of `pg_stat_activity a`, for {@link parseBlockers}. */
export const BLOCKER_COLUMNS = `a.pid, coalesce(a.usename, '?') AS user, coalesce(a.application_name, '') AS application,
  extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start))::int AS age,
  CASE WHEN a.xact_start IS NULL THEN 'session' ELSE 'transaction' END AS age_of,
  coalesce(left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80), '') AS query`;

/** Who holds an advisory lock. Parameter: its key. */
export const BLOCKERS_OF_KEY = `SELECT ${BLOCKER_COLUMNS}
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND (l.classid::bigint << 32 | l.objid::bigint) = $1::bigint`;

/**
 * Whom a session waits for, asked by another session while it waits. A prepared transaction has no process: it is named by what it was
 * prepared as, and found by the lock that it has on itself. A CONCURRENTLY form may wait for the very session that asks. Parameter: the process id of the session.
 */
export const BLOCKERS_OF_PID = `SELECT ${BLOCKER_COLUMNS}, NULL AS prepared
  FROM pg_catalog.pg_stat_activity a
  WHERE a.pid = ANY (pg_catalog.pg_blocking_pids($1)) AND a.pid <> pg_catalog.pg_backend_pid()
  UNION ALL SELECT 0, p.owner, '', extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::int, 'transaction', '', p.gid
  FROM pg_catalog.pg_prepared_xacts p
  WHERE 0 = ANY (pg_catalog.pg_blocking_pids($1)) AND p.database = pg_catalog.current_database() AND EXISTS (
    SELECT FROM pg_catalog.pg_locks held JOIN pg_catalog.pg_locks wanted ON wanted.pid = $1 AND NOT wanted.granted
      AND wanted.locktype = held.locktype AND wanted.relation IS NOT DISTINCT FROM held.relation
      AND wanted.transactionid IS NOT DISTINCT FROM held.transactionid
    WHERE held.granted AND held.pid IS NULL AND held.virtualtransaction = (
      SELECT own.virtualtransaction FROM pg_catalog.pg_locks own
      WHERE own.locktype = 'transactionid' AND own.transactionid = p.transaction AND own.granted LIMIT 1))`;

/** Parameter: the process id of the session. One function, so a session that has just begun answers it at once. */
const WAITS = 'SELECT pg_catalog.cardinality(pg_catalog.pg_blocking_pids($1)) > 0 AS waits';

/**
 * Whom a session waits for, none where it waits for nobody. Who that is takes a new session some milliseconds to find out, so it is asked
 * only then: most statements that take long are at work.
 *
 * @param pid the process id of the session, as it was announced
 */
export async function readBlockers(
  connection: Pick<Connection, 'send'>,
  pid: number | null,
): Promise<Blocker[]> {
  const { rows } = await connection.send(WAITS, { values: [pid] });
  if (rows[0]?.waits !== true) return [];
  return parseBlockers((await connection.send(BLOCKERS_OF_PID, { values: [pid] })).rows);
}

/** Who holds a lock on tables that keeps even readers out. Parameter: their names, quoted. */
export const HOLDERS_OF_TABLES = `SELECT DISTINCT ${BLOCKER_COLUMNS}
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
  WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.database = (
      SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND l.relation = ANY (SELECT pg_catalog.to_regclass(name) FROM pg_catalog.unnest($1::text[]) AS name)`;

/** Reads the rows of either query. The statements are of other people, and may hold their passwords. */
export function parseBlockers(rows: readonly Record<string, unknown>[]): Blocker[] {
  return rows.map((row) => ({
    pid: Number(row.pid),
    user: String(row.user),
    application: String(row.application),
    ...(typeof row.age === 'number' && {
      ageSeconds: row.age,
      ageOf: row.age_of === 'session' ? 'session' : 'transaction',
    }),
    query: maskSecrets(String(row.query)),
    ...(typeof row.prepared === 'string' && { prepared: row.prepared }),
  }));
}

/**
 * `pid 4711 (deploy, registry-jobs up), whose transaction has been open for 12 s: select 1`. A bare figure would be read as how long we
 * have been waiting.
 */
export function describeBlockers(blockers: readonly Blocker[]): string {
  return blockers.map(describeBlocker).join('; ') || 'it has just let go';
}

function describeBlocker({ pid, user, application, ageSeconds, ageOf, query, prepared }: Blocker): string {
  const age = ageSeconds === undefined ? '' : `open for ${ageSeconds} s`;
  if (prepared !== undefined) {
    const name = quoteLiteral(prepared);
    return `the prepared transaction ${name} (${user}), ${age}; end it with: ROLLBACK PREPARED ${name}`;
  }
  const who = `pid ${pid} (${user}${application && `, ${application}`})`;
  return `${who}${age && `, whose ${ageOf} has been ${age}`}${query && `: ${query}`}`;
}
