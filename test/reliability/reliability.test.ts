import { describe, expect, inject, test } from 'vitest';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import { killBackends } from '../support/chaos-backends.ts';
import { crowd } from '../support/chaos-crowd.ts';
import { cutEverywhere } from '../support/chaos-cuts.ts';
import type { JourneyName } from '../support/chaos-journey.ts';
import { killRunners } from '../support/chaos-kills.ts';
import { loseOneOfMany } from '../support/chaos-many.ts';
import { chaosOptions } from '../support/chaos-seed.ts';
import { fallSilent } from '../support/chaos-silence.ts';

const serverUrl = () => inject('serverUrl');
/** One round alone may fall beside the run. */
const half = (rounds: number) => Math.floor(rounds / 2);

// At once, because most of the time is spent waiting. Longer, or with another seed: see docs/reliability.md.
describe.concurrent('after each of these: true reports, nothing lost, half done or done twice', {
  timeout: 3_600_000,
}, () => {
  test.each<[JourneyName, number]>([
    ['transactions', 10],
    ['statements', 6],
  ])(
    'the connection falls silent: the run ends before its deadline, and the application goes on (%s)',
    async (name, expected) => {
      const limits = { deadlineMs: 14_000, freeWithinMs: 15_000 };
      const silences = await fallSilent(serverUrl(), name, chaosOptions(1), limits);
      expect(silences).toHaveLength(expected);
    },
  );

  test('the connection is cut at every flight', async () => {
    const { flights, cuts, lostCommits } = await cutEverywhere(serverUrl(), 'transactions', chaosOptions(12));
    // To connect: three, or one without a password. To read the ledger, and to create it: two. The migrations, all in one. The goodbye.
    expect(flights).toBeGreaterThanOrEqual(5);
    expect(cuts).toBeGreaterThan(72);
    // Two for each file.
    expect(lostCommits).toBeGreaterThanOrEqual(28);
  });

  // At every flight takes minutes: that is for the benchmark.
  test.each<[JourneyName, number]>([
    ['statements', 3],
    ['down', 1],
    ['redo in transactions', 1],
    ['redo by statements', 1],
  ])('the connection is cut at flights that are drawn (%s)', async (name, rounds) => {
    const options = chaosOptions(rounds);
    const { cuts } = await cutEverywhere(serverUrl(), name, options, {
      waysPerFlight: 1,
      most: 4 * options.rounds,
    });
    expect(cuts).toBeGreaterThan(0);
  });

  test.each<[JourneyName, number]>([
    ['transactions', 12],
    ['statements', 3],
    ['down', 1],
  ])('the runner is killed (%s)', async (name, rounds) => {
    const options = chaosOptions(rounds);
    const { hits } = await killRunners(serverUrl(), name, options);
    expect(hits).toBeGreaterThanOrEqual(half(options.rounds));
  });

  test.each<[JourneyName, number]>([
    ['transactions', 10],
    ['statements', 4],
    ['down', 1],
    ['redo by statements', 1],
  ])('its backend is terminated (%s)', async (name, rounds) => {
    const options = chaosOptions(rounds);
    const { hits } = await killBackends(serverUrl(), 'terminate', name, options);
    expect(hits).toBeGreaterThanOrEqual(half(options.rounds));
  });

  test.each<[JourneyName, number]>([
    ['transactions', 5],
    ['statements', 3],
  ])('its statement is cancelled by somebody else (%s)', async (name, rounds) => {
    await killBackends(serverUrl(), 'cancel', name, chaosOptions(rounds));
  });

  // On a server of its own, whatever TEST_DATABASE_URL says: a crash ends every session. Its commits are in the log
  // before they are answered, as on any server that is not a test's.
  test('its backend crashes, and the server recovers', async () => {
    const server = await startEmbeddedPostgres({ settings: { fsync: 'off', restart_after_crash: 'on' } });
    try {
      for (const [name, rounds] of [
        ['transactions', 3],
        ['statements', 1],
      ] as const) {
        const options = chaosOptions(rounds);
        const { hits } = await killBackends(server.connectionString('postgres'), 'crash', name, options);
        expect(hits).toBeGreaterThanOrEqual(half(options.rounds));
      }
    } finally {
      await server.stop();
    }
  });

  test('50 runners start at once on an empty database: all say so', async () => {
    const { runners } = await crowd(serverUrl(), 'transactions', { here: 30, processes: 4, each: 5 });
    expect(runners).toBe(50);
  });

  test('15 runners start at once where files run without a transaction: none finds one half done', async () => {
    const { runners } = await crowd(serverUrl(), 'statements', { here: 15, processes: 0, each: 0 });
    expect(runners).toBe(15);
  });

  test('one runner is killed while five wait: they go on', async () => {
    await loseOneOfMany(serverUrl(), 'killed', 'transactions', chaosOptions(2));
  });

  test('one runner loses its connection while five wait: it claims nothing that they did', async () => {
    await loseOneOfMany(serverUrl(), 'cut', 'transactions', chaosOptions(3));
  });

  test.each(['killed', 'cut'] as const)(
    'one runner is lost (%s) in a file without a transaction while five wait: they refuse',
    async (end) => {
      const { refused } = await loseOneOfMany(serverUrl(), end, 'statements', chaosOptions(1));
      // A connection that is cut may have brought the word about the file's last statement just before.
      expect(refused).toBeGreaterThanOrEqual(end === 'killed' ? 1 : 0);
    },
  );
});
