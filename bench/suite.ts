import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { formatDuration, formatTable } from '../lib/text/format.ts';
import type { Goal } from './goals.ts';
import { title } from './report.ts';
import { median } from './statistics.ts';

/** What the two commands take that a newcomer types first, in milliseconds. */
export interface Suite {
  /** `npm start`: the demo, on a Postgres that is thrown away. */
  readonly startMs: readonly number[];
  /** `npm test`: once, since it takes minutes. */
  readonly testMs: number;
}

const ROOT = path.resolve(import.meta.dirname, '..');
const ROUNDS = 3;

/** @throws Error where one of them fails */
export async function measureSuite(say: (progress: string) => void): Promise<Suite> {
  const startMs: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`npm start, round ${round} of ${ROUNDS}`);
    startMs.push(await npm('start'));
  }
  say('npm test');
  return { startMs, testMs: await npm('test') };
}

async function npm(command: string): Promise<number> {
  const began = performance.now();
  await promisify(execFile)('npm', [command], { cwd: ROOT, maxBuffer: 256 * 2 ** 20 });
  return performance.now() - began;
}

export function renderSuite({ startMs, testMs }: Suite): string {
  return [
    title(`The first two commands (npm start: median of ${startMs.length})`),
    formatTable(
      [
        ['npm start', formatDuration(median(startMs))],
        ['npm test', formatDuration(testMs)],
      ],
      new Set([1]),
    ),
  ].join('\n');
}

export function suiteGoals({ testMs }: Suite): Goal[] {
  return [{ what: 'npm test', limit: 90, found: testMs / 1_000, unit: ' s', isTime: true }];
}
