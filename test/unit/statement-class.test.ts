import { describe, expect, test } from 'vitest';
import { parseScript } from '../../lib/postgres/parser/parse.ts';

/** What is said about the one statement of a file without a transaction, its place and its lock left out. */
async function classOf(sql: string): Promise<object> {
  const { statements } = await parseScript('f.sql', `-- registry-jobs: transaction off\n${sql}`);
  expect(statements).toHaveLength(1);
  const { start, end, line, kind, lock, objects, attached, rows, ...rest } = statements[0] ?? ({} as never);
  return rest;
}

describe('how much of a statement its failure undoes', () => {
  test.each([
    'select f()',
    'insert into t values (1)',
    'create index i on t (a)',
    'drop index i',
    'alter table t detach partition p',
    'alter table t detach partition p finalize',
    'reindex index i',
    'reindex (concurrently false) table t',
    'cluster t using i',
    'analyze t',
    'refresh materialized view concurrently v',
    'alter type e add value $$x$$'.replaceAll('$$', "'"),
    'alter database d set work_mem = 1',
    'alter database d connection limit 3',
    'discard plans',
    "create subscription s connection 'c' publication p with (connect = false)",
    "create subscription s connection 'c' publication p with (create_slot = off)",
    "create subscription s connection 'c' publication p with (create_slot = 0, enabled = true)",
    'alter subscription s set publication p with (refresh = false)',
    'alter subscription s set (slot_name = none)',
    'alter subscription s set (two_phase = true)',
    'alter subscription s disable',
    'alter subscription s skip (lsn = none)',
  ])('all of it: %s', async (sql) => {
    expect(await classOf(sql)).not.toHaveProperty('outside');
  });

  test.each([
    'create unique index concurrently i on t (a)',
    'drop index concurrently i',
    'reindex table concurrently t',
    'reindex (verbose, concurrently) index i',
    'reindex schema s',
    'reindex database',
    'reindex system',
    'vacuum',
    'vacuum (full, analyze) t',
    'cluster',
    'alter system set work_mem = 1',
    'create database d',
    'drop database if exists d',
    'alter database d set tablespace x',
    "create tablespace x location '/x'",
    'drop tablespace x',
    'alter table t detach partition p concurrently',
    "create subscription s connection 'c' publication p",
    "create subscription s connection 'c' publication p with (connect = on, create_slot)",
    'drop subscription s',
    'alter subscription s refresh publication',
    'alter subscription s add publication p',
    'alter subscription s drop publication p with (refresh)',
    'alter subscription s set publication p with (copy_data = false)',
    'alter subscription s set (failover = true)',
    'alter subscription s set (two_phase = off)',
  ])('all, or what the catalog tells: %s', async (sql) => {
    expect(await classOf(sql)).toMatchObject({ outside: 'atomic' });
  });

  test.each(['call p()', 'do $$ begin commit; end $$', 'call s.p(1, null)'])(
    'perhaps not all: %s',
    async (sql) => {
      expect(await classOf(sql)).toEqual({ outside: 'partial' });
    },
  );
});

describe('what an interrupted statement leaves', () => {
  test.each<[string, object | undefined]>([
    ['create index concurrently i on s.t (a)', { kind: 'index', schema: 's', name: 'i', table: 's.t' }],
    ['reindex index concurrently s.i', { kind: 'reindex', target: 'index', schema: 's', name: 'i' }],
    ['reindex (concurrently) table t', { kind: 'reindex', target: 'table', name: 't' }],
    ['reindex schema concurrently s', { kind: 'reindex', target: 'schema', name: 's' }],
    ['reindex database concurrently', { kind: 'reindex', target: 'database' }],
    ['reindex database concurrently d', { kind: 'reindex', target: 'database', name: 'd' }],
    ['reindex (concurrently on) system', { kind: 'reindex', target: 'system' }],
    [
      'alter table a.p detach partition b.c concurrently',
      { kind: 'detach', parent: { schema: 'a', name: 'p' }, partition: { schema: 'b', name: 'c' } },
    ],
    [
      'alter table if exists "P" detach partition c concurrently',
      { kind: 'detach', parent: { name: 'P' }, partition: { name: 'c' } },
    ],
    ['reindex schema s', undefined],
    ['reindex table t', undefined],
    ['create index i on t (a)', undefined],
    ['vacuum t', undefined],
    ['alter table p detach partition c finalize', undefined],
  ])('%s', async (sql, leaves) => {
    expect(((await classOf(sql)) as { leaves?: object }).leaves).toEqual(leaves);
  });
});

