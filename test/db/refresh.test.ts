import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { type RefreshOptions, refresh } from '../../lib/statistics/refresh.ts';
import { renderStatisticsReport, type StatisticsReport } from '../../lib/statistics/refresh-report.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsFor } from '../support/settings.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, entry text NOT NULL);
    CREATE SCHEMA stats;
    CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ INSERT INTO log (entry) VALUES ('one'); SELECT 1 $$;
    CREATE FUNCTION zero() RETURNS int LANGUAGE sql AS $$ SELECT 0 $$;
    CREATE FUNCTION big_one() RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;
    CREATE FUNCTION two() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
    CREATE FUNCTION null_result() RETURNS int LANGUAGE sql AS $$ SELECT NULL::int $$;
    CREATE FUNCTION nothing() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
    CREATE FUNCTION nothing_in_sql() RETURNS void LANGUAGE sql AS 'INSERT INTO log (entry) SELECT ''void'' WHERE false';
    CREATE FUNCTION yes() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
    CREATE FUNCTION no_row() RETURNS SETOF int LANGUAGE sql AS $$ SELECT 1 WHERE false $$;
    CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO log (entry) VALUES ('broken');
      RAISE EXCEPTION 'the view is gone' USING DETAIL = 'it was dropped', ERRCODE = 'P0001';
    END $$;
    CREATE FUNCTION slow() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN 1; END $$;
    CREATE FUNCTION ends_session() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_terminate_backend(pg_backend_pid()); RETURN 1;
    END $$;
    CREATE VIEW advisory_locks AS SELECT objid, l.pid FROM pg_locks l
      JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
      WHERE l.locktype = 'advisory' AND l.granted;
    CREATE FUNCTION wait_for_lock() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_advisory_xact_lock(7); -- tells the other session that this has begun
      FOR i IN 1..1000 LOOP
        IF EXISTS (SELECT FROM advisory_locks WHERE pid <> pg_backend_pid()) THEN RETURN 1; END IF;
        PERFORM pg_sleep(0.01);
      END LOOP;
      RETURN 0;
    END $$;
    CREATE FUNCTION log_transaction() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO log (entry) VALUES (pg_current_xact_id()::text || ' ' || pg_backend_pid()); RETURN 1;
    END $$;
    CREATE FUNCTION stats."Odd ""name"""() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
  `);
});
afterAll(() => database.drop());
beforeEach(() => database.query('TRUNCATE log RESTART IDENTITY'));

function settings(
  functions: readonly string[],
  changes: Partial<PostgresSettings> = {},
  timeoutMs = 20_000,
): PostgresSettings {
  return { ...settingsFor(database.url), statistics: { functions, timeoutMs }, ...changes };
}

/** What became of each function, in a word or two. */
async function outcomesOf(functions: readonly string[], options: RefreshOptions = {}) {
  const report = await refresh(settings(functions), options);
  return { status: report.status, outcomes: report.functions.map(summary) };
}

const summary = ({ name, outcome, reason, error }: StatisticsReport['functions'][number]) =>
  [name, outcome, reason ?? error?.code].filter(Boolean).join(': ');

const place = () =>
  `${database.name} on ${new URL(database.url).hostname} as ${new URL(database.url).username}`;

const logged = async () =>
  (await database.query<{ entry: string }>('SELECT entry FROM log ORDER BY id')).map(({ entry }) => entry);

test('1 is refreshed, 0 had nothing to do', async () => {
  expect(await outcomesOf(['one', 'zero', 'big_one'])).toEqual({
    status: 'refreshed',
    outcomes: ['one: refreshed', 'zero: skipped: nothing to do', 'big_one: refreshed'],
  });
  expect(await logged()).toEqual(['one']);
});

test('nothing to do at all is a success of its own', async () => {
  const report = await refresh(settings(['zero']));
  expect(report).toMatchObject({ command: 'refresh', status: 'nothing-to-do', environment: 'test' });
  expect(renderStatisticsReport({ ...report, durationMs: 12 })).toMatch(
    / {2}skipped {2}zero {2}[\d.]+ ms {2}nothing to do\nNothing to refresh in \w+ on [\w.]+ as postgres in 12 ms\.$/,
  );
});

describe('a function that fails', () => {
  test('leaves nothing behind, does not keep the others from being called, and fails the whole', async () => {
    expect(await outcomesOf(['one', 'broken', 'one'])).toEqual({
      status: 'failed',
      outcomes: ['one: refreshed', 'broken: failed: function-failed', 'one: refreshed'],
    });
    expect(await logged()).toEqual(['one', 'one']);
  });

  test('is reported with what the server said', async () => {
    const { functions } = await refresh(settings(['broken']));
    expect(functions[0]?.error).toEqual({
      code: 'function-failed',
      message: 'broken: the view is gone',
      sqlstate: 'P0001',
      detail: 'DETAIL: it was dropped\nCONTEXT: PL/pgSQL function broken() line 3 at RAISE',
      hint: 'Correct the function; the next run tries again.',
    });
  });

  test('renders as a table, the errors, and a verdict', async () => {
    const report = await refresh(settings(['zero', 'broken']));
    const functions = report.functions.map((entry) => ({ ...entry, durationMs: 5 }));
    expect(renderStatisticsReport({ ...report, functions, durationMs: 1_234 })).toBe(
      [
        '  skipped  zero    5.0 ms  nothing to do',
        '  failed   broken  5.0 ms',
        'broken: the view is gone (SQLSTATE P0001) [function-failed]',
        'DETAIL: it was dropped',
        'CONTEXT: PL/pgSQL function broken() line 3 at RAISE',
        'What to do: Correct the function; the next run tries again.',
        `1 of 2 statistics functions failed in ${place()} in 1.2 s.`,
      ].join('\n'),
    );
  });

  test('because it does not exist', async () => {
    const { functions } = await refresh(settings(['missing']));
    expect(functions[0]?.error).toMatchObject({
      code: 'no-such-function',
      message: 'There is no function missing() without arguments.',
      sqlstate: '42883',
      hint: 'Apply the migrations, or correct the list of statistics functions.',
    });
  });

  test('because it takes too long is cut off; the next one has its own time', async () => {
    const report = await refresh(settings(['slow', 'one'], {}, 150));
    expect(report.functions.map(summary)).toEqual(['slow: failed: timed-out', 'one: refreshed']);
    expect(report.functions[0]?.error?.message).toBe('slow did not finish within 150 ms.');
    expect(report.functions[0]?.durationMs).toBeLessThan(10_000);
  });

  test('because the session was ended is told apart from a wrong function', async () => {
    expect(await outcomesOf(['ends_session', 'one'])).toEqual({
      status: 'failed',
      outcomes: ['ends_session: failed: connection-lost', 'one: refreshed'],
    });
  });
});

describe('a function that says nothing of its work was called, and did not fail', () => {
  test.each([
    ['two', 'called', 'returned 2, neither 1 nor 0'],
    ['null_result', 'called', 'returned NULL, neither 1 nor 0'],
    ['nothing', 'called', undefined],
    ['nothing_in_sql', 'called', undefined],
    ['no_row', 'called', 'returned no row, neither 1 nor 0'],
    ['yes', 'refreshed', undefined],
  ])('%s()', async (name, outcome, reason) => {
    const { status, functions } = await refresh(settings([name]));
    expect(status).toBe('refreshed');
    expect(functions).toEqual([
      { name, outcome, durationMs: expect.any(Number), ...(reason !== undefined && { reason }) },
    ]);
  });
});

test('each function has a transaction of its own, all in one session', async () => {
  await refresh(settings(['log_transaction', 'log_transaction']));
  const [first = '', second = ''] = await logged();
  const [firstId, firstPid] = first.split(' ');
  const [secondId, secondPid] = second.split(' ');
  expect(secondId).not.toBe(firstId);
  expect(secondPid).toBe(firstPid);
});

test('a name is an identifier and never SQL', async () => {
  expect(await outcomesOf(['stats.Odd "name"', 'one(); TRUNCATE log; SELECT one', 'One'])).toEqual({
    status: 'failed',
    outcomes: [
      'stats.Odd "name": refreshed',
      'one(); TRUNCATE log; SELECT one: failed: no-such-function',
      'One: failed: no-such-function',
    ],
  });
});

describe('stands aside', () => {
  test('while a migration holds its lock, and works again afterwards', async () => {
    const runner = await database.connect();
    const key = migrationLockKey(database.name, defaultLedger);
    await runner.query('SELECT pg_advisory_lock($1)', [key]);
    const report = await refresh(settings(['one', 'zero']));
    await runner.query('SELECT pg_advisory_unlock($1)', [key]);
    expect(report).toMatchObject({ status: 'skipped', reason: 'a migration is running' });
    expect(report.functions.map(summary)).toEqual([
      'one: skipped: a migration is running',
      'zero: skipped: a migration is running',
    ]);
    expect(await logged()).toEqual([]);
    expect(renderStatisticsReport(report)).toBe(
      `Skipped the statistics of ${place()}: a migration is running.`,
    );
    expect((await refresh(settings(['one']))).status).toBe('refreshed');
  });

  test('from the function before which a migration begins', async () => {
    const runner = await database.connect();
    const key = migrationLockKey(database.name, defaultLedger);
    const hasBegun = 'EXISTS (SELECT FROM advisory_locks WHERE objid = 7)';
    const locked = runner.query(
      `DO $$ BEGIN WHILE NOT ${hasBegun} LOOP PERFORM pg_sleep(0.005); END LOOP; END $$;
       SELECT pg_advisory_lock(${key})`,
    );
    const report = await refresh(settings(['wait_for_lock', 'one']));
    await locked;
    await runner.query('SELECT pg_advisory_unlock($1)', [key]);
    expect(report.status).toBe('refreshed');
    expect(report.functions.map(summary)).toEqual([
      'wait_for_lock: refreshed',
      'one: skipped: a migration is running',
    ]);
    expect(await logged()).toEqual([]);
  });

  test('not for another lock, nor for the lock of another ledger', async () => {
    const other = await database.connect();
    const key = migrationLockKey(database.name, { schema: 'other', table: 'ledger' });
    await other.query('SELECT pg_advisory_lock($1), pg_advisory_lock(1)', [key]);
    const report = await refresh(settings(['one']));
    await other.query('SELECT pg_advisory_unlock_all()');
    expect(report.status).toBe('refreshed');
  });

  test('during maintenance, without so much as a connection', async () => {
    const nowhere = settingsFor('postgres://me@127.0.0.1:1/nowhere');
    const report = await refresh({ ...nowhere, maintenance: true });
    expect(report).toMatchObject({ status: 'skipped', reason: 'maintenance is on', functions: [] });
    expect(renderStatisticsReport(report)).toBe(
      'Skipped the statistics of nowhere on 127.0.0.1 as me: maintenance is on.',
    );
    await expect(refresh(nowhere)).rejects.toMatchObject({ code: 'connect-refused' });
  });
});

test('what no time is left for is not called, and counts as failed', async () => {
  const report = await refresh(settings(['one', 'zero']), { deadline: Date.now() + 1_000 });
  expect(report.functions.map(summary)).toEqual(['one: failed: out-of-time', 'zero: failed: out-of-time']);
  expect(report.functions[0]?.error).toEqual({
    code: 'out-of-time',
    message: 'one was not called: the time for this run is used up.',
    hint: 'The next run calls it; raise the timeout of the function if this repeats.',
  });
  expect(await logged()).toEqual([]);
});

test('the time that is left bounds a function whose own timeout is longer', async () => {
  const RESERVE_MS = 5_000;
  const report = await refresh(settings(['slow']), { deadline: Date.now() + RESERVE_MS + 400 });
  expect(report.functions.map(summary)).toEqual(['slow: failed: timed-out']);
});

test('events tell what goes on, in order', async () => {
  const events: string[] = [];
  await refresh(settings(['one', 'broken']), {
    onEvent: (event) =>
      events.push(
        event.type === 'function-started'
          ? `${event.index}/${event.total} ${event.name}`
          : `${event.name} ${event.outcome}`,
      ),
  });
  expect(events).toEqual(['1/2 one', 'one refreshed', '2/2 broken', 'broken failed']);
});
