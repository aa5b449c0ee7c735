import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from './chaos-agreement.ts';
import { type Claim, checkTruth, claimOf } from './chaos-checks.ts';
import { perform } from './chaos-command.ts';
import { withChaosDatabase } from './chaos-database.ts';
import { type Journey, type JourneyName, planJourney } from './chaos-journey.ts';
import { type Attended, begin, checkAfter, finish, look } from './chaos-person.ts';
import { drawReader } from './chaos-reader.ts';
import { learnReference, type Reference, scriptOfMove } from './chaos-reference.ts';
import { announcedBy, type KillPoint, type RunnerEnd, runnerStock } from './chaos-runner.ts';
import { type ChaosOptions, type Draw, drawFrom, replayable } from './chaos-seed.ts';
import { settingsFor } from './migrations.ts';

export interface Struck {
  /** How many events there were. */
  readonly events: number;
  /** How many of them found a run that was going on. */
  readonly hits: number;
}

export const SLOW_MS = 40;

/** How long an undisturbed run takes, in milliseconds. */
export async function measureRun(attended: Omit<Attended, 'draw'>): Promise<number> {
  const { journey } = attended.reference;
  await begin(attended);
  const began = performance.now();
  await perform(journey.command(0), journey.compiled, settingsFor(attended.database.url));
  return performance.now() - began;
}

/** SIGKILL of the runner: at random moments, and at points of its run. */
export async function killRunners(
  serverUrl: string,
  name: JourneyName,
  options: ChaosOptions,
): Promise<Struck> {
  const journey = await planJourney(name, SLOW_MS);
  const { compiled } = journey;
  const stock = runnerStock(2, options.rounds);
  try {
    return await withChaosDatabase(serverUrl, async (database) => {
      const reference = await learnReference(database, journey);
      const settings = settingsFor(database.url);
      const tookMs = await measureRun({ database, reference });
      let hits = 0;
      for (let round = 1; round <= options.rounds; round++) {
        const draw = drawFrom(options.seed, 'kill', name, round);
        const attended = { database, reference, draw };
        const killAt = round % 3 === 0 ? undefined : drawKillPoint(draw, journey);
        const delayMs = draw.fraction() * tookMs * 1.2;
        // After a `down` or a `redo` a run at once would not know what is left to do.
        const isHasty = draw.fraction() < 0.5 && journey.before.length === 0;
        const where = killAt ? JSON.stringify(killAt) : `after ${delayMs.toFixed(1)} ms`;
        await begin(attended);
        const reader = drawReader(database, draw, tookMs);
        const event = `Kill ${round} (${name}), of the runner ${where}${reader.says}${isHasty ? ', run again at once' : ''}`;
        await replayable(options, event, async () => {
          const runner = await stock.take();
          const command = journey.command(0);
          runner.give({ command, compiled, settings, runners: 1, ...(killAt && { killAt }) });
          if (!killAt) {
            // Its own start is over; give it the moment that it needs to read its job.
            await Promise.race([runner.until('started'), sleep(delayMs)]);
            await sleep(delayMs);
            runner.kill();
          }
          const end = await runner.ended;
          if (killAt && !end.wasKilled) throw new Error('The runner was not there.');
          if (end.wasKilled) hits++;
          const claim = claimOfEnd(end, reference);
          // What is left of the dead runner may still be at work when the next one comes.
          if (isHasty) await checkHastyFinish(attended, claim);
          await reader.leave();
          if (!isHasty) await checkAfter(attended, { command, claim });
        });
      }
      return { events: options.rounds, hits };
    });
  } finally {
    await stock.close();
  }
}

function claimOfEnd(end: RunnerEnd, { journey }: Reference): Claim {
  const last = end.words.at(-1);
  if (!end.wasKilled && last?.type === 'report') return { kind: 'report', report: last.report };
  return { kind: 'killed', announced: announcedBy(end, journey) };
}

function drawKillPoint(draw: Draw, journey: Journey): KillPoint {
  const { file, statements } = scriptOfMove(journey, draw.oneOf(journey.moves));
  const when = draw.oneOf(['sent', 'statement', 'statement', 'applied'] as const);
  const statement = draw.between(1, statements.length);
  const afterMs = draw.fraction() < 0.5 ? Math.round(draw.fraction() * SLOW_MS * 0.8) : undefined;
  if (when !== 'statement') return { file, when };
  return { file, when, statement, ...(afterMs !== undefined && { afterMs }) };
}

/** The next run comes while what a dead one left behind may still be at work: only that run knows what it met. */
async function checkHastyFinish(attended: Attended, killed: Claim): Promise<void> {
  const { database, reference, draw } = attended;
  const command = { verb: draw.oneOf(['up', 'up', 'resume'] as const) };
  const run = perform(command, reference.journey.compiled, settingsFor(database.url));
  const claim = await claimOf(run);
  const after = await look(attended);
  const report = claim.kind === 'report' ? claim.report : undefined;
  if (report?.failed) throw new Error(`The next ${command.verb} failed: ${JSON.stringify(report.failed)}`);
  const met = report?.alreadyApplied ?? after.done;
  const isIdle = command.verb === 'resume' && report?.status === 'nothing-to-do';
  // It waits for nobody when nothing is half done, and what was sent by the dead one may be done after that.
  if (isIdle && met > after.done) throw new Error(`Only ${after.done} are done, but ${met} were met.`);
  if (!isIdle) {
    const step = reference.steps[met];
    const isGoingOn = command.verb === 'resume' && step !== undefined;
    const half = isGoingOn && { step, done: 0, uncertain: false, wasKilled: true };
    const before: Position = report ? { done: met, ...(half && { half }) } : after;
    checkTruth(reference, before, after, { command, claim });
    if (killed.kind === 'killed' && before.done < killed.announced.length)
      throw new Error(`Lost, or done twice: only ${before.done} were met.`);
  }
  await finish(attended, after);
}
