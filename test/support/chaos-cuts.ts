import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledMigrations } from '../../lib/core/migrations/compiled.ts';
import { up } from '../../lib/core/migrations/up.ts';
import type { Settings } from '../../lib/core/settings/settings.ts';
import { checkAfter, claimOf } from './chaos-checks.ts';
import { type ChaosDatabase, withChaosDatabase } from './chaos-database.ts';
import { chaosMigrations } from './chaos-migrations.ts';
import { type ChaosProxy, type Cut, type FlightSize, startChaosProxy } from './chaos-proxy.ts';
import { type ChaosOptions, type Draw, drawFrom, replayable } from './chaos-seed.ts';
import { learnReference, type Reference } from './chaos-state.ts';
import { settingsFor } from './migrations.ts';

export interface CutRun {
  /** How many flights a run makes, those to connect and to say goodbye included. */
  readonly flights: number;
  readonly cuts: number;
  /** How many of these lost the word that a COMMIT had worked. */
  readonly lostCommits: number;
}

const LANES = 3;

/** The connection is cut at every flight of a run, and as many times more as there are rounds, at random. */
export async function cutEverywhere(serverUrl: string, options: ChaosOptions): Promise<CutRun> {
  const compiled = await chaosMigrations(0);
  return withLane(serverUrl, compiled, async (first) => {
    const flights = await measure(first);
    const draw = drawFrom(options.seed, 'cuts');
    const cuts = [...everyCut(flights, draw), ...randomCuts(flights, options)];
    const queue = [...cuts.entries()];
    const work = async (lane: Lane) => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, cut] = next;
        await replayable(options, `Cut ${index} ${JSON.stringify(cut)}`, () => cutOnce(lane, cut));
      }
    };
    const others = Array.from({ length: LANES - 1 }, () => withLane(serverUrl, compiled, work));
    await Promise.all([work(first), ...others]);
    const lostCommits = cuts.filter(({ offset }) => offset === 'commit').length;
    return { flights: flights.length, cuts: cuts.length, lostCommits };
  });
}

/** A database with a proxy before it. */
interface Lane {
  readonly database: ChaosDatabase;
  readonly reference: Reference;
  readonly proxy: ChaosProxy;
  /** Through the proxy. */
  readonly settings: Settings;
}

async function withLane<T>(
  serverUrl: string,
  compiled: CompiledMigrations,
  work: (lane: Lane) => Promise<T>,
): Promise<T> {
  return withChaosDatabase(serverUrl, async (database) => {
    const reference = await learnReference(database, compiled);
    const direct = settingsFor(database.url);
    const proxy = await startChaosProxy(direct.database);
    const changes = { host: '127.0.0.1', port: proxy.port, connectTimeoutMs: 5_000 };
    const settings = { ...direct, database: { ...direct.database, ...changes } };
    try {
      return await work({ database, reference, proxy, settings });
    } finally {
      await proxy.close();
    }
  });
}

async function measure({ database, reference, proxy, settings }: Lane): Promise<readonly FlightSize[]> {
  proxy.aim();
  await up(reference.compiled, settings);
  await database.settle();
  await database.reset();
  const { flights } = proxy;
  const commits = flights.filter((flight) => flight.commits > 0).length;
  if (commits < reference.versions.length) {
    throw new Error(`Only ${commits} flights with a COMMIT were seen: ${JSON.stringify(flights)}.`);
  }
  return flights;
}

/** The next flight may be some bytes shorter than the one that was measured: a key, or a time without its last zeros. */
const sure = (size: number) => Math.max(1, size - 30);

/** At every flight: the request not sent, sent half, sent but not answered, answered half, COMMIT not confirmed. */
function everyCut(flights: readonly FlightSize[], draw: Draw): Cut[] {
  return flights.flatMap(({ request, answer, commits }, flight): Cut[] => {
    const how = () => draw.oneOf(['close', 'reset'] as const);
    const cuts: Cut[] = [
      { flight, side: 'request', offset: 0, how: how() },
      { flight, side: 'request', offset: draw.between(1, sure(request)), how: how() },
    ];
    if (answer > 0) cuts.push({ flight, side: 'answer', offset: 0, how: how() });
    if (answer > 0) cuts.push({ flight, side: 'answer', offset: draw.between(1, sure(answer)), how: how() });
    if (commits > 0) cuts.push({ flight, side: 'answer', offset: 'commit', commits, how: how() });
    return cuts;
  });
}

