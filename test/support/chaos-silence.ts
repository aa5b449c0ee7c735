import { setTimeout as sleep } from 'node:timers/promises';
import { claimOf } from './chaos-checks.ts';
import { perform } from './chaos-command.ts';
import { type JourneyName, planJourney } from './chaos-journey.ts';
import { type Lane, measure, withLane } from './chaos-lane.ts';
import { begin, checkAfter } from './chaos-person.ts';
import type { Cut, FlightSize } from './chaos-proxy.ts';
import { type ChaosOptions, type Draw, drawFrom, replayable } from './chaos-seed.ts';

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
  name: JourneyName,
  options: ChaosOptions,
  limits: Limits,
): Promise<Silence[]> {
  const journey = await planJourney(name, 0);
  const cuts = await withLane(serverUrl, journey, async (lane) => {
    const flights = await measure(lane);
    return silences(flights, name, drawFrom(options.seed, 'silences', name));
  });
  return Promise.all(
    cuts.map(([moment, cut]) =>
      withLane(serverUrl, journey, (lane) =>
        replayable(options, `Silence, ${moment} (${name}) ${JSON.stringify(cut)}`, async () => {
          const draw = drawFrom(options.seed, 'silence', name, moment);
          const times = await silenceOnce(lane, cut, draw, limits);
          return { name: moment, ...times };
        }),
      ),
    ),
  );
}

interface Limits {
  readonly deadlineMs: number;
  readonly freeWithinMs: number;
}

async function silenceOnce(lane: Lane, cut: Cut, draw: Draw, { deadlineMs, freeWithinMs }: Limits) {
  const { database, reference, proxy, settings } = lane;
  const { journey } = reference;
  const command = journey.command(0);
  await begin({ database, reference });
  proxy.aim(cut);
  const began = performance.now();
  const deadline = Date.now() + deadlineMs;
  const run = claimOf(perform(command, journey.compiled, settings, { deadline }));
  const claim = await within(deadlineMs, run, 'The run went on after its deadline.');
  const endedMs = performance.now() - began;
  if (!proxy.hasCut) throw new Error('The run was not cut.');
  // The server has not been told, and yet must not keep the application out.
  await database.untilUnlocked(freeWithinMs);
  const freeMs = performance.now() - began - endedMs;
  // What is left may at most hold the migration lock. In life TCP keep-alive ends it: here, the proxy.
  proxy.release();
  const mayBeUnknown = cut.forGood === true;
  await checkAfter({ database, reference, draw }, { command, claim, mayBeUnknown });
  return { endedMs, freeMs };
}

function silences(flights: readonly FlightSize[], name: JourneyName, draw: Draw): [string, Cut][] {
  const [, ...files] = [...flights.keys()].filter((index) => (flights[index]?.commits ?? 0) > 0);
  // One in the middle, where there are as many.
  const inner = files.length > 1 ? files.slice(0, -1) : files;
  const inMiddle = () => {
    const flight = draw.oneOf(inner);
    const { request = 0, commits = 1 } = flights[flight] ?? {};
    return {
      flight,
      half: Math.floor(request * 0.5),
      commits: 2 * draw.between(1, Math.max(1, Math.floor(commits / 2))),
    };
  };
  // In the statements of the file: the server waits for the rest inside the transaction, with its locks.
  const half = (more: Partial<Cut> = {}): Cut => {
    const { flight, half: offset } = inMiddle();
    return { flight, side: 'request', offset, how: 'silence', ...more };
  };
  const unanswered = (more: Partial<Cut> = {}): Cut => {
    const { flight } = inMiddle();
    return { flight, side: 'answer', offset: 0, how: 'silence', ...more };
  };
  const unconfirmed = (): Cut => {
    const { flight, commits } = inMiddle();
    return { flight, side: 'answer', offset: 'commit', commits, how: 'silence' };
  };
  const before = (flight: number): Cut => ({ flight, side: 'request', offset: 0, how: 'silence' });
  // The same for all.
  const outside: [string, Cut][] = [
    ['before the greeting', before(0)],
    ['before the password', before(2)],
    ['before the ledger is read', before(3)],
    ['before the goodbye', before(flights.length - 1)],
  ];
  return [
    ...(name === 'transactions' ? outside : []),
    ['half of a migration sent', half()],
    ['half of a migration sent, for good', half({ forGood: true })],
    ['half of a migration sent, server not told', half({ how: 'orphan' })],
    ['a migration sent, not answered', unanswered()],
    ['a migration sent, not answered, for good', unanswered({ forGood: true })],
    ['COMMIT not confirmed', unconfirmed()],
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
