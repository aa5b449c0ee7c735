import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of its own for one test, on the server of the run. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Runs SQL on a plain connection and returns the rows of the last statement. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  connect(): Promise<pg.Client>;
  drop(): Promise<void>;
}

/** A name that no other test has. */
export function randomDatabaseName(suffix = '_test'): string {
  return `t_${randomBytes(6).toString('hex')}${suffix}`;
}

/**
 * Creates a database with a random name, so that tests are independent of order and of each other.
 * `name` is for one after another of the same name, for what remembers where its database is.
 */
export async function createTestDatabase(
  options: { name?: string; template?: string; suffix?: string; encoding?: string } = {},
): Promise<TestDatabase> {
  const { name = randomDatabaseName(options.suffix) } = options;
  const { encoding } = options;
  const encoded = encoding ? ` ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0` : '';
  const template = options.template ? ` TEMPLATE "${options.template}"` : encoded;
  await onServer(`CREATE DATABASE "${name}"${template} ${inject('howToCopy')}`);
  const url = urlOf(name);
  const opened: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    opened.push(client);
    return client;
  };
  let shared: pg.Client | undefined;
  return {
    name,
    url,
    connect,
    query: async (sql, values) => {
      shared ??= await connect();
      const result = await settledQuery(shared, sql, values);
      const last = Array.isArray(result) ? result.at(-1) : result;
      return last.rows;
    },
    drop: async () => {
      await Promise.all(opened.map((client) => client.end().catch(() => {})));
      await onServer(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    },
  };
}

/**
 * A query whose failure is told when the server is done with it: `pg` tells an error as it comes, and only after that is the transaction
 * rolled back. Until then other sessions see its locks, and a build of an index at work.
 */
export async function settledQuery(client: pg.Client, sql: string, values?: unknown[]) {
  try {
    return await client.query(sql, values);
  } catch (error) {
    await client.query('').catch(() => {});
    throw error;
  }
}

/** The connection string of a database on the server of the run. */
export function urlOf(database: string): string {
  const url = new URL(inject('serverUrl'));
  url.pathname = `/${database}`;
  return url.toString();
}

let maintenance: Promise<pg.Client> | undefined;
let before: Promise<unknown> = Promise.resolve();

/**
 * Runs SQL on the server's maintenance database, one after the other on one connection for all of a worker's databases, which does not
 * keep the worker from ending.
 */
export async function onServer(sql: string): Promise<void> {
  maintenance ??= openMaintenance();
  const client = await maintenance;
  const work = before.then(() => client.query(sql));
  before = work.catch(() => {});
  await work;
}

async function openMaintenance(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: inject('serverUrl') });
  client.on('error', () => {
    maintenance = undefined;
  });
  try {
    await client.connect();
  } catch (error) {
    maintenance = undefined;
    throw error;
  }
  (client as unknown as { unref(): void }).unref(); // not among its types
  return client;
}

const once = new Map<string, Promise<string>>();

/**
 * A database that all workers of a run share, made by the first one that asks for it. It goes when the run ends.
 *
 * @param template the database to copy, if it does not begin empty
 * @param prepare fills it; nobody is told its name before that is done
 * @returns its name
 */
export function createOnce(
  what: string,
  template: string | undefined,
  prepare: (name: string) => Promise<void>,
): Promise<string> {
  const known = once.get(what);
  if (known) return known;
  const making = makeOnce(`${inject('runName')}_${what}`, template, prepare);
  once.set(what, making);
  // Who asks after that tries again.
  making.catch(() => once.delete(what));
  return making;
}

async function makeOnce(
  name: string,
  template: string | undefined,
  prepare: (name: string) => Promise<void>,
): Promise<string> {
  const client = new pg.Client({ connectionString: inject('serverUrl') });
  client.on('error', () => {});
  await client.connect();
  try {
    // Another worker that builds it has the lock until it is there.
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount) return name;
    const made = await createTestDatabase({ suffix: '_unfinished_test', ...(template && { template }) });
    try {
      await prepare(made.name);
      await client.query(`ALTER DATABASE "${made.name}" RENAME TO "${name}"`);
    } catch (error) {
      await made.drop();
      throw error;
    }
    return name;
  } finally {
    await client.end();
  }
}

/** Runs SQL on a connection of its own, and returns the rows. */
export async function queryOnce(connectionString: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
