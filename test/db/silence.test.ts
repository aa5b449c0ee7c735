import { describe, expect } from 'vitest';
import { baseline } from '../../lib/jobs/baseline.ts';
import { force } from '../../lib/jobs/force.ts';
import { up } from '../../lib/jobs/up.ts';
import { withConnection } from '../../lib/postgres/session/connection.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { audit, rebuild } from '../../lib/statistics/audit.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import { database, test, testAlone } from '../support/concurrent.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, settingsFor } from '../support/migrations.ts';

/* A network may be gone without a word. Whoever waits for an answer to a statement of our own is told within a bounded time. */
const ANSWER_MS = 400;
const CONNECT_MS = 700;
const patience = { answerMs: ANSWER_MS };

function settings(url: string, functions = ['f', 'f']): PostgresSettings {
  const found = settingsFor(url);
  return {
    ...found,
    database: { ...found.database, connectTimeoutMs: CONNECT_MS },
    statistics: { functions, timeoutMs: 1_000 },
  };
}

/** Swallows everything behind the first messages of the client, whatever the connection. */
function silentAfter(messages: number) {
  let left = messages;
  return {
    toServer: (bytes: Buffer) => (left-- > 0 ? bytes : Buffer.alloc(0)),
    toClient: (bytes: Buffer) => (left >= 0 ? bytes : Buffer.alloc(0)),
  };
}

/** What a person is told in the end: a report, or an error with what to do. */
async function told(work: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work);
  } catch (error) {
    expect(error).toMatchObject({ name: 'RegistryJobsError', hint: expect.stringMatching(/\S/) });
    return String(error);
  }
}

const commands: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  up: async (url) => up(await compile({ '001_a.sql': 'select 1' }), settings(url), patience),
  'up, one by one': async (url) =>
    up(
      await compile({ '001_a.sql': '-- registry-jobs: transaction off\nselect 1; select 2' }),
      settings(url),
      patience,
    ),
  refresh: (url) => refresh(settings(url), patience),
  'baseline, the preview': async (url) =>
    baseline(await compile({ '001_a.sql': 'select 1' }), settings(url), '001', { apply: false, ...patience }),
  force: async (url) =>
    force(await compile({ '001_a.sql': 'select 1' }), settings(url), '001', { apply: true, ...patience }),
  audit: (url) => audit(settings(url), patience),
  rebuild: (url) => rebuild(settings(url), patience),
};

describe.concurrent.each(Object.keys(commands))('%s', (command) => {
  test.each([[1], [2], [3], [4], [5], [6]])(
    'ends in a sentence when everything behind message %s is gone',
    async (messages) => {
      await database.query(`create function f() returns int language sql as 'select 1'`);
      const began = performance.now();
      const text = await withProxy(database.url, silentAfter(messages), (url) =>
        told(commands[command]?.(url) ?? Promise.reject(new Error('no such command'))),
      );
      // Twice a connection and an answer, and twice a goodbye.
      expect(performance.now() - began).toBeLessThan(8_000);
      expect(text).not.toBe('');
    },
  );
});

test('what is said names the time, the server and what to type', async () => {
  const error = await withProxy(database.url, silentAfter(3), async (url) =>
    up(await compile({ '001_a.sql': 'select 1' }), settings(url), patience).catch(
      (reason: unknown) => reason,
    ),
  );
  expect(error).toMatchObject({
    code: 'connection-lost',
    message: expect.stringMatching(
      /^The connection to 127\.0\.0\.1:\d+ was lost: no answer came for 0\.4 s$/,
    ),
    hint: 'See whether the server can be reached, then run again; what it has done until then is shown by: registry-jobs status',
  });
});

describe('patience', () => {
  const open = <T>(work: Parameters<typeof withConnection<T>>[2]) =>
    withConnection(
      settings(database.url).database,
      { purpose: 'test', giveUpAt: Number.POSITIVE_INFINITY, answerMs: ANSWER_MS },
      work,
    );

  test('is as long as a statement says that it may take; it begins when it is its turn', async () => {
    const slow = 'select pg_sleep(0.9)';
    await open(async ({ send }) => {
      await Promise.all([
        send(slow, { mayTakeMs: Infinity }),
        send('select 1'),
        send(slow, { mayTakeMs: 1_000 }),
      ]);
      expect((await send('select 2 as two')).rows).toEqual([{ two: 2 }]);
    });
    await expect(open(({ send }) => send(slow))).rejects.toMatchObject({ code: 'connection-lost' });
  });

  test('is not lost over rows that are still coming', async () => {
    const { rows } = await open(({ send }) =>
      send(`select i, pg_sleep(0.1), repeat('x', 20000) from generate_series(1, 10) i`),
    );
    expect(rows).toHaveLength(10);
  });

  testAlone('nor over a process that was busy with something else when the answer came', async () => {
    await open(async ({ send }) => {
      const answer = send('select 1 as one');
      await new Promise((resolve) => setImmediate(resolve));
      const until = performance.now() + 2 * ANSWER_MS;
      while (performance.now() < until);
      expect((await answer).rows).toEqual([{ one: 1 }]);
    });
  });

  test('a file may take as long as it wants, and a function what it is given', async () => {
    const slow = await compile({
      '001_a.sql': 'select pg_sleep(1.6)',
      '002_b.sql': '-- registry-jobs: transaction off\nselect pg_sleep(1.6)',
      '003_c.sql': `create table c (x int); create function checks() returns trigger language plpgsql
          as 'begin perform pg_sleep(1.6); return null; end';
        create constraint trigger late after insert on c deferrable initially deferred for each row execute function checks();
        insert into c values (1)`,
    });
    const report = await up(slow, settingsFor(database.url), { answerMs: 1_000 });
    expect(renderMigrationReport(report)).toContain('3 migrations applied');
    await database.query(`create function slow() returns int language sql as 'select 1 from pg_sleep(1.2)'`);
    // Not in a hurry to connect either: the machine may be busy.
    const timed = { ...settingsFor(database.url), statistics: { functions: ['slow'], timeoutMs: 10_000 } };
    expect(await refresh(timed, { answerMs: 1_000 })).toMatchObject({ status: 'refreshed' });
  });
});
