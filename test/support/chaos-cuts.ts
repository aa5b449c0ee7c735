import { claimOf } from './chaos-checks.ts';
import { type Command, perform } from './chaos-command.ts';
import { type JourneyName, planJourney } from './chaos-journey.ts';
import { type Lane, measure, withLane } from './chaos-lane.ts';
import { begin, checkAfter, type Runner } from './chaos-person.ts';
import type { Cut, FlightSize } from './chaos-proxy.ts';
import { type ChaosOptions, type Draw, drawFrom, replayable } from './chaos-seed.ts';

export interface CutRun {
  /** How many flights a run makes, those to connect and to say goodbye included. */
  readonly flights: number;
  readonly cuts: number;
  /** How many of these lost the word that a COMMIT had worked. */
  readonly lostCommits: number;
}

export interface Extent {
  readonly waysPerFlight?: number;
  readonly most?: number;
}

const LANES = 3;
/** Not worth a lane of its own. */
const FEW = 10;

/**
 * The connection is cut at every flight of a run, and as many times more as there are rounds, at random. In some of these the run that goes
 * on after that is cut as well.
 *
 * @param extent in how many ways it is cut at each flight, and how many cuts there are at most; which ones is drawn
 */
export async function cutEverywhere(
  serverUrl: string,
  name: JourneyName,
  options: ChaosOptions,
  { waysPerFlight = Infinity, most = Infinity }: Extent = {},
): Promise<CutRun> {
  const journey = await planJourney(name, 0);
  return withLane(serverUrl, journey, async (first) => {
    const flights = await measure(first);
    const draw = drawFrom(options.seed, 'cuts', name);
    const all = [...everyCut(flights, draw, waysPerFlight), ...randomCuts(flights, name, options)];
    const chosen = [...all.entries()];
    while (chosen.length > most) chosen.splice(draw.between(0, chosen.length - 1), 1);
    const queue = [...chosen];
    const work = async (lane: Lane) => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, cut] = next;
        const own = drawFrom(options.seed, 'cut and finish', name, index);
        const event = `Cut ${index} (${name}) ${JSON.stringify(cut)}`;
        await replayable(options, event, () => cutOnce(lane, cut, own, flights));
      }
    };
    const lanes = Math.min(LANES, Math.ceil(queue.length / FEW));
    const others = Array.from({ length: lanes - 1 }, () => withLane(serverUrl, journey, work));
    await Promise.all([work(first), ...others]);
    const lostCommits = chosen.filter(([, { offset }]) => offset === 'commit').length;
    return { flights: flights.length, cuts: chosen.length, lostCommits };
  });
}

/** The next flight may be some bytes shorter than the one that was measured: a key, or a time without its last zeros. */
const sure = (size: number) => Math.max(1, size - 30);

/** At every flight: the request not sent, sent half, sent but not answered, answered half, COMMIT not confirmed. */
function everyCut(flights: readonly FlightSize[], draw: Draw, ways: number): Cut[] {
  return flights.flatMap(({ request, answer, commits }, flight): Cut[] => {
    const how = () => draw.oneOf(['close', 'reset'] as const);
    const cuts: Cut[] = [{ flight, side: 'request', offset: 0, how: how() }];
    if (answer > 0) cuts.push({ flight, side: 'answer', offset: 0, how: how() });
    // A row of the journal and a file have a COMMIT each, and many files may leave together.
    for (let file = 0; file < Math.max(1, commits / 2); file++) {
      cuts.push({ flight, side: 'request', offset: draw.between(1, sure(request)), how: how() });
      if (answer > 0)
        cuts.push({ flight, side: 'answer', offset: draw.between(1, sure(answer)), how: how() });
    }
    for (let commit = 1; commit <= commits; commit++)
      cuts.push({ flight, side: 'answer', offset: 'commit', commits: commit, how: how() });
    while (cuts.length > ways) cuts.splice(draw.between(0, cuts.length - 1), 1);
    return cuts;
  });
}

/** Some of them end the run's view of the server for good, so that it cannot ask what became of its work. */
function randomCuts(
  flights: readonly FlightSize[],
  name: JourneyName,
  { seed, rounds }: ChaosOptions,
): Cut[] {
  return Array.from({ length: rounds }, (_, round) => randomCut(flights, drawFrom(seed, 'cut', name, round)));
}

function randomCut(flights: readonly FlightSize[], draw: Draw): Cut {
  const flight = draw.between(0, flights.length - 1);
  const { request = 1, answer = 0, commits = 0 } = flights[flight] ?? {};
  const side = answer > 0 ? draw.oneOf(['request', 'answer'] as const) : 'request';
  const size = side === 'request' ? request : answer;
  const offset = commits > 0 && draw.fraction() < 0.3 ? 'commit' : draw.between(0, sure(size));
  const common = { flight, how: draw.oneOf(['close', 'reset'] as const), forGood: draw.fraction() < 0.3 };
  if (offset !== 'commit') return { ...common, side, offset };
  return { ...common, side: 'answer', offset, commits: draw.between(1, commits) };
}

async function cutOnce(lane: Lane, cut: Cut, draw: Draw, flights: readonly FlightSize[]): Promise<void> {
  const { database, reference, proxy, settings } = lane;
  const { journey } = reference;
  const cutRun = async (command: Command, at: Cut) => {
    proxy.aim(at);
    const claim = await claimOf(perform(command, journey.compiled, settings));
    if (!proxy.hasCut && at === cut)
      throw new Error(`The run was not cut, with these flights: ${JSON.stringify(proxy.flights)}.`);
    proxy.release();
    return { claim, mayBeUnknown: at.forGood === true };
  };
  // What goes on has flights of its own.
  const second = cut.forGood !== true && draw.fraction() < 0.3 ? randomCut(flights, draw) : undefined;
  const again: Runner | undefined = second && ((command) => cutRun(command, second));
  const command = journey.command(0);
  await begin({ database, reference });
  const told = await cutRun(command, cut);
  await checkAfter({ database, reference, draw }, { command, ...told }, again && { again });
  if (cut.offset !== 'commit' || cut.forGood || journey.name !== 'transactions') return;
  // The server had committed, and could be asked: then the run knows. Only the COMMITs of the ledger and the journal are not reported.
  const files = Math.floor((cut.commits ?? 1) / 2);
  const isKnown = told.claim.kind === 'report' && told.claim.report.applied.length >= files;
  const isLedger = told.claim.kind === 'thrown';
  if (!isKnown && !isLedger) throw new Error(`The server had committed: ${JSON.stringify(told.claim)}.`);
}
