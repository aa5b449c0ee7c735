import { rm } from 'node:fs/promises';
import path from 'node:path';
import { generateMigrations } from './generate.ts';
import { dbmate } from './peers/dbmate.ts';
import { nodePgMigrateCommand, nodePgMigrateInProcess } from './peers/node-pg-migrate.ts';
import { type MissingPeer, type Peer, type PreparePeer, targetUrl } from './peers/peer.ts';
import { psql } from './peers/psql.ts';
import { registryJobsCommand, registryJobsInProcess } from './peers/registry-jobs.ts';
import { type Counts, type DelayProxy, startProxy } from './proxy.ts';
import { measureRoundTrip } from './round-trip.ts';
import { type BenchServer, verify } from './server.ts';
import type { Spread } from './statistics.ts';

/** The first is the one that the others are compared with. */
const PEERS: readonly PreparePeer[] = [
  psql,
  registryJobsInProcess,
  registryJobsCommand,
  dbmate,
  nodePgMigrateInProcess,
  nodePgMigrateCommand,
];

export interface RaceOptions {
  readonly migrations: number;
  readonly rounds: number;
  /** Injected round-trip times, in milliseconds. */
  readonly roundTrips: readonly number[];
  /** For the files of the tools. */
  readonly folder: string;
  readonly say: (progress: string) => void;
}

export interface Measured extends Counts {
  readonly milliseconds: number;
}

/** The way to the server: without the proxy, or through it with this round trip injected, in milliseconds. */
export type Way = number | 'direct';

/** One tool on one database. */
export interface RaceRun {
  readonly peer: string;
  readonly round: number;
  readonly way: Way;
  /** Without the proxy no flights are counted. */
  readonly first: Measured;
  /** The second run, with nothing to do. */
  readonly second?: Measured;
}

export interface Race {
  readonly peers: readonly { readonly name: string; readonly version: string }[];
  readonly missing: readonly MissingPeer[];
  /** Measured with `SELECT 1`: without the proxy, and through it with each injected time. */
  readonly roundTrips: { readonly direct: Spread; readonly proxied: readonly ProxiedRoundTrip[] };
  readonly runs: readonly RaceRun[];
}

export interface ProxiedRoundTrip extends Spread {
  readonly injectedMs: number;
}

/** Lets every tool apply the same migrations through the proxy, in turns, each time on a new database. */
export async function race(server: BenchServer, options: RaceOptions): Promise<Race> {
  const { roundTrips, rounds, say } = options;
  const { peers, missing } = await preparePeers(PEERS, options.migrations, path.join(options.folder, 'peer'));
  for (const { missing: reason } of missing) say(`!!! ${reason}`);
  const proxy = await startProxy(server);
  try {
    const measured = await measureRoundTrips(server, proxy, roundTrips);
    const runs: RaceRun[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const way of ['direct', ...roundTrips] as const) {
        if (way !== 'direct') await proxy.setRoundTrip(way);
        // Whoever is first in one round is not in the next.
        for (const peer of rotate(peers, round - 1)) {
          say(`round ${round} of ${rounds}, ${showWay(way)}: ${peer.name}`);
          const run = await runOnce(server, way === 'direct' ? undefined : proxy, peer, options.migrations);
          runs.push({ peer: peer.name, round, way, ...run });
        }
      }
    }
    return {
      peers: peers.map(({ name, version }) => ({ name, version })),
      missing,
      roundTrips: measured,
      runs,
    };
  } finally {
    await proxy.close();
  }
}

/**
 * Gives each tool the same migrations in its own format.
 *
 * @param folder how the names of their folders begin
 */
export async function preparePeers(wanted: readonly PreparePeer[], migrations: number, folder: string) {
  const generated = generateMigrations(migrations);
  const peers: Peer[] = [];
  const missing: MissingPeer[] = [];
  for (const [index, prepare] of wanted.entries()) {
    const own = `${folder}-${index}`;
    await rm(own, { recursive: true, force: true });
    const peer = await prepare(generated, own);
    if ('missing' in peer) missing.push(peer);
    else peers.push(peer);
  }
  return { peers, missing };
}

async function measureRoundTrips(server: BenchServer, proxy: DelayProxy, roundTrips: readonly number[]) {
  const url = (port: number) => targetUrl({ ...server, port, database: 'postgres' });
  const direct = await measureRoundTrip(url(server.port));
  const proxied: ProxiedRoundTrip[] = [];
  for (const injectedMs of roundTrips) {
    await proxy.setRoundTrip(injectedMs);
    proxied.push({ injectedMs, ...(await measureRoundTrip(url(proxy.port))) });
    await proxy.takeCounts();
  }
  return { direct, proxied };
}

export function showWay(way: Way): string {
  return way === 'direct' ? way : `at ${way} ms`;
}

const NOT_COUNTED: Counts = { connections: 0, flights: 0, connecting: 0 };

function runOnce(server: BenchServer, proxy: DelayProxy | undefined, peer: Peer, migrations: number) {
  return server.withDatabase(async (database) => {
    const { host, user, password } = server;
    const measure = async (): Promise<Measured> => {
      const began = performance.now();
      await peer.run({ host, port: proxy?.port ?? server.port, user, password, database });
      const milliseconds = performance.now() - began;
      return { milliseconds, ...((await proxy?.takeCounts()) ?? NOT_COUNTED) };
    };
    const first = await measure();
    await verify(server, database, peer, migrations);
    if (!peer.canRepeat) return { first };
    const second = await measure();
    await verify(server, database, peer, migrations);
    return { first, second };
  });
}

/** What a tool took on a way, in milliseconds. */
export function timesOf(
  { runs }: Race,
  peer: string,
  way: Way,
  pick: (run: Race['runs'][number]) => Measured | undefined,
): number[] {
  const these = runs.filter((run) => run.peer === peer && run.way === way);
  return these.flatMap((run) => pick(run)?.milliseconds ?? []);
}

/** Whoever is first in one round is not in the next. */
export function rotate<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