describe('what a statement does to its session', () => {
  test.each([
    'set search_path to app, public',
    "set session time zone 'UTC'",
    'set work_mem to default',
    'set role owner',
    'set session authorization owner',
    'set session characteristics as transaction isolation level serializable',
    'reset search_path',
    'reset role',
    'reset session authorization',
    'reset all',
    "load 'auto_explain'",
  ])('sets what can be set again: %s', async (sql) => {
    expect(await classOf(sql)).toEqual({ session: true });
  });

  test.each([
    'set constraints all deferred',
    "select set_config('search_path', 'app', true)",
    "select app.set_config('a.b', 'c', false)",
    "select 'set_config(1, 2, false)'",
    "create function f() returns text begin atomic select set_config('a.b', 'c', false); end",
    'alter role r set search_path to app',
    'show search_path',
  ])('sets nothing that stays: %s', async (sql) => {
    expect(await classOf(sql)).toEqual({});
  });

  test.each([
    'create temp table t (x int)',
    'create local temporary table if not exists t (x int)',
    'create table pg_temp.t (x int)',
    'create temp table t as select 1',
    'create temp table t as execute p',
    'select 1 into temp t',
    'create temp view v as select 1',
    'create or replace temp recursive view v (n) as select 1',
    'create temp sequence s',
    "create function pg_temp.f() returns int language sql as 'select 1'",
    'prepare p as select 1',
    'declare c cursor with hold for select 1',
    'listen x',
  ])('makes what is gone with it: %s', async (sql) => {
    expect(await classOf(sql)).toEqual({ temp: true });
  });

  test.each(['create table t (x int)', 'create unlogged table t as select 1', 'select 1 into t'])(
    'makes nothing of that: %s',
    async (sql) => {
      expect(await classOf(sql)).toEqual({});
    },
  );

  test('a chain of 500 calls is looked through', async () => {
    const chain = `${'coalesce('.repeat(500)}set_config('a.b', 'c', false)${')'.repeat(500)}`;
    expect(await classOf(`select ${chain}`)).toEqual({ custom: [{ name: 'a.b' }] });
  });

  test.each([
    ["select set_config('a.b', 'c', false), 1", [{ name: 'a.b', value: 'c' }]],
    ["select pg_catalog.set_config('a.b', '', false)", [{ name: 'a.b', value: '' }]],
    // The server shows these.
    ["select pg_catalog.set_config('search_path', '', false)", undefined],
    ["with c as (select set_config('role', 'owner', false)) select * from c", undefined],
    // Only the server knows whether it was set, and to what.
    ["select 1, coalesce(set_config('a.b', x, x = 'y'), '') from t", [{ name: 'a.b' }]],
    ["select set_config('a.b', 'c', false) from t", [{ name: 'a.b' }]],
    ["select set_config('a.b', 'c', false) union select 'x'", [{ name: 'a.b' }]],
    ["insert into t select set_config('a.b', '1', false)", [{ name: 'a.b' }]],
    ["select set_config('a.' || x, 'c', false) from t", [{}]],
    ["select set_config('a.b', 'c', true)", undefined],
  ])('settings with a name of their own: %s', async (sql, custom) => {
    expect(((await classOf(sql)) as { custom?: object }).custom).toEqual(custom);
  });

  test.each([
    ['insert into t select f()', true],
    ['update t set x = app.f(x)', true],
    ['delete from t where f(x)', true],
    ["insert into t values (1, 'f()')", undefined],
  ])('%s calls a function that may set something: %s', async (sql, calls) => {
    expect(((await classOf(sql)) as { calls?: true }).calls).toBe(calls);
  });

  test.each([
    'set local search_path to app',
    'set transaction isolation level serializable',
    'set transaction_read_only = on',
  ])('means nothing outside of a transaction block, so it is run outside of ours: %s', async (sql) => {
    expect(await classOf(sql)).toEqual({ outside: 'atomic' });
  });
});
