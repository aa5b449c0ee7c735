import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ErrorReport } from '../../lib/errors/error.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import type { Command } from './chaos-command.ts';
import type { Journey, Move } from './chaos-journey.ts';
import { scriptOfMove } from './chaos-reference.ts';
import { compileCache } from './compile-cache.ts';

/** Where a runner kills itself: it knows best when it is there. */
export type KillPoint =
  /** As soon as the file's flight is on its way. */
  | { readonly file: string; readonly when: 'sent' }
  /** When the statement before this one was answered; one more than there are: when all were. Or so long after. */
  | {
      readonly file: string;
      readonly when: 'statement';
      readonly statement: number;
      readonly afterMs?: number;
    }
  /** Between this file and the next. */
  | { readonly file: string; readonly when: 'applied' };

export interface RunnerJob {
  readonly command: Command;
  readonly compiled: CompiledMigrations;
  readonly settings: PostgresSettings;
  /** How many run at once in the one process. */
  readonly runners: number;
  readonly killAt?: KillPoint;
}

/** A line of a runner's stdout. */
export type RunnerWord =
  | { readonly type: 'ready' | 'waiting' }
  | { readonly type: 'started' | 'applied'; readonly file: string }
  | { readonly type: 'report'; readonly report: MigrationReport }
  | { readonly type: 'error'; readonly error: ErrorReport };

export interface RunnerEnd {
  readonly words: readonly RunnerWord[];
  readonly wasKilled: boolean;
}

/** A process that has loaded everything and waits for its job. */
export interface RunnerProcess {
  give(job: RunnerJob): void;
  kill(): void;
  /** Waits for a word of this type, or for the end. */
  until(type: RunnerWord['type']): Promise<void>;
  readonly ended: Promise<RunnerEnd>;
}

/** Starts a runner; give it its job later, so that its start costs no time then. */
export function startRunner(): RunnerProcess {
  const child: ChildProcess = spawn(process.execPath, [path.join(import.meta.dirname, 'runner-process.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: cleanEnvironment(),
  });
  const words: RunnerWord[] = [];
  const listeners = new Set<() => void>();
  let stderr = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr += bytes;
  });
  child.stdin?.on('error', () => {});
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      words.push(JSON.parse(line) as RunnerWord);
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'close').then(([code, signal]): RunnerEnd => {
    if (signal !== 'SIGKILL' && code !== 0) throw new Error(`The runner ended with ${code}: ${stderr}`);
    return { words, wasKilled: signal === 'SIGKILL' };
  });
  ended.catch(() => {});
  return {
    ended,
    give: (job) => {
      child.stdin?.end(JSON.stringify(job));
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    until: (type) => {
      const said = new Promise<void>((resolve) => {
        const look = () => {
          if (!words.some((word) => word.type === type)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      });
      return Promise.race([said, ended.then(() => {})]);
    },
  };
}

/** What a run announced as applied. */
export function announcedBy({ words }: RunnerEnd, journey: Journey): Move[] {
  const files = words.flatMap((word) => (word.type === 'applied' ? [word.file] : []));
  return files.map((file) => {
    const found = journey.moves.find((move) => scriptOfMove(journey, move).file === file);
    if (!found) throw new Error(`${file} was announced as applied.`);
    return found;
  });
}

/**
 * Runners that are started ahead of time: a start takes longer than a round.
 *
 * @param size how many wait at a time
 * @param all how many are taken
 */
export function runnerStock(
  size: number,
  all: number,
): { take(): Promise<RunnerProcess>; close(): Promise<void> } {
  let started = Math.min(size, all);
  const stock = Array.from({ length: started }, startRunner);
  return {
    take: async () => {
      if (started++ < all) stock.push(startRunner());
      const runner = stock.shift() ?? startRunner();
      await runner.until('ready');
      return runner;
    },
    close: async () => {
      for (const runner of stock) runner.kill();
      await Promise.all(stock.map(({ ended }) => ended.catch(() => {})));
    },
  };
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(PG|DATABASE_URL$|REGISTRY_JOBS_|NODE_OPTIONS$|VITEST)/;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(own), ...compileCache };
}
