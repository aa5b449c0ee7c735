import { isPostgresError } from '../../errors/postgres-error.ts';
import { INVALID_STATEMENT_NAME } from '../explain/sqlstates.ts';
import type { Connection, QueryResult } from '../session/connection.ts';

/** The names of what is prepared in a session, by its text. */
const prepared = new WeakMap<Connection, Map<string, string>>();

// A session that has lost some of them may still have others: no name is used twice.
let names = 0;

/**
 * Sends a query that is asked after each file: to plan it takes longer than to run it. Outside of a transaction, which would have failed where
 * a file has taken from the session what was prepared in it.
 */
export async function sendPrepared(connection: Connection, sql: string): Promise<QueryResult> {
  const known = prepared.get(connection) ?? new Map<string, string>();
  prepared.set(connection, known);
  let name = known.get(sql);
  if (name === undefined) {
    name = `registry_jobs_asked_${++names}`;
    await connection.send(`PREPARE ${name} AS ${sql}`);
    known.set(sql, name);
  }
  try {
    return await connection.send(`EXECUTE ${name}`);
  } catch (error) {
    if (!isPostgresError(error) || error.code !== INVALID_STATEMENT_NAME) throw error;
    known.delete(sql);
    return connection.send(sql);
  }
}
