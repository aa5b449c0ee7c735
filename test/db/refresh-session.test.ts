import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import type { StatisticsReport } from '../../lib/statistics/refresh-report.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsFor } from '../support/settings.ts';

/*
 * All functions are called in one session, so what one leaves in it must not reach the next; and what went wrong in a
 * call is the function's fault, the list's, or another transaction's.
 */
let database: TestDatabase;
let role: string;

beforeAll(async () => {
  database = await createTestDatabase();
  role = `${database.name}_role`;
  await database.query(`
    create role ${role};
    create schema elsewhere;
    create table log (id int generated always as identity, entry text not null);
    create table items (id int primary key, value int not null);
    create function plain() returns int language plpgsql as $$ begin
      insert into log (entry) select concat_ws(' | ', current_user, current_setting('search_path'),
        current_setting('statement_timeout'), (select string_agg(name, ',') from pg_prepared_statements),
        (select string_agg(name, ',') from pg_cursors where is_holdable), (select string_agg(c, ',') from pg_listening_channels() c));
      return 1;
    end $$;
    create function scratches() returns int language plpgsql as $$ begin create temp table scratch (a int); return 1; end $$`);
});
afterAll(async () => {
  await database.query(`drop owned by ${role}; drop role ${role}`);
  await database.drop();
});
beforeEach(() =>
  database.query(`truncate log restart identity; truncate items; insert into items values (1, 0), (2, 0)`),
);

function settings(functions: readonly string[], timeoutMs = 20_000): PostgresSettings {
  return { ...settingsFor(database.url), statistics: { functions, timeoutMs } };
}
const summary = ({ name, outcome, reason, error }: StatisticsReport['functions'][number]) =>
  [name, outcome, reason ?? error?.code].filter(Boolean).join(': ');
const logged = async () =>
  (await database.query<{ entry: string }>('select entry from log order by id')).map(({ entry }) => entry);

