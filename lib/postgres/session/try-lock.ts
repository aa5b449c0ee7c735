import type { Connection } from './connection.ts';

/**
 * Takes a lock only on the very session that was announced to us: behind a pooler it would stay with a session that is not ours, and
 * keep every other run out until the pooler closes it.
 */
export async function tryLock(connection: Connection, key: bigint): Promise<boolean> {
  const sql = `SELECT CASE WHEN pg_catalog.pg_backend_pid() = $2::int
    THEN pg_catalog.pg_try_advisory_lock($1::bigint) ELSE false END AS locked`;
  const { rows } = await connection.send(sql, { values: [key, connection.announcedPid] });
  return rows[0]?.locked === true;
}
