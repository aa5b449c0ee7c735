import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A database of its own for the harness. Unlike the tests' own, it needs no vitest, so the benchmark has it too. */
export interface ChaosDatabase {
  readonly name: string;
  readonly url: string;
  readonly query: Query;
  connect(): Promise<pg.Client>;
  /** Empties it. Cheaper than another database. */
  reset(): Promise<void>;
  /** Waits until no runner has a session any more: a killed one leaves one behind for a moment. */
  settle(): Promise<void>;
  /** Waits until no runner's session is inside a transaction, where it may keep locks of the application's tables. */
  untilUnlocked(withinMs: number): Promise<void>;
}

export type Query = (
  sql: string | { readonly name: string; readonly text: string },
  values?: unknown[],
) => Promise<Record<string, unknown>[]>;

/** Creates a database on the server, runs `work` with it, and drops it. */
export async function withChaosDatabase<T>(
  serverUrl: string,
  work: (database: ChaosDatabase) => Promise<T>,
): Promise<T> {
  const name = `chaos_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = await open(url.toString());
    clients.push(client);
    return client;
  };
  let shared: pg.Client | undefined;
  const query: Query = async (sql, values) => {
    if (!shared) {
      shared = await connect();
      // After a crash of the server the next question needs another session.
      shared.once('end', () => {
        shared = undefined;
      });
    }
    const result = await shared.query(sql, values);
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  };
  try {
    return await work({
      name,
      url: url.toString(),
      query,
      connect,
      reset: async () => {
        await query('DROP SCHEMA IF EXISTS public, side CASCADE; CREATE SCHEMA public');
      },
      settle: () => untilGone(query, 'true', 10_000),
      untilUnlocked: (withinMs) => untilGone(query, `state <> 'idle'`, withinMs),
    });
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    await onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

async function untilGone(query: Query, which: string, withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    const others = await query(`SELECT pid, state, left(query, 60) AS query FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'registry-jobs%' AND ${which}`);
    if (others.length === 0) return;
    if (Date.now() > until) {
      throw new Error(`After ${withinMs} ms runners' sessions are still there: ${JSON.stringify(others)}`);
    }
    await sleep(5);
  }
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = await open(serverUrl);
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Waits until a server that crashed has recovered. */
export async function untilServerAnswers(url: string, withinMs = 20_000): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      await onServer(url, 'SELECT 1');
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(20);
    }
  }
}
