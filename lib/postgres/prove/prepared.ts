import { isPostgresError } from '../../errors/postgres-error.ts';
import { INVALID_STATEMENT_NAME } from '../explain/sqlstates.ts';
import type { Connection, QueryResult } from '../session/connection.ts';

/** The names of what is prepared in a session. */
const prepared = new WeakMap<Connection, Map<string, string>>();

// A session that has lost some of them may still have others: no name is used twice.
let names = 0;

/**
 * Prepares a query, once a session: to plan it takes longer than to run it. Sent at once, so that what is sent next may run it; where that
 * fails, there is none of its name.
 *
 * @param key by which it is known again
 * @param sql what comes after its name
 * @returns the name to EXECUTE
 */
export function prepareOnce(connection: Connection, key: string, sql: () => string): string {
  const known = prepared.get(connection) ?? new Map<string, string>();
  prepared.set(connection, known);
  const there = known.get(key);
  if (there !== undefined) return there;
  const name = `registry_jobs_prove_${++names}`;
  known.set(key, name);
  connection.send(`PREPARE ${name} ${sql()}`).catch(() => known.delete(key));
  return name;
}

/** A file may have taken from the session what was prepared in it. */
export function forgetPrepared(connection: Connection): void {
  prepared.delete(connection);
}

/** Sends a query that is asked after each file. Outside of a transaction, which would fail with the query where that is no longer prepared. */
export async function sendPrepared(connection: Connection, sql: string): Promise<QueryResult> {
  const name = prepareOnce(connection, sql, () => `AS ${sql}`);
  try {
    return await connection.send(`EXECUTE ${name}`);
  } catch (error) {
    if (!isPostgresError(error) || error.code !== INVALID_STATEMENT_NAME) throw error;
    forgetPrepared(connection);
    return connection.send(sql);
  }
}