describe('what a function leaves in the session does not reach the next', () => {
  const lock = () => migrationLockKey(database.name, defaultLedger);
  const leavings: readonly (readonly [what: string, body: () => string])[] = [
    ['search_path', () => 'set search_path = elsewhere'],
    ['search_path by set_config', () => `perform set_config('search_path', 'elsewhere', false)`],
    ['a role', () => `set role ${role}`],
    ['a role by set_config', () => `perform set_config('role', '${role}', false)`],
    ['another user', () => `set session authorization ${role}`],
    ['a statement_timeout', () => `perform set_config('statement_timeout', '1', false)`],
    ['read only transactions', () => 'set session characteristics as transaction read only'],
    ['a temporary table', () => 'create temp table scratch (other text)'],
    ['a temporary view of a table', () => 'create temp view log as select 1 as id'],
    ['a prepared statement', () => `execute 'prepare left_over as select 1'`],
    ['a channel that it listens to', () => 'listen changes'],
    ['a cursor', () => `execute 'declare left_over cursor with hold for select 1'`],
    ['the lock of migrations', () => `perform pg_advisory_lock(${lock()})`],
  ];
  test.each(leavings)('%s', async (_what, body) => {
    await database.query(`create or replace function leaves() returns int language plpgsql as $$ begin
      ${body()};
      return 1;
    end $$`);
    const report = await refresh(settings(['leaves', 'plain', 'scratches']));
    expect(report.functions.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(report.functions.map(summary)).toEqual([
      'leaves: refreshed',
      'plain: refreshed',
      'scratches: refreshed',
    ]);
    expect(await logged()).toEqual([`${new URL(database.url).username} | "$user", public | 20s`]);
  });

  test('nor what a function sets that fails, at the end of the session either', async () => {
    await database.query(`create or replace function leaves() returns int language plpgsql as $$ begin
      perform pg_advisory_lock(${lock()});
      set search_path = elsewhere;
      raise exception 'no';
    end $$`);
    const report = await refresh(settings(['leaves', 'plain']));
    expect(report.functions.map(summary)).toEqual(['leaves: failed: function-failed', 'plain: refreshed']);
  });
});

describe('another transaction in the way', () => {
  /** Raises one of the errors of a collision for the first times that it is called. A sequence outlives a rollback. */
  const colliding = (sqlstate: string, times: number) => `
    drop sequence if exists calls;
    create sequence calls;
    create or replace function collides() returns int language plpgsql as $$ begin
      insert into log (entry) values ('collides');
      if nextval('calls') <= ${times} then raise exception 'in the way' using errcode = '${sqlstate}'; end if;
      return 1;
    end $$`;

  test.each(['40001', '40P01', '55P03'])('is gone at the next try: %s', async (sqlstate) => {
    await database.query(colliding(sqlstate, 2));
    const report = await refresh(settings(['collides']));
    expect(report.functions.map(summary)).toEqual(['collides: refreshed']);
    expect(await logged()).toEqual(['collides']);
  });

  test.each(['40001', '40P01', '55P03'])('stays there, and it is said what is true: %s', async (sqlstate) => {
    await database.query(colliding(sqlstate, 1_000));
    const report = await refresh(settings(['collides', 'plain']));
    expect(report.functions.map(summary)).toEqual(['collides: failed: function-blocked', 'plain: refreshed']);
    expect(report.functions[0]?.error).toEqual({
      code: 'function-blocked',
      message: 'collides: in the way',
      sqlstate,
      detail: expect.stringContaining('CONTEXT: PL/pgSQL function collides()'),
      hint: 'Another transaction was in the way, at 3 tries. The next run tries again; to try now: registry-jobs refresh',
    });
    expect(await database.query('select last_value::int from calls')).toEqual([{ last_value: 3 }]);
    expect(await logged()).toHaveLength(1);
  });

  test('a real deadlock: the function is called again, and both get through', async () => {
    await database.query(`create or replace function crosses() returns int language plpgsql
      set deadlock_timeout = '50ms' as $$ begin
      update items set value = value + 1 where id = 1;
      perform pg_advisory_xact_lock(1);
      update items set value = value + 1 where id = 2;
      return 1;
    end $$`);
    const other = await database.connect();
    await other.query('begin; select pg_advisory_lock(1); update items set value = value + 10 where id = 2');
    const refreshing = refresh(settings(['crosses']));
    const waiting = `select 1 from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`;
    await expect.poll(() => database.query(waiting)).toHaveLength(1);
    // It waits for us now. We wait for it, and let it go on into the deadlock.
    const crossing = other.query(
      'select pg_advisory_unlock(1); update items set value = value + 10 where id = 1; commit',
    );
    const report = await refreshing;
    await crossing;
    expect(report.functions.map(summary)).toEqual(['crosses: refreshed']);
    expect(await database.query('select id, value from items order by id')).toEqual([
      { id: 1, value: 11 },
      { id: 2, value: 11 },
    ]);
  });

  test('the tries together take no longer than one may', async () => {
    await database.query(`create or replace function collides() returns int language plpgsql as $$ begin
      perform pg_sleep(0.3);
      raise exception 'in the way' using errcode = '40001';
    end $$`);
    const report = await refresh(settings(['collides'], 500));
    // In the middle of a try, or between two: by what was left when the first had ended.
    expect(['timed-out', 'function-blocked']).toContain(report.functions[0]?.error?.code);
    // Eight tries of 0.3 s, with the pauses between them, would take far longer.
    expect(report.functions[0]?.durationMs).toBeLessThan(2_000);
  });

  test('a migration that has begun meanwhile is stood aside for', async () => {
    const runner = await database.connect();
    await database.query(colliding('55P03', 1_000));
    await database.query(
      `create or replace function begins() returns trigger language plpgsql as $$ begin return new; end $$`,
    );
    const key = migrationLockKey(database.name, defaultLedger);
    const calls = `select last_value::int as calls, is_called from calls`;
    const refreshing = refresh(settings(['collides']));
    await expect.poll(async () => (await database.query(calls))[0]?.is_called, { interval: 5 }).toBe(true);
    await runner.query('select pg_advisory_lock($1)', [key]);
    const report = await refreshing;
    await runner.query('select pg_advisory_unlock($1)', [key]);
    expect(report.functions.map(summary)).toEqual(['collides: skipped: a migration is running']);
  });
});

describe('whose fault it is', () => {
  const body = (name: string, sql: string) =>
    database.query(`create or replace function ${name}() returns int language plpgsql as $$ begin
      ${sql};
      return 1;
    end $$`);
  const errorOf = async (name: string, timeoutMs?: number) =>
    (await refresh(settings([name], timeoutMs))).functions[0]?.error;

  test('a function that calls one that does not exist is there itself', async () => {
    await body('calls_missing', 'perform missing_helper(1)');
    expect(await errorOf('calls_missing')).toEqual({
      code: 'function-failed',
      message: 'calls_missing: function missing_helper(integer) does not exist',
      sqlstate: '42883',
      detail: expect.stringContaining('CONTEXT: PL/pgSQL function calls_missing() line 2 at PERFORM'),
      hint: 'Correct the function; the next run tries again.',
    });
  });

  test('the same in a function of SQL that the server takes apart', async () => {
    await database.query(`set check_function_bodies = off;
      create or replace function calls_missing_sql() returns int language sql stable as 'select missing_helper()'`);
    expect(await errorOf('calls_missing_sql')).toMatchObject({
      code: 'function-failed',
      message: 'calls_missing_sql: function missing_helper() does not exist',
    });
  });

  test('what a function may not do is no question of calling it', async () => {
    await database.query(`create or replace function may_not() returns int language plpgsql security definer
      as $$ begin perform count(*) from log; return 1; end $$; alter function may_not() owner to ${role}`);
    expect(await errorOf('may_not')).toMatchObject({
      code: 'not-allowed',
      message: 'may_not: permission denied for table log',
      hint: 'Grant the right to the role that the function runs as; the next run tries again.',
    });
  });

  test('somebody cancelled it: that is no timeout', async () => {
    await body('is_cancelled', 'perform pg_cancel_backend(pg_backend_pid()); perform pg_sleep(10)');
    expect(await errorOf('is_cancelled')).toMatchObject({
      code: 'function-cancelled',
      message: 'is_cancelled: canceling statement due to user request',
      sqlstate: '57014',
      hint: 'Find out who cancelled it. The next run tries again; to try now: registry-jobs refresh',
    });
  });

  test.each([
    ['missing', 'There is no function missing() without arguments.', '42883'],
    ['nowhere.missing', 'There is no function nowhere.missing() without arguments.', '3F000'],
  ])('%s is not there', async (name, message, sqlstate) => {
    expect(await errorOf(name)).toMatchObject({
      code: 'no-such-function',
      message,
      sqlstate,
      hint: 'Apply the migrations, or correct the list of statistics functions.',
    });
  });

  test('what the list names and cannot be called is a fault of the list', async () => {
    await database.query(`create or replace procedure a_procedure() language sql as 'select 1';
      create or replace function twice(a int default 1) returns int language sql as 'select 1';
      create or replace function twice(b text default '') returns int language sql as 'select 1'`);
    const hint =
      'Correct the list of statistics functions: each is called without arguments and returns 1 or 0.';
    expect(await errorOf('a_procedure')).toMatchObject({
      code: 'not-callable',
      message: 'a_procedure() cannot be called: a_procedure() is a procedure',
      hint,
    });
    expect(await errorOf('twice')).toMatchObject({
      code: 'not-callable',
      message: 'twice() cannot be called: function twice() is not unique',
      hint,
    });
  });
});
