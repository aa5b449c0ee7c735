import { setTimeout as sleep } from 'node:timers/promises';
import { claimOf } from './chaos-checks.ts';
import { type Command, perform } from './chaos-command.ts';
import { type ChaosDatabase, untilServerAnswers, withChaosDatabase } from './chaos-database.ts';
import { type JourneyName, planJourney } from './chaos-journey.ts';
import { measureRun, SLOW_MS, type Struck } from './chaos-kills.ts';
import { begin, checkAfter, type Runner } from './chaos-person.ts';
import { drawReader } from './chaos-reader.ts';
import { learnReference, scriptOfMove } from './chaos-reference.ts';
import { type ChaosOptions, type Draw, drawFrom, replayable } from './chaos-seed.ts';
import { settingsFor } from './migrations.ts';

/** How a backend ends. `crash` is SIGKILL of the process, after which the whole server recovers. */
export type BackendEnd = 'terminate' | 'cancel' | 'crash';

/** When a backend is struck: so long after the start, or after a statement begins. */
interface Moment {
  readonly delayMs: number;
  readonly at?: { readonly file: string; readonly statement: number };
}

/**
 * The end of the runner's backend, at a moment drawn from the seed or when a statement begins. In some rounds the run that goes on after
 * that is struck as well.
 *
 * `crash` needs a server on this machine that nobody else uses.
 */
export async function killBackends(
  serverUrl: string,
  end: BackendEnd,
  name: JourneyName,
  options: ChaosOptions,
): Promise<Struck> {
  const journey = await planJourney(name, SLOW_MS);
  return withChaosDatabase(serverUrl, async (database) => {
    const reference = await learnReference(database, journey);
    const tookMs = await measureRun({ database, reference });
    let hits = 0;
    const strikeRun = async (command: Command, { delayMs, at }: Moment) => {
      let wasThere = false;
      const strike = async () => {
        await sleep(delayMs);
        wasThere = await endBackend(database, end);
      };
      let struck: Promise<void> | undefined = at ? undefined : strike();
      const claim = await claimOf(
        perform(command, journey.compiled, settingsFor(database.url), {
          onEvent: (event) => {
            if (event.type !== 'statement-started' || event.file !== at?.file) return;
            if (event.index === at.statement) struck ??= strike();
          },
        }),
      );
      await struck;
      if (end === 'crash') await untilServerAnswers(database.url);
      return { claim, wasThere };
    };
    const drawMoment = (draw: Draw): Moment => {
      const atEvent = draw.fraction() < 0.6;
      const { file, statements } = scriptOfMove(journey, draw.oneOf(journey.moves));
      const statement = draw.between(1, statements.length);
      // Half of them at once, when something has just been sent; the others somewhere in what it takes.
      const share = draw.fraction() < 0.5 ? 0.05 : 0.6;
      const delayMs = draw.fraction() * (atEvent ? SLOW_MS * share : tookMs);
      return { delayMs, ...(atEvent && { at: { file, statement } }) };
    };
    for (let round = 1; round <= options.rounds; round++) {
      const draw = drawFrom(options.seed, end, name, round);
      const moment = drawMoment(draw);
      const second: Moment | undefined =
        draw.fraction() < 0.3 ? { delayMs: draw.fraction() * tookMs * 0.3 } : undefined;
      await begin({ database, reference });
      const reader = drawReader(database, draw, tookMs);
      const { delayMs, at } = moment;
      const where = `${delayMs.toFixed(1)} ms after ${at ? `${at.file} statement ${at.statement}` : 'the start'}`;
      const twice = second ? `, and again ${second.delayMs.toFixed(1)} ms after it went on` : '';
      const event = `${end} ${round} (${name}), of the backend, ${where}${reader.says}${twice}`;
      await replayable(options, event, async () => {
        const command = journey.command(0);
        const { wasThere, ...told } = await strikeRun(command, moment);
        if (wasThere) hits++;
        await reader.leave();
        const again: Runner | undefined = second && ((next) => strikeRun(next, second));
        await checkAfter({ database, reference, draw }, { command, ...told }, again && { again });
      });
    }
    return { events: options.rounds, hits };
  });
}

const OURS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'registry-jobs%'`;

async function endBackend(database: ChaosDatabase, end: BackendEnd): Promise<boolean> {
  if (end === 'crash') {
    const witness = await database.connect();
    const { rows } = await witness.query<{ pid: number }>(`SELECT pid ${OURS}`);
    const crashed = new Promise<unknown>((resolve) => witness.once('end', resolve));
    const hits = rows.filter(({ pid }) => killProcess(pid)).length;
    // The server ends every session before it recovers; until then it still answers.
    if (hits > 0) await crashed;
    return hits > 0;
  }
  const rows = await database.query(`SELECT pg_${end}_backend(pid) ${OURS}`);
  return rows.length > 0;
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
