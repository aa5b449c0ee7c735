import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RegistryTemplate } from '../support/registry.ts';
import {
  audit,
  clientMoves,
  jobMoves,
  type Move,
  programs,
  refreshes,
} from '../support/statistics-programs.ts';
import { createStageTemplate, openStage, slowFolds } from '../support/statistics-stage.ts';

let template: RegistryTemplate;

beforeAll(async () => {
  template = await createStageTemplate();
});
afterAll(() => template.drop());

// A failure prints a seed, a path and the shortest program that fails. To run that program alone:
//   REGISTRY_JOBS_RANDOM_SEED=<seed> REGISTRY_JOBS_RANDOM_PATH=<path> npx vitest run test/db/incremental-random.test.ts -t turns
// REGISTRY_JOBS_RANDOM_RUNS=2000 runs that many programs, others each time unless a seed is given.
const {
  REGISTRY_JOBS_RANDOM_RUNS: runs,
  REGISTRY_JOBS_RANDOM_SEED: seed,
  REGISTRY_JOBS_RANDOM_PATH: path,
} = process.env;
const timeLimit = 50_000 + Number(runs ?? 0) * 500;

// One move after the other, so that a program always does the same and can be shortened; while transactions, savepoints and
// snapshots of all connections, the job's folds included, overlap in every order. Whoever meets a lock would wait for a move
// that only comes afterwards: so nobody waits, the move is refused and its transaction undone, every time. If each client
// had rows of its own instead, no two would ever meet. What happens inside of a statement while others commit is
// left to the test below.
test('whatever clients do in turns, the statistics are exact', { timeout: timeLimit + 10_000 }, async () => {
  const stage = await openStage(template, 'set lock_timeout = 1');
  const property = fc.asyncProperty(programs(3), async ({ moves, refresh }) => {
    await stage.start();
    for (const move of moves) await stage.play(move);
    expect(await stage.finish(refresh)).toEqual([]);
  });
  try {
    await fc.assert(property, {
      numRuns: Number(runs ?? 30),
      ...(runs && !seed ? {} : { seed: Number(seed ?? 1) }),
      ...(path ? { path } : {}),
      interruptAfterTimeLimit: timeLimit, // ends the shortening too: the shortest program so far is printed
      markInterruptAsFailure: true,
    });
  } finally {
    await stage.drop();
  }
});

test.each([1, 2, 3])('whatever clients do at once, the statistics are exact (seed %i)', async (seed) => {
  const stage = await openStage(template, `set deadlock_timeout = '20ms'; set lock_timeout = '100ms'`);
  const until = performance.now() + 1200;
  /** One connection makes the given moves, over and over; returns how many. */
  const playOn = async (by: string, moves: readonly Move[]) => {
    let played = 0;
    for (; performance.now() < until; played++)
      await stage.play({ ...(moves[played % moves.length] as Move), by });
    return played;
  };
  const sample = <T>(of: fc.Arbitrary<T>, connection: number) =>
    fc.sample(of, { seed: seed * 100 + connection, numRuns: 1000 });
  try {
    await stage.start();
    await stage.db.query(slowFolds);
    const writers = [1, 2, 3, 4, 5].map((number) => {
      // Short ones, for much to commit at once.
      const transactions = fc.array(clientMoves(number, 200), { minLength: 1, maxLength: 4 });
      const end = { by: '', sql: 'commit' };
      const moves = sample(transactions, number).flatMap((steps) => [...steps, end]);
      return playOn(`client ${number}`, moves);
    });
    const jobs = [6, 7].map((number) => playOn(`job ${number}`, sample(jobMoves(5), number)));
    const auditor = playOn('auditor', [{ by: '', sql: audit }]);
    // All of them, so that a failure does not leave others at work.
    const all = [...writers, ...jobs, auditor];
    await Promise.allSettled(all);
    const played = await Promise.all(all);
    expect(Math.min(...played)).toBeGreaterThan(5);

    expect(await stage.finish(refreshes[seed] as string)).toEqual([]);
  } finally {
    await stage.drop();
  }
});
