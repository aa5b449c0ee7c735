import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledMigrations } from '../../lib/core/migrations/compiled.ts';
import { up } from '../../lib/core/migrations/up.ts';
import { type Claim, checkAfter, checkHastyFinish, claimOf } from './chaos-checks.ts';
import { type ChaosDatabase, untilServerAnswers, withChaosDatabase } from './chaos-database.ts';
import { chaosMigrations } from './chaos-migrations.ts';
import { announcedBy, type KillPoint, runnerStock } from './chaos-runner.ts';
import { type ChaosOptions, type Draw, drawFrom, replayable } from './chaos-seed.ts';
import { learnReference } from './chaos-state.ts';
import { settingsFor } from './migrations.ts';

export interface Struck {
  /** How many events there were. */
  readonly events: number;
  /** How many of them found a run that was going on. */
  readonly hits: number;
}

const SLOW_MS = 40;

/** SIGKILL of the runner: at random moments, and at points of its run. */
export async function killRunners(serverUrl: string, options: ChaosOptions): Promise<Struck> {
  const compiled = await chaosMigrations(SLOW_MS);
  const stock = runnerStock(2);
  try {
    return await withChaosDatabase(serverUrl, async (database) => {
      const reference = await learnReference(database, compiled);
      const settings = settingsFor(database.url);
      const began = performance.now();
      await up(compiled, settings);
      const tookMs = performance.now() - began;
      let hits = 0;
      for (let round = 1; round <= options.rounds; round++) {
        const draw = drawFrom(options.seed, 'kill', round);
        const killAt = round % 3 === 0 ? undefined : drawKillPoint(draw, compiled);
        const delayMs = draw.fraction() * tookMs * 1.2;
        const isHasty = draw.fraction() < 0.5;
        const where = killAt ? JSON.stringify(killAt) : `after ${delayMs.toFixed(1)} ms`;
        const event = `Kill ${round}, of the runner ${where}${isHasty ? ', run again at once' : ''}`;
        await replayable(options, event, async () => {
          await database.reset();
          const runner = await stock.take();
          runner.give({ compiled, settings, runners: 1, ...(killAt && { killAt }) });
          if (!killAt) {
            // Its own start is over; give it the moment that it needs to read its job.
            await Promise.race([runner.until('started'), sleep(delayMs)]);
            await sleep(delayMs);
            runner.kill();
          }
          const end = await runner.ended;
          if (killAt && !end.wasKilled) throw new Error('The runner was not there.');
          if (end.wasKilled) hits++;
          // What is left of the dead runner may still be at work when the next one comes.
          if (isHasty) await checkHastyFinish(database, reference, announcedBy(end, compiled));
          else await checkAfter(database, reference, claimOfEnd(end, compiled));
        });
      }
      return { events: options.rounds, hits };
    });
  } finally {
    await stock.close();
  }
}

function claimOfEnd(end: Parameters<typeof announcedBy>[0], compiled: CompiledMigrations): Claim {
  const last = end.words.at(-1);
  if (!end.wasKilled && last?.type === 'report') return { kind: 'report', report: last.report };
  return { kind: 'killed', announced: announcedBy(end, compiled) };
}

function drawKillPoint(draw: Draw, compiled: CompiledMigrations): KillPoint {
  const { up: script } = draw.oneOf(compiled.migrations);
  const { file } = script;
  const when = draw.oneOf(['sent', 'statement', 'applied'] as const);
  if (when !== 'statement') return { file, when };
  return { file, when, statement: draw.between(1, script.statements.length) };
}

/** How a backend ends. `crash` is SIGKILL of the process, after which the whole server recovers. */
export type BackendEnd = 'terminate' | 'cancel' | 'crash';

/**
 * The end of the runner's backend, at a moment drawn from the seed or when a statement begins.
 *
 * `crash` needs a server on this machine that nobody else uses.
 */
export async function killBackends(
  serverUrl: string,
  end: BackendEnd,
  options: ChaosOptions,
): Promise<Struck> {
  const compiled = await chaosMigrations(SLOW_MS);
  return withChaosDatabase(serverUrl, async (database) => {
    const reference = await learnReference(database, compiled);
    const began = performance.now();
    await up(compiled, settingsFor(database.url));
    const tookMs = performance.now() - began;
    let hits = 0;
    for (let round = 1; round <= options.rounds; round++) {
      const draw = drawFrom(options.seed, end, round);
      const atEvent = draw.fraction() < 0.5;
      const { up: script } = draw.oneOf(compiled.migrations);
      const statement = draw.between(1, script.statements.length);
      const delayMs = draw.fraction() * (atEvent ? SLOW_MS / 4 : tookMs);
      const where = `${delayMs.toFixed(1)} ms after ${atEvent ? `${script.file} statement ${statement}` : 'the start'}`;
      await replayable(options, `${end} ${round}, of the backend, ${where}`, async () => {
        await database.reset();
        const strike = async () => {
          await sleep(delayMs);
          hits += await endBackend(database, end);
        };
        let struck: Promise<void> | undefined = atEvent ? undefined : strike();
        const claim = await claimOf(
          up(compiled, settingsFor(database.url), {
            onEvent: (event) => {
              if (event.type !== 'statement-started' || event.file !== script.file) return;
              if (event.index === statement) struck ??= strike();
            },
          }),
        );
        await struck;
        if (end === 'crash') await untilServerAnswers(database.url);
        await checkAfter(database, reference, claim);
      });
    }
    return { events: options.rounds, hits };
  });
}

const OURS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'registry-jobs%'`;

async function endBackend(database: ChaosDatabase, end: BackendEnd): Promise<number> {
  if (end === 'crash') {
    const witness = await database.connect();
    const { rows } = await witness.query<{ pid: number }>(`SELECT pid ${OURS}`);
    const crashed = new Promise<unknown>((resolve) => witness.once('end', resolve));
    const hits = rows.filter(({ pid }) => killProcess(pid)).length;
    // The server ends every session before it recovers; until then it still answers.
    if (hits > 0) await crashed;
    return Math.min(hits, 1);
  }
  const rows = await database.query(`SELECT pg_${end}_backend(pid) ${OURS}`);
  return Math.min(rows.length, 1);
}

/** False when it had ended by itself in the meantime. */
function killProcess(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}
