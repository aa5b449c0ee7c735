import { describe, expect, inject, test } from 'vitest';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import { crowd, loseOneOfMany } from '../support/chaos-crowd.ts';
import { cutEverywhere, fallSilent } from '../support/chaos-cuts.ts';
import { killBackends, killRunners } from '../support/chaos-kills.ts';
import { chaosOptions } from '../support/chaos-seed.ts';

// At once, because most of the time is spent waiting. Longer, or with another seed: see docs/reliability.md.
describe.concurrent('after each of these: true reports, nothing lost, half done or done twice', {
  timeout: 3_600_000,
}, () => {
  test('the connection falls silent: the run ends before its deadline, and the application goes on', async () => {
    const limits = { deadlineMs: 14_000, freeWithinMs: 15_000 };
    const silences = await fallSilent(inject('serverUrl'), chaosOptions(1), limits);
    expect(silences).toHaveLength(10);
  });

  test('the connection is cut at every flight', async () => {
    const { flights, cuts, lostCommits } = await cutEverywhere(inject('serverUrl'), chaosOptions(12));
    // To connect: three. To read the ledger, and to create it: two. The migrations. The goodbye.
    expect(flights).toBeGreaterThanOrEqual(18);
    expect(cuts).toBeGreaterThan(4 * flights);
    expect(lostCommits).toBeGreaterThanOrEqual(12);
  });

  test('the runner is killed', async () => {
    const options = chaosOptions(12);
    const { hits } = await killRunners(inject('serverUrl'), options);
    expect(hits).toBeGreaterThanOrEqual(Math.ceil(options.rounds / 2));
  });

  test('its backend is terminated', async () => {
    const options = chaosOptions(10);
    const { hits } = await killBackends(inject('serverUrl'), 'terminate', options);
    expect(hits).toBeGreaterThanOrEqual(Math.ceil(options.rounds / 2));
  });

  test('its statement is cancelled by somebody else', async () => {
    await killBackends(inject('serverUrl'), 'cancel', chaosOptions(5));
  });

  // On a server of its own, whatever TEST_DATABASE_URL says: a crash ends every session. Its commits are in the log
  // before they are answered, as on any server that is not a test's.
  test('its backend crashes, and the server recovers', async () => {
    const server = await startEmbeddedPostgres({ settings: { fsync: 'off', restart_after_crash: 'on' } });
    try {
      const options = chaosOptions(4);
      const { hits } = await killBackends(server.connectionString('postgres'), 'crash', options);
      expect(hits).toBeGreaterThanOrEqual(Math.ceil(options.rounds / 2));
    } finally {
      await server.stop();
    }
  });

  test('50 runners start at once on an empty database: all say so', async () => {
    const { runners } = await crowd(inject('serverUrl'), { here: 30, processes: 4, each: 5 });
    expect(runners).toBe(50);
  });

  test('one runner is killed while five wait: they go on', async () => {
    await loseOneOfMany(inject('serverUrl'), 'killed', chaosOptions(2));
  });

  test('one runner loses its connection while five wait: it claims nothing that they did', async () => {
    await loseOneOfMany(inject('serverUrl'), 'cut', chaosOptions(3));
  });
});
