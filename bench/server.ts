import pg from 'pg';
import { startEmbeddedPostgres } from '../lib/local/embedded-postgres.ts';
import { effectsSql, expectedEffects } from './generate.ts';
import type { Peer, Target } from './peers/peer.ts';

/** The Postgres that everything is measured on. */
export interface BenchServer extends Omit<Target, 'database'> {
  readonly version: string;
  /** Runs `work` with a new, empty database, and drops it. */
  withDatabase<T>(work: (database: string) => Promise<T>): Promise<T>;
  query(database: string, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** fsync is off: it would add the same time, that of this machine's disk, to every COMMIT of every tool. */
export const SERVER_SETTINGS = { fsync: 'off' };

/** @param settings of the server */
export async function startServer(
  settings: Readonly<Record<string, string>> = SERVER_SETTINGS,
): Promise<BenchServer> {
  const server = await startEmbeddedPostgres({ settings });
  const query = async (database: string, sql: string, values: unknown[] = []) => {
    const client = new pg.Client({ connectionString: server.connectionString(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql, values)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  let databases = 0;
  const { host, port, user, password } = server;
  try {
    const [row] = await query('postgres', 'SHOW server_version');
    return {
      ...{ host, port, user, password, query },
      version: String(row?.server_version),
      withDatabase: async (work) => {
        const database = `bench_${++databases}`;
        await server.createDatabase(database);
        try {
          return await work(database);
        } finally {
          await query('postgres', `DROP DATABASE ${database} WITH (FORCE)`).catch(() => {});
        }
      },
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Makes sure that a tool did what it is measured for: every migration recorded, each by a transaction of its own, and
 * everything there that they make.
 */
export async function verify(
  server: BenchServer,
  database: string,
  peer: Peer,
  migrations: number,
): Promise<void> {
  const [ledger] = await server.query(
    database,
    `SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS transactions FROM ${peer.ledger}`,
  );
  const [effects] = await server.query(database, effectsSql(migrations));
  const found = JSON.stringify({ ...ledger, effects });
  const { tables, views, rows } = expectedEffects(migrations);
  const expected = JSON.stringify({
    rows: migrations,
    transactions: migrations,
    effects: { tables, views, rows },
  });
  if (found !== expected)
    throw new Error(`${peer.name} did not do the work: ${found} instead of ${expected}.`);
}
