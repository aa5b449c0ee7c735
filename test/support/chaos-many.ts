import { MOST_FILES } from '../../lib/engine/ahead.ts';
import { PlanError } from '../../lib/plan/error.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { START } from './chaos-agreement.ts';
import { type Claim, checkTruth, claimOf, shown } from './chaos-checks.ts';
import { perform } from './chaos-command.ts';
import { appliedBy, checkClaimedOnce } from './chaos-crowd.ts';
import { type ChaosDatabase, withChaosDatabase } from './chaos-database.ts';
import { type Journey, type JourneyName, type Move, planJourney } from './chaos-journey.ts';
import { begin, finish, look } from './chaos-person.ts';
import { startChaosProxy } from './chaos-proxy.ts';
import { learnReference, type Reference, type Step } from './chaos-reference.ts';
import { announcedBy, startRunner } from './chaos-runner.ts';
import { type ChaosOptions, type Draw, drawFrom, replayable } from './chaos-seed.ts';
import { settingsFor } from './migrations.ts';

/** How the one is lost. */
export type CrowdEnd = 'killed' | 'cut';

const WAITING = 5;

/**
 * One runner works and five wait. The first is killed, or loses its connection and asks the database what became of its
 * work, while the others go on with it; or refuse to, where it left a file half done. Nobody may claim what another did.
 */
export async function loseOneOfMany(
  serverUrl: string,
  end: CrowdEnd,
  name: JourneyName,
  options: ChaosOptions,
): Promise<{ rounds: number; refused: number }> {
  // Long enough for a connection to be lost, and for those who wait to come between.
  const journey = await planJourney(name, end === 'killed' ? 30 : 150);
  let refused = 0;
  await withChaosDatabase(serverUrl, async (database) => {
    const reference = await learnReference(database, journey);
    const settings = settingsFor(database.url);
    for (let round = 1; round <= options.rounds; round++) {
      const draw = drawFrom(options.seed, 'crowd', end, name, round);
      const place = drawPlace(reference, end, draw, round);
      const where = `${place.file} statement ${place.statement}`;
      await replayable(options, `One of many ${round} (${name}), ${end} in ${where}`, async () => {
        await begin({ database, reference });
        const lose = end === 'killed' ? loseProcess : loseConnection;
        const lost = await lose({ database, journey, settings, place });
        if (await checkMany({ database, reference, draw }, end, lost)) refused++;
      });
    }
  });
  return { rounds: options.rounds, refused };
}

interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly statement: number;
  /** How long after that statement began a connection is cut. */
  readonly afterMs: number;
}

/** A connection is lost in one file after the other, so that few rounds meet all that are slow; a process where it is drawn. */
function drawPlace({ steps, journey }: Reference, end: CrowdEnd, draw: Draw, round: number): Place {
  const isMeant = ({ script }: Step) =>
    journey.name === 'transactions' ? /_slow_/.test(script.file) : !script.directives.transaction;
  const meant = end === 'killed' && journey.name === 'transactions' ? steps.slice(2) : steps.filter(isMeant);
  const { script } = (end === 'cut' && meant[round % meant.length]) || draw.oneOf(meant);
  const isOff = !script.directives.transaction;
  return {
    file: script.file,
    statement: isOff ? draw.between(1, script.statements.length) : 1,
    afterMs: isOff ? 0 : 20,
  };
}

interface Losing {
  readonly database: ChaosDatabase;
  readonly journey: Journey;
  readonly settings: PostgresSettings;
  readonly place: Place;
}

interface Lost {
  /** What the lost runner said. */
  readonly claim: Claim;
  readonly others: readonly Claim[];
}

