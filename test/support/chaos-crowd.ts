import { isDeepStrictEqual } from 'node:util';
import type { MigrationEvent } from '../../lib/core/migrations/events.ts';
import type { MigrationReport } from '../../lib/core/migrations/report.ts';
import { up } from '../../lib/core/migrations/up.ts';
import type { Settings } from '../../lib/core/settings/settings.ts';
import { checkAgreement, checkFinished, versionsOf } from './chaos-checks.ts';
import { type ChaosDatabase, withChaosDatabase } from './chaos-database.ts';
import { chaosMigrations } from './chaos-migrations.ts';
import { startChaosProxy } from './chaos-proxy.ts';
import { announcedBy, startRunner } from './chaos-runner.ts';
import { type ChaosOptions, drawFrom, replayable } from './chaos-seed.ts';
import { learnReference, type Reference, readState } from './chaos-state.ts';
import { settingsFor } from './migrations.ts';

/** Many runners start at once on an empty database: some in this process, the others in processes of their own. */
export async function crowd(
  serverUrl: string,
  { here, processes, each }: { here: number; processes: number; each: number },
): Promise<{ runners: number; tookMs: number }> {
  const compiled = await chaosMigrations(20);
  const runners = Array.from({ length: processes }, startRunner);
  try {
    await Promise.all(runners.map((runner) => runner.until('ready')));
    return await withChaosDatabase(serverUrl, async (database) => {
      const reference = await learnReference(database, compiled);
      const settings = settingsFor(database.url);
      const began = performance.now();
      for (const runner of runners) runner.give({ compiled, settings, runners: each });
      const reports = await Promise.all(Array.from({ length: here }, () => up(compiled, settings)));
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
      await checkFinished(database, reference);
      return { runners: reports.length, tookMs };
    });
  } finally {
    for (const runner of runners) runner.kill();
  }
}

export type CrowdEnd = 'killed' | 'cut';

/**
 * One runner works and five wait. The first is killed, or loses its connection and asks the ledger what became of its
 * work, while the others go on with it. Nobody may claim what another did.
 */
export async function loseOneOfMany(
  serverUrl: string,
  end: CrowdEnd,
  options: ChaosOptions,
): Promise<{ rounds: number }> {
  const WAITING = 5;
  // Long enough for a connection to be lost, and for those who wait to come between.
  const compiled = await chaosMigrations(end === 'killed' ? 30 : 150);
  const slow = compiled.migrations.filter(({ title }) => title.startsWith('slow'));
  await withChaosDatabase(serverUrl, async (database) => {
    const reference = await learnReference(database, compiled);
    const settings = settingsFor(database.url);
    for (let round = 1; round <= options.rounds; round++) {
      const draw = drawFrom(options.seed, 'crowd', end, round);
      const drawn = end === 'killed' ? draw.oneOf(compiled.migrations.slice(2)) : slow[round % slow.length];
      const file = drawn?.up.file ?? '';
      await replayable(options, `One of many ${round}, ${end} in ${file}`, async () => {
        await database.reset();
        const wait = (onWork: () => void) => {
          const onEvent = (event: MigrationEvent) => void (event.type === 'migration-started' && onWork());
          return Array.from({ length: WAITING }, () => up(compiled, settings, { onEvent }));
        };
        const lose = end === 'killed' ? loseProcess : loseConnection;
        const { claimed, others } = await lose({ database, reference, settings, file, wait });
        const failed = others.find((report) => report.status === 'failed');
        if (failed) throw new Error(`A runner that waited failed: ${JSON.stringify(failed.failed)}`);
        const state = await readState(database);
        checkAgreement(state, reference);
        const byOthers = appliedBy(others);
        // Between a COMMIT and the word about it a killed runner leaves one that nobody claims.
        const unclaimed = versionsOf(state).filter((it) => !claimed.includes(it) && !byOthers.includes(it));
        if (unclaimed.length > (end === 'killed' ? 1 : 0))
          throw new Error(`Nobody applied ${unclaimed.join(', ')}.`);
        checkClaimedOnce(reference, [...claimed, ...byOthers, ...unclaimed]);
        await checkFinished(database, reference);
      });
    }
  });
  return { rounds: options.rounds };
}

interface Losing {
  readonly database: ChaosDatabase;
  readonly reference: Reference;
  readonly settings: Settings;
  readonly file: string;
  /** Starts those who wait, and tells when one of them has begun to work. */
  readonly wait: (onWork: () => void) => Promise<MigrationReport>[];
}

interface Lost {
  /** What the lost runner said that it had applied. */
  readonly claimed: readonly string[];
  readonly others: readonly MigrationReport[];
}

async function loseProcess({ reference: { compiled }, settings, file, wait }: Losing): Promise<Lost> {
  const runner = startRunner();
  await runner.until('ready');
  runner.give({ compiled, settings, runners: 1, killAt: { file, when: 'sent' } });
  await runner.until('started');
  const others = wait(() => {});
  const end = await runner.ended;
  return { claimed: announcedBy(end, compiled), others: await Promise.all(others) };
}

/** Its way back to the server is open only when one of the others has the lock: it must not take their work for its own. */
async function loseConnection({ reference: { compiled }, settings, file, wait }: Losing): Promise<Lost> {
  const proxy = await startChaosProxy(settings.database);
  try {
    const database = { ...settings.database, host: '127.0.0.1', port: proxy.port };
    let others: Promise<MigrationReport>[] = [];
    const { promise: taken, resolve: take } = Promise.withResolvers<void>();
    const lost = up(
      compiled,
      { ...settings, database },
      {
        onEvent: (event) => {
          if (event.type === 'migration-started' && others.length === 0) others = wait(take);
          if (event.type !== 'statement-started' || event.file !== file || event.index !== 1) return;
          setTimeout(() => proxy.releaseBehind(taken), 20);
        },
      },
    );
    const report = await lost;
    return { claimed: appliedBy([report]), others: await Promise.all(others) };
  } finally {
    await proxy.close();
  }
}

const appliedBy = (reports: readonly MigrationReport[]) =>
  reports.flatMap(({ applied }) => applied.map(({ version }) => version));

function checkClaimedOnce(reference: Reference, claimed: readonly string[]): void {
  if (isDeepStrictEqual([...claimed].sort(), [...reference.versions])) return;
  throw new Error(`Not each migration was applied by one runner: ${[...claimed].sort().join(', ')}.`);
}
