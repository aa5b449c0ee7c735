import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import type { EmbeddedServer } from '../lib/local/server.ts';
import { seedSteps } from '../lib/registry/seed/seed.ts';

/** A seeded registry with both arms in it: the incremental statistics, and those of before under other names. */
export interface BenchRegistry {
  readonly files: number;
  connect(): Promise<pg.Client>;
  /** Runs SQL on a connection of its own, as every run of the job does: so plans are not reused. */
  query(sql: string): Promise<pg.QueryResult>;
  /** The same, and how many milliseconds it took. */
  time(sql: string): Promise<number>;
  /** The same in the one session that runs all such: what it looked up and planned before, it knows. */
  timeAgain(sql: string): Promise<number>;
  drop(): Promise<void>;
}

const folder = new URL('../migrations/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .sort();
const read = (part: string) =>
  readFileSync(new URL(names.find((name) => name.includes(part)) ?? part, folder), 'utf8');

/** The materialized views of before, from the very files that made them. */
const definitions = [read('current_deposit_stats'), read('count_statistics')]
  .join('\n')
  .match(/create materialized view[\s\S]*?with no data;|create unique index[\s\S]*?;/g) as readonly string[];
export const PEERS = [
  'current_deposit_stats',
  'premis_event_counts',
  'intellectual_object_counts',
  'generic_file_counts',
  'work_item_counts',
];
const peerSql = definitions
  .join('\n')
  .replace(new RegExp(`\\b(${PEERS.join('|')})`, 'g'), 'peer_$1')
  .replaceAll('with no data', '');

/** One month of history by a full scan: the query of current_deposit_stats, with one more condition. */
export function monthByScan(month: string): string {
  const body = /create materialized view if not exists peer_current_deposit_stats as\n([\s\S]*?);/.exec(
    peerSql,
  )?.[1];
  return `${body?.replace(`where state = 'A'`, `where state = 'A' and created_at < '${month}'`)}`;
}

export async function createRegistry(
  server: EmbeddedServer,
  name: string,
  { files, events }: { readonly files: number; readonly events: number | undefined },
  say: (text: string) => void,
): Promise<BenchRegistry> {
  await server.createDatabase(name);
  const connect = async () => {
    const client = new pg.Client({ connectionString: server.connectionString(name) });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const withClient = async <T>(work: (client: pg.Client) => Promise<T>) => {
    const client = await connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const timed = async (client: pg.Client, sql: string) => {
    const start = performance.now();
    await client.query(sql);
    return performance.now() - start;
  };
  say(`${files} files: writing them`);
  await withClient(async (client) => {
    for (const file of names) {
      await client.query('begin');
      await client.query(readFileSync(new URL(file, folder), 'utf8'));
      await client.query('commit');
    }
    for (const step of seedSteps(files)) await client.query(step.sql);
    if (events !== undefined) await addEvents(client, files, events, say);
    await client.query('vacuum analyze');
    await client.query('select rebuild_statistics()');
    await client.query('select populate_all_historical_deposit_stats()');
    await client.query(peerSql);
    await client.query('vacuum analyze');
  });
  const known = await connect();
  return {
    files,
    connect,
    query: (sql) => withClient((client) => client.query(sql)),
    time: (sql) => withClient((client) => timed(client, sql)),
    timeAgain: (sql) => timed(known, sql),
    drop: async () => {
      await known.end();
      await withClientOn(server.connectionString('postgres'), (client) =>
        client.query(`drop database ${name} with (force)`),
      );
    },
  };
}

/** So many files at once: a transaction of some seconds. */
const FILES_AT_ONCE = 100_000;

/** Adds fixity checks, one every quarter, until each file has so many events. What they change is counted afterwards, by a rebuild. */
async function addEvents(
  client: pg.Client,
  files: number,
  events: number,
  say: (text: string) => void,
): Promise<void> {
  await client.query('alter table premis_events disable trigger user');
  for (let from = 1; from <= files; from += FILES_AT_ONCE) {
    say(`${files} files: events of those from ${from} on`);
    await client.query(
      `insert into premis_events (event_type, date_time, outcome, intellectual_object_id, generic_file_id, institution_id)
      select 'fixity check', f.created_at + n * interval '90 days', case when (f.id + n) % 1000 = 0 then 'Failure' else 'Success' end,
        f.intellectual_object_id, f.id, f.institution_id
      from generic_files f
      cross join lateral generate_series(1, $3 - (select count(*)::int from premis_events e where e.generic_file_id = f.id)) n
      where f.id >= $1 and f.id < $2`,
      [from, from + FILES_AT_ONCE, events],
    );
  }
  await client.query('alter table premis_events enable trigger user');
}

async function withClientOn(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