/** @returns whether the others had to refuse */
async function checkMany(
  attended: Parameters<typeof finish>[0],
  end: CrowdEnd,
  { claim, others }: Lost,
): Promise<boolean> {
  const { reference } = attended;
  const after = await look(attended);
  const reports = others.flatMap((other) => (other.kind === 'report' ? [other.report] : []));
  const failed = reports.find((report) => report.status === 'failed');
  if (failed) throw new Error(`A runner that waited failed: ${JSON.stringify(failed.failed)}`);
  const command = reference.journey.command(0);
  if (after.half) {
    // Nobody got further than the lost one, which knows what it did as if it had been alone.
    checkTruth(reference, START, after, { command, claim });
    for (const other of others) {
      const problems =
        other.kind === 'thrown' && other.error instanceof PlanError ? other.error.problems : [];
      const { file } = after.half.step.script;
      const isRefused = problems.length === 1 && problems[0]?.code === 'half-done';
      if (!isRefused || !problems[0]?.message.startsWith(`${file} `))
        throw new Error(`It should have refused, since ${file} is half done: ${JSON.stringify(other)}`);
      // The lost one may have looked into the catalog after that, and know more.
      if (end === 'killed') checkTruth(reference, after, after, { command, claim: other });
    }
  } else {
    const thrown = others.find((other) => other.kind === 'thrown');
    if (thrown) throw new Error(`A runner that waited failed: ${thrown.error}`, { cause: thrown.error });
    const claimed =
      claim.kind === 'killed' ? claim.announced : appliedBy(claim.kind === 'report' ? [claim.report] : []);
    const known = [...claimed, ...appliedBy(reports)].map((move) => shown([move]));
    // What the server has done of what a killed runner had sent, nobody claims.
    const unclaimed = reference.journey.moves
      .slice(0, after.done)
      .filter((move) => !known.includes(shown([move])));
    if (unclaimed.length > (end === 'killed' ? MOST_FILES : 0))
      throw new Error(`Nobody applied ${shown(unclaimed)}.`);
    checkClaimedOnce(reference, [...claimed, ...appliedBy(reports), ...unclaimed]);
  }
  await finish(attended, after);
  return after.half !== undefined;
}

async function loseProcess({ journey, settings, place }: Losing): Promise<Lost> {
  const { compiled } = journey;
  const command = journey.command(0);
  const runner = startRunner();
  await runner.until('ready');
  const { file, statement } = place;
  const killAt =
    statement === 1 ? ({ file, when: 'sent' } as const) : ({ file, when: 'statement', statement } as const);
  runner.give({ command, compiled, settings, runners: 1, killAt });
  await runner.until('started');
  const others = Array.from({ length: WAITING }, () => claimOf(perform(command, compiled, settings)));
  const announced: Move[] = announcedBy(await runner.ended, journey);
  return { claim: { kind: 'killed', announced }, others: await Promise.all(others) };
}

/**
 * Its way back to the server is open only when one of the others has the lock, or has refused: it must not take their work for its own.
 */
async function loseConnection({ journey, settings, place }: Losing): Promise<Lost> {
  const { compiled } = journey;
  const command = journey.command(0);
  const proxy = await startChaosProxy(settings.database);
  try {
    const database = { ...settings.database, host: '127.0.0.1', port: proxy.port };
    let others: Promise<Claim>[] = [];
    const { promise: taken, resolve: take } = Promise.withResolvers<void>();
    const wait = () =>
      Array.from({ length: WAITING }, () => {
        const onEvent = ({ type }: { type: string }) => void (type === 'migration-started' && take());
        return claimOf(perform(command, compiled, settings, { onEvent })).finally(take);
      });
    const through = { ...settings, database };
    const lost = perform(command, compiled, through, {
      onEvent: (event) => {
        if (event.type === 'migration-started' && others.length === 0) others = wait();
        if (event.type !== 'statement-started' || event.file !== place.file) return;
        if (event.index === place.statement) setTimeout(() => proxy.releaseBehind(taken), place.afterMs);
      },
    });
    return { claim: await claimOf(lost), others: await Promise.all(others) };
  } finally {
    await proxy.close();
  }
}
