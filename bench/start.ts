import path from 'node:path';
import { compileFolder } from '../lib/jobs/compile.ts';
import { formatDuration, formatTable } from '../lib/text/format.ts';
import { generateMigrations } from './generate.ts';
import type { Goal } from './goals.ts';
import { applyAsHistory } from './long-history.ts';
import { writeMigrations } from './peers/files.ts';
import { targetUrl } from './peers/peer.ts';
import { runProgram } from './peers/process.ts';
import { settingsFor } from './peers/registry-jobs.ts';
import { packagedProgram } from './program.ts';
import { range, title } from './report.ts';
import type { BenchServer } from './server.ts';
import { type Spread, spread } from './statistics.ts';

/** How long commands take that have nothing to do, beside a Node that does nothing. */
export interface Start {
  readonly rounds: number;
  readonly commands: readonly {
    readonly name: string;
    readonly ms: Spread;
    /** Of its median, to that of the bare Node. */
    readonly times: number;
    /** What it is to be at most, as a multiple of the bare Node. */
    readonly goal?: number;
  }[];
}

interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly url?: string;
  readonly goal?: number;
}

const ROUNDS = 11;

/**
 * Measures them in turns, so that a machine that slows down is slow for all.
 *
 * @param applied how many migrations the long history has
 */
export async function measureStart(
  server: BenchServer,
  applied: number,
  folder: string,
  say: (progress: string) => void,
): Promise<Start> {
  const program = await packagedProgram();
  const own = path.resolve(import.meta.dirname, '../migrations');
  const long = path.join(folder, 'start-history');
  await writeMigrations(long, generateMigrations(applied));
  return server.withDatabase((few) =>
    server.withDatabase(async (many) => {
      const target = (database: string) => {
        const { host, port, user, password } = server;
        return { host, port, user, password, database };
      };
      const nothingToDo = (database: string, migrations: string, files: number, goal: number): Command[] =>
        ['status', 'up'].map((command) => ({
          name: `${command}, ${files} applied`,
          args: [program, command, '--migrations', migrations],
          url: targetUrl(target(database)),
          goal,
        }));
      const compiled = await compileFolder(own, 'migrations');
      await runProgram(process.execPath, [program, 'up', '--migrations', own], {
        DATABASE_URL: targetUrl(target(few)),
      });
      await applyAsHistory(server, many, await compileFolder(long, 'migrations'), settingsFor(target(many)));
      const commands: Command[] = [
        { name: 'node -e 0', args: ['-e', '0'] },
        { name: '--version', args: [program, '--version'], goal: 3 },
        { name: '--help', args: [program, '--help'], goal: 3 },
        ...nothingToDo(few, own, compiled.migrations.length, 4),
        ...nothingToDo(many, long, applied, 16),
      ];
      const times = new Map(commands.map((command) => [command, [] as number[]]));
      // The first one of each is not counted: it fills the cache of compiled code.
      for (let round = 0; round <= ROUNDS; round++) {
        say(`start, round ${round} of ${ROUNDS}`);
        for (const [command, found] of times) {
          const began = performance.now();
          await runProgram(process.execPath, command.args, command.url ? { DATABASE_URL: command.url } : {});
          if (round > 0) found.push(performance.now() - began);
        }
      }
      const spreads = [...times].map(([command, found]) => ({ command, ms: spread(found) }));
      const bare = spreads[0]?.ms.median ?? Number.NaN;
      return {
        rounds: ROUNDS,
        commands: spreads.map(({ command: { name, goal }, ms }) => ({
          ...{ name, ms, times: ms.median / bare },
          ...(goal !== undefined && { goal }),
        })),
      };
    }),
  );
}

export function renderStart({ rounds, commands }: Start): string {
  const rows = commands.map(({ name, ms, times }) => [
    name,
    formatDuration(ms.median),
    range(ms),
    `${times.toFixed(1)}x`,
  ]);
  return [
    title(`The start of commands that have nothing to do (median of ${rounds}, in turns; least to most)`),
    formatTable([['', 'time', 'range', 'vs node -e 0'], ...rows], new Set([1, 2, 3])),
  ].join('\n');
}

export function startGoals({ commands }: Start): Goal[] {
  return commands.flatMap(({ name, times, goal }) =>
    goal === undefined
      ? []
      : [{ what: `${name}: against node -e 0`, limit: goal, found: times, unit: 'x', isTime: true }],
  );
}