/** Some of them end the run's view of the server for good, so that it cannot ask what became of its work. */
function randomCuts(flights: readonly FlightSize[], { seed, rounds }: ChaosOptions): Cut[] {
  return Array.from({ length: rounds }, (_, round) => {
    const draw = drawFrom(seed, 'cut', round);
    const flight = draw.between(0, flights.length - 1);
    const { request = 1, answer = 0, commits = 0 } = flights[flight] ?? {};
    const side = answer > 0 ? draw.oneOf(['request', 'answer'] as const) : 'request';
    const size = side === 'request' ? request : answer;
    const offset = commits > 0 && draw.fraction() < 0.3 ? 'commit' : draw.between(0, sure(size));
    const common = { flight, how: draw.oneOf(['close', 'reset'] as const), forGood: draw.fraction() < 0.3 };
    return offset === 'commit' ? { ...common, side: 'answer', offset, commits } : { ...common, side, offset };
  });
}

async function cutOnce({ database, reference, proxy, settings }: Lane, cut: Cut): Promise<void> {
  await database.reset();
  proxy.aim(cut);
  const claim = await claimOf(up(reference.compiled, settings));
  if (!proxy.hasCut)
    throw new Error(`The run was not cut, with these flights: ${JSON.stringify(proxy.flights)}.`);
  proxy.release();
  await checkAfter(database, reference, claim, { mayBeUnknown: cut.forGood === true });
  if (cut.offset !== 'commit' || cut.forGood) return;
  // The server had committed, and could be asked: then the run knows. Only the ledger's own COMMIT is not reported.
  const isKnown = claim.kind === 'report' && claim.report.applied.length > 0;
  const isLedger = claim.kind === 'thrown';
  if (!isKnown && !isLedger) throw new Error(`The server had committed: ${JSON.stringify(claim)}.`);
}

export interface Silence {
  readonly name: string;
  readonly endedMs: number;
  /** Until no transaction of the run was open any more, although the server had not been told. */
  readonly freeMs: number;
}

/**
 * Half-open connections: nothing passes any more, and nobody says so. The run has a deadline and ends before it, and the
 * server ends the transaction by itself. Where the run can reach the server again, it must know what became of its work.
 */
export async function fallSilent(
  serverUrl: string,
  options: ChaosOptions,
  { deadlineMs, freeWithinMs }: { deadlineMs: number; freeWithinMs: number },
): Promise<Silence[]> {
  const compiled = await chaosMigrations(0);
  const cuts = await withLane(serverUrl, compiled, async (lane) => {
    const flights = await measure(lane);
    return silences(flights, drawFrom(options.seed, 'silences'));
  });
  return Promise.all(
    cuts.map(([name, cut]) =>
      withLane(serverUrl, compiled, (lane) =>
        replayable(options, `Silence, ${name} ${JSON.stringify(cut)}`, async () => {
          const { database, reference, proxy, settings } = lane;
          const isReachable = cut.forGood !== true;
          proxy.aim(cut);
          const began = performance.now();
          const run = claimOf(up(compiled, settings, { deadline: Date.now() + deadlineMs }));
          const claim = await within(deadlineMs, run, 'The run went on behind its deadline.');
          const endedMs = performance.now() - began;
          if (!proxy.hasCut) throw new Error('The run was not cut.');
          // The server has not been told, and yet must not keep the application out.
          await database.untilUnlocked(freeWithinMs);
          const freeMs = performance.now() - began - endedMs;
          // What is left may at most hold the migration lock. In life TCP keep-alive ends it: here, the proxy.
          proxy.release();
          await checkAfter(database, reference, claim, { mayBeUnknown: !isReachable });
          return { name, endedMs, freeMs };
        }),
      ),
    ),
  );
}

function silences(flights: readonly FlightSize[], draw: Draw): [string, Cut][] {
  const first = flights.findIndex(({ commits }) => commits > 0);
  const last = flights.findLastIndex(({ commits }) => commits > 0);
  const flight = draw.between(first + 1, last - 1);
  const { request = 0, commits = 1 } = flights[flight] ?? {};
  // In the statements of the file: the server waits for the rest inside the transaction, with its locks.
  const half = { side: 'request', offset: Math.floor(request * 0.5), how: 'silence' } as const;
  return [
    ['before the greeting', { flight: 0, side: 'request', offset: 0, how: 'silence' }],
    ['before the password', { flight: 2, side: 'request', offset: 0, how: 'silence' }],
    ['before the ledger is read', { flight: 3, side: 'request', offset: 0, how: 'silence' }],
    ['half of a migration sent', { flight, ...half }],
    ['half of a migration sent, for good', { flight, ...half, forGood: true }],
    ['half of a migration sent, server not told', { flight, ...half, how: 'orphan' }],
    ['a migration sent, not answered', { flight, side: 'answer', offset: 0, how: 'silence' }],
    [
      'a migration sent, not answered, for good',
      { flight, side: 'answer', offset: 0, how: 'silence', forGood: true },
    ],
    ['COMMIT not confirmed', { flight, side: 'answer', offset: 'commit', commits, how: 'silence' }],
    ['before the goodbye', { flight: flights.length - 1, side: 'request', offset: 0, how: 'silence' }],
  ];
}

async function within<T>(limitMs: number, work: Promise<T>, otherwise: string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${otherwise} (${limitMs} ms)`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}
