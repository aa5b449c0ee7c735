import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodePgMigrateInProcess } from './peers/node-pg-migrate.ts';
import type { Peer } from './peers/peer.ts';
import { psql } from './peers/psql.ts';
import { registryJobsInProcess } from './peers/registry-jobs.ts';
import { preparePeers, rotate } from './race.ts';
import { type BenchServer, startServer, verify } from './server.ts';

/** Those that differ in what they ask of the server; their commands ask the same. */
const PEERS = [psql, registryJobsInProcess, nodePgMigrateInProcess];

/** Nothing but the tool writes: no vacuum, no checkpoint that is due. */
const QUIET = { autovacuum: 'off', checkpoint_timeout: '1d', max_wal_size: '10GB' };
/** Each flush takes a millisecond more, whoever else is there: as long as that of a disk in a network. */
const SLOW = { commit_delay: '1000', commit_siblings: '0' };

/** What one tool had a durable server do for all migrations. */
export interface Durable {
  readonly peer: string;
  /** How often the write-ahead log was flushed to the disk. */
  readonly flushes: number;
  /** Transactions that were committed. */
  readonly transactions: number;
  /** What it took, in milliseconds, where a flush takes a millisecond more. */
  readonly times: readonly number[];
}

/** Counts what a server does that keeps what it has confirmed: neither depends on how fast the machine is. */
export async function measureDurable(
  migrations: number,
  rounds: number,
  folder: string,
  say: (progress: string) => void,
): Promise<Durable[]> {
  const { peers } = await preparePeers(PEERS, migrations, path.join(folder, 'durable'));
  const counts = await count(peers, migrations, say);
  const times = await measureTimes(peers, migrations, rounds, say);
  return counts.map((found) => ({ ...found, times: times.get(found.peer) ?? [] }));
}

async function measureTimes(
  peers: readonly Peer[],
  migrations: number,
  rounds: number,
  say: (progress: string) => void,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const server = await startServer({ ...QUIET, ...SLOW });
  const times = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const peer of rotate(peers, round - 1)) {
        say(`on a durable server, round ${round} of ${rounds}, 1 ms a flush: ${peer.name}`);
        await server.withDatabase(async (database) => {
          const began = performance.now();
          await peer.run({ ...server, database });
          times.get(peer.name)?.push(performance.now() - began);
          await verify(server, database, peer, migrations);
        });
      }
    }
    return times;
  } finally {
    await server.stop();
  }
}

async function count(
  peers: readonly Peer[],
  migrations: number,
  say: (progress: string) => void,
): Promise<Omit<Durable, 'times'>[]> {
  const server = await startServer(QUIET);
  try {
    const found: Omit<Durable, 'times'>[] = [];
    for (const peer of peers) {
      say(`on a durable server: ${peer.name}`);
      found.push(
        await server.withDatabase(async (database) => {
          const before = await read(server, database);
          await peer.run({ ...server, database });
          const after = await read(server, database);
          await verify(server, database, peer, migrations);
          const { flushes, transactions } = after;
          return {
            peer: peer.name,
            flushes: flushes - before.flushes,
            transactions: transactions - before.transactions,
          };
        }),
      );
    }
    return found;
  } finally {
    await server.stop();
  }
}

/** A session hands in what it has counted when it ends, which may be a moment after its client has gone. */
async function read(server: BenchServer, database: string) {
  await sleep(500);
  const [row] = await server.query(
    'postgres',
    `SELECT (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal' AND backend_type = 'client backend')::int AS flushes,
      (SELECT xact_commit FROM pg_stat_database WHERE datname = $1)::int AS transactions`,
    [database],
  );
  return { flushes: Number(row?.flushes), transactions: Number(row?.transactions) };
}
