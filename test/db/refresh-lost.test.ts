import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { type RefreshOptions, refresh } from '../../lib/statistics/refresh.ts';
import { renderStatisticsReport, type StatisticsReport } from '../../lib/statistics/refresh-report.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { withProxy } from '../support/meddler.ts';
import { settingsFor } from '../support/settings.ts';

/* A function that ends the session, or a network that does, is no reason not to call the others. */
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table log (id int generated always as identity, entry text not null);
    create function one() returns int language plpgsql as $$ begin
      insert into log (entry) select concat_ws(' ', current_setting('application_name'), current_setting('default_transaction_read_only'),
        current_setting('statement_timeout'), pg_backend_pid());
      return 1;
    end $$;
    create function ends() returns int language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return 1; end $$;
    create function lasts() returns int language plpgsql as $$ begin
      perform pg_advisory_xact_lock(7);
      raise notice 'at work';
      perform pg_sleep(30);
      return 1;
    end $$;
    create function alone() returns int language sql as 'select case when pg_try_advisory_xact_lock(7) then 1 else 0 end'`);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'registry-jobs refresh' and datname = current_database()`);
  await database.query('truncate log restart identity');
});

function settings(functions: readonly string[], url = database.url): PostgresSettings {
  return { ...settingsFor(url), statistics: { functions, timeoutMs: 20_000 } };
}
const summary = ({ name, outcome, reason, error }: StatisticsReport['functions'][number]) =>
  [name, outcome, reason ?? error?.code].filter(Boolean).join(': ');
const outcomesOf = async (functions: readonly string[], options?: RefreshOptions) =>
  (await refresh(settings(functions), options)).functions.map(summary);
const LOST = 'ends: failed: connection-lost';

test('the others are called, in a session like the first', async () => {
  const thirteen = ['one', 'one', 'ends', ...Array.from({ length: 10 }, () => 'one')];
  const told: string[] = [];
  const report = await refresh(settings(thirteen), {
    onEvent: (event) => event.type === 'function-finished' && told.push(event.name),
  });
  expect(report.status).toBe('failed');
  expect(report.functions.map(summary)).toEqual(
    thirteen.map((name) => (name === 'ends' ? LOST : 'one: refreshed')),
  );
  expect(told).toEqual(thirteen);
  expect(renderStatisticsReport(report)).toContain('\n1 of 13 statistics functions failed in ');
  const entries = (await database.query<{ entry: string }>('select entry from log order by id')).map(
    ({ entry }) => entry,
  );
  expect(new Set(entries.map((entry) => entry.replace(/\d+$/, 'PID')))).toEqual(
    new Set(['registry-jobs refresh on 20s PID']),
  );
  expect(new Set(entries).size).toBe(2);
});

test('each of several may end its session', async () => {
  expect(await outcomesOf(['ends', 'one', 'ends', 'ends', 'one', 'ends'])).toEqual([
    LOST,
    'one: refreshed',
    LOST,
    LOST,
    'one: refreshed',
    LOST,
  ]);
});

test('a migration that has begun meanwhile is stood aside for', async () => {
  const runner = await database.connect();
  const key = migrationLockKey(database.name, defaultLedger);
  const report = refresh(settings(['ends', 'one']), {
    onEvent: (event) => {
      if (event.type === 'function-finished' && event.name === 'ends')
        void runner.query('select pg_advisory_lock($1)', [key]);
    },
  });
  const { functions } = await report;
  await runner.query('select pg_advisory_unlock($1)', [key]);
  expect(functions.map(summary)).toEqual([LOST, 'one: skipped: a migration is running']);
});

test('one that lost its session between two functions calls the second all the same, once', async () => {
  const other = await database.connect();
  const report = await refresh(settings(['one', 'one', 'one']), {
    onEvent: (event) => {
      if (event.type !== 'function-finished' || event.name !== 'one') return;
      void other.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'registry-jobs refresh' and datname = current_database()`);
      const until = performance.now() + 200;
      while (performance.now() < until);
    },
  });
  expect(report).toMatchObject({ status: 'refreshed' });
  expect(report.functions.map(summary)).toEqual(['one: refreshed', 'one: refreshed', 'one: refreshed']);
  expect(await database.query('select count(*)::int as n from log')).toEqual([{ n: 3 }]);
});

describe('a connection that is cut while the server goes on', () => {
  /** What comes from the server ends everything once a text is in it. */
  const cutAt = (text: string, forGood = false) => {
    let isCut = false;
    return {
      toClient: (bytes: Buffer) => {
        if (!bytes.includes(text)) return bytes;
        isCut = true;
        return 'cut' as const;
      },
      toServer: (bytes: Buffer) => (isCut && forGood ? ('cut' as const) : bytes),
    };
  };

  test('its session is ended first, so that it is not in the way of the next function', async () => {
    const report = await withProxy(database.url, cutAt('at work'), (url) =>
      refresh(settings(['lasts', 'alone', 'one'], url)),
    );
    expect(report.functions.map(summary)).toEqual([
      'lasts: failed: connection-lost',
      'alone: refreshed',
      'one: refreshed',
    ]);
    expect(report.durationMs).toBeLessThan(10_000);
  });

  test('and no other can be had: the others are said not to have been called', async () => {
    const report = await withProxy(database.url, cutAt('at work', true), (url) =>
      refresh(settings(['one', 'lasts', 'one', 'alone'], url)),
    );
    expect(report.status).toBe('failed');
    expect(report.functions.map(summary)).toEqual([
      'one: refreshed',
      'lasts: failed: connection-lost',
      'one: skipped: not called',
      'alone: skipped: not called',
    ]);
    expect(report.notReopened).toMatchObject({ code: 'connect-failed' });
    const text = renderStatisticsReport(report);
    expect(text).toMatch(
      /^The session was lost and no other could be opened, so 2 functions were not called: No connection to 127\.0\.0\.1:\d+: .+ \[connect-failed\]$/m,
    );
    expect(text).toMatch(/^1 of 4 statistics functions failed in /m);
  });

  test('nor is there time for another: that is what is said', async () => {
    const began = Date.now();
    const report = await withProxy(database.url, cutAt('at work', true), (url) =>
      refresh(settings(['lasts', 'one'], url), { deadline: began + 6_000 }),
    );
    expect(report.functions.map(summary)).toEqual([
      'lasts: failed: connection-lost',
      expect.stringMatching(/^one: (failed: out-of-time|skipped: not called)$/),
    ]);
    expect(Date.now()).toBeLessThan(began + 6_000);
  });
});
