import { isDeepStrictEqual } from 'node:util';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import { shown } from './chaos-checks.ts';
import { perform } from './chaos-command.ts';
import { withChaosDatabase } from './chaos-database.ts';
import { type JourneyName, type Move, planJourney } from './chaos-journey.ts';
import { checkFinished } from './chaos-person.ts';
import { learnReference, type Reference } from './chaos-reference.ts';
import { startRunner } from './chaos-runner.ts';
import { settingsFor } from './migrations.ts';

/** Many runners start at once on an empty database: some in this process, the others in processes of their own. */
export async function crowd(
  serverUrl: string,
  name: JourneyName,
  { here, processes, each }: { here: number; processes: number; each: number },
): Promise<{ runners: number; tookMs: number }> {
  const journey = await planJourney(name, 20);
  const { compiled } = journey;
  const runners = Array.from({ length: processes }, startRunner);
  try {
    await Promise.all(runners.map((runner) => runner.until('ready')));
    return await withChaosDatabase(serverUrl, async (database) => {
      const reference = await learnReference(database, journey);
      const settings = settingsFor(database.url);
      const command = journey.command(0);
      const began = performance.now();
      for (const runner of runners) runner.give({ command, compiled, settings, runners: each });
      const own = Array.from({ length: here }, () => perform(command, compiled, settings));
      const reports = await Promise.all(own);
      for (const { ended } of runners) {
        const { words } = await ended;
        for (const word of words) {
          if (word.type === 'error') throw new Error(`A runner failed: ${JSON.stringify(word.error)}`);
          if (word.type === 'report') reports.push(word.report);
        }
      }
      const tookMs = performance.now() - began;
      if (reports.length !== here + processes * each)
        throw new Error(`Only ${reports.length} runners reported.`);
      const failed = reports.find((report) => report.status === 'failed');
      if (failed) throw new Error(`A runner failed: ${JSON.stringify(failed.failed)}`);
      checkClaimedOnce(reference, appliedBy(reports));
      await checkFinished({ database, reference });
      return { runners: reports.length, tookMs };
    });
  } finally {
    for (const runner of runners) runner.kill();
  }
}

export const appliedBy = (reports: readonly MigrationReport[]): Move[] =>
  reports.flatMap(({ applied }) => applied.map(({ version, direction }) => ({ version, direction })));

/** @param done how many moves of the journey are done */
export function checkClaimedOnce(
  { journey }: Reference,
  claimed: readonly Move[],
  done = journey.moves.length,
): void {
  const names = (moves: readonly Move[]) => moves.map((move) => shown([move])).sort();
  if (isDeepStrictEqual(names(claimed), names(journey.moves.slice(0, done)))) return;
  throw new Error(`Not each migration was applied by one runner: ${names(claimed).join(', ')}.`);
}
