import { expect } from 'vitest';
import { type Bench, engineCase, journalOf, ledgerOf, tablesOf } from '../support/cases.ts';

const OFF = '-- registry-jobs: transaction off\n';

/** Everything that a session can be left with. */
const LEFTOVERS = `set search_path = pg_catalog;
  set statement_timeout = '1min';
  set lock_timeout = '1min';
  set idle_in_transaction_session_timeout = '1min';
  set my.setting = 'left';
  create temp table leftover (x int);
  prepare p as select 1;
  declare c cursor with hold for select 1;
  listen x;
  select pg_advisory_lock_shared(1);
  set session authorization pg_monitor;
  set role pg_monitor;`;

const SEEN = `create table seen as select
  current_user = (select usename from pg_stat_activity where pid = pg_backend_pid()) and current_user = session_user as ours,
  current_setting('search_path') as path,
  current_setting('statement_timeout') as statement_timeout,
  current_setting('idle_in_transaction_session_timeout') as idle_timeout,
  coalesce(current_setting('my.setting', true), '') as setting,
  to_regclass('pg_temp.leftover')::text as temp,
  (select count(*)::int from pg_prepared_statements where name = 'p') as prepared,
  (select count(*)::int from pg_cursors where name = 'c') as cursors,
  (select count(*)::int from pg_listening_channels()) as channels`;

const CLEAN = {
  ours: true,
  path: '"$user", public',
  statement_timeout: '0',
  idle_timeout: '10s',
  setting: '',
  temp: null,
  prepared: 0,
  cursors: 0,
  channels: 0,
};

engineCase('S1', async (bench) => {
  bench.write({ '1_a.sql': LEFTOVERS, '2_b.sql': SEEN });
  await bench.up();
  expect(await bench.query('select * from seen')).toEqual([CLEAN]);
  expect(await ledgerOf(bench)).toEqual(['1_a', '2_b']);
});

engineCase('S2', async (bench) => {
  bench.write({ '1_a.sql': `${OFF}${LEFTOVERS}`, '2_b.sql': SEEN });
  await bench.up();
  expect(await bench.query('select * from seen')).toEqual([CLEAN]);
  expect(await journalOf(bench)).toEqual(['applied 1_a 12/12', 'applied 2_b 1/1']);
});

engineCase('S3', async (bench) => {
  await bench.query(
    'create schema decoy; create table decoy.schema_migrations (version varchar primary key)',
  );
  bench.write({
    '1_a.sql': 'set search_path = decoy; create table a (x int)',
    '2_b.sql': `${OFF}set search_path = decoy; create table b (x int)`,
  });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['1_a', '2_b']);
  expect(await bench.query('select * from decoy.schema_migrations')).toEqual([]);
  expect(
    await bench.query(
      `select to_regclass('decoy.a') is not null and to_regclass('decoy.b') is not null as there`,
    ),
  ).toEqual([{ there: true }]);
});

engineCase('S4', async (bench) => {
  bench.write({
    '1_a.sql': 'set role pg_monitor; select 1',
    '2_b.sql': 'set local role pg_monitor; set session authorization pg_monitor',
    '3_c.sql': `${OFF}set role pg_monitor; select 1`,
    '4_d.sql': `${OFF}set session authorization pg_monitor; select 1`,
  });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['1_a', '2_b', '3_c', '4_d']);
});

async function expectLockLost(
  bench: Bench,
  journal: string,
  hint = 'Remove the call that releases advisory locks from the file, then run again.',
): Promise<void> {
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    applied: [],
    failed: {
      version: '1_a',
      error: {
        code: 'lock-lost',
        message: 'migrations/1_a.sql released the migration lock.',
        hint,
      },
    },
    notRun: ['2_b'],
  });
  expect(await ledgerOf(bench)).toEqual([]);
  expect(await journalOf(bench)).toEqual([journal]);
}

engineCase('S5', async (bench) => {
  bench.write({
    '1_a.sql': 'create table a (x int); select pg_advisory_unlock_all()',
    '2_b.sql': 'create table b (x int)',
  });
  await expectLockLost(bench, 'failed 1_a 2/2');
  expect(await tablesOf(bench)).toEqual([]);
});

engineCase('S6', async (bench) => {
  bench.write({
    '1_a.sql': `${OFF}create table a (x int); discard all; create table c (x int)`,
    '2_b.sql': 'create table b (x int)',
  });
  // What is done stays done, but nothing follows.
  await expectLockLost(
    bench,
    'failed 1_a 2/3',
    'If it was DISCARD ALL, nothing is to be mended; a call that releases advisory locks has to be removed. Then go on with: registry-jobs resume',
  );
  expect(await tablesOf(bench)).toEqual(['a']);
});
