import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resume } from '../../lib/jobs/resume.ts';
import { up } from '../../lib/jobs/up.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('create schema app; create table log (x text)');
});
afterEach(() => database.drop());

const settings = (url = database.url) => settingsFor(url);
const file = (sql: string) => compile({ '1_a.sql': `-- registry-jobs: transaction off\n${sql}` });
/** Runs a file that stops at the statement in the middle, mends it, and goes on. */
async function stopAndGoOn(before: string, after: string, url = database.url) {
  expect(await up(await file(`${before}\nselect 1/0;\n${after}`), settings())).toMatchObject({
    failed: { outcome: 'half-done', error: { sqlstate: '22012' } },
  });
  return resume(await file(`${before}\nselect 1/1;\n${after}`), settings(url));
}

describe('resume does nothing twice that also set something', () => {
  test.each([
    ['INSERT', `insert into log select set_config('app.tenant', 'first', false);`],
    [
      'INSERT ... RETURNING',
      `insert into log values ('x') returning set_config('app.tenant', 'first', false);`,
    ],
    [
      'UPDATE',
      `insert into log values (''); update log set x = x || set_config('app.tenant', 'first', false);`,
    ],
    [
      'a query with a function that writes',
      `create function w() returns void language sql as $$ insert into log values ('w') $$;
      select w(), set_config('app.tenant', 'first', false);`,
    ],
    [
      'a query in WITH',
      `with w as (insert into log values ('w') returning x) select set_config('app.tenant', 'first', false) from w;`,
    ],
    [
      'CREATE TABLE AS',
      `create table made as select set_config('app.tenant', 'first', false) as x; insert into log values ('x');`,
    ],
  ])('%s', async (_, before) => {
    const report = await stopAndGoOn(
      before,
      `create table landed as select current_setting('app.tenant', true) as tenant;`,
    );
    expect(report).toMatchObject({ status: 'applied' });
    expect(await database.query('select count(*)::int as n, max(length(x)) < 6 as once from log')).toEqual([
      { n: 1, once: true },
    ]);
    expect(await database.query('select * from landed')).toEqual([{ tenant: 'first' }]);
  });

  test('refuses where the name of the setting is not in its text', async () => {
    const sql = (middle: string) =>
      file(`insert into log select set_config('app.' || 'tenant', 'v', false);\n${middle};\n`);
    await up(await sql('select 1/0'), settings());
    expect(await rejection(resume(await sql('select 1/1'), settings()))).toMatchObject({
      problems: [{ code: 'cannot-resume' }],
    });
    expect(await database.query('select x from log')).toEqual([{ x: 'v' }]);
  });
});

test('what a function sets that an INSERT calls holds after resume', async () => {
  await database.query(`create function f() returns text language plpgsql as $$
    begin perform set_config('search_path', 'app', false); return 'x'; end $$`);
  const report = await stopAndGoOn(
    'insert into public.log select public.f();',
    'create table landed (x int); insert into public.log values (1);',
  );
  expect(report).toMatchObject({ status: 'applied' });
  expect(await database.query(`select to_regclass('app.landed') is not null as there`)).toEqual([
    { there: true },
  ]);
});

describe('a file may reset its session', () => {
  test.each([
    ['RESET ALL', 'reset all;'],
    ['RESET of what we set', 'reset default_transaction_read_only; reset lock_timeout;'],
    ['SET TO DEFAULT', 'set default_transaction_read_only to default;'],
    ['in a DO block', `do $$ begin execute 'reset all'; end $$;`],
    [
      'a read-only session',
      'set default_transaction_read_only = on; select 1; set default_transaction_read_only = off;',
    ],
    ['SET TRANSACTION, which means nothing there', 'set transaction read only;'],
    ['its other form', 'set transaction_read_only = on;'],
    [
      'SET LOCAL, which means nothing there',
      'set local transaction_read_only = on; set local search_path = app;',
    ],
  ])('%s', async (_, reset) => {
    const rest = 'create table b (x int); create index concurrently i on b (x); call p();';
    const procedure =
      'create procedure p() language plpgsql as $$ begin insert into log values (1); commit; insert into log values (2); end $$;';
    expect(await up(await file(`${procedure} ${reset}\n${rest}`), settings())).toMatchObject({
      status: 'applied',
    });
    expect(await database.query('select x from log')).toEqual([{ x: '1' }, { x: '2' }]);
    expect(await database.query(`select to_regclass('public.b') is not null as made`)).toEqual([
      { made: true },
    ]);
  });

  test('and is gone on with', async () => {
    expect(
      await stopAndGoOn(
        `set app.tenant = 'first'; reset all;`,
        `create table landed as select current_setting('app.tenant', true) as tenant;`,
      ),
    ).toMatchObject({ status: 'applied' });
    expect(await database.query('select * from landed')).toEqual([{ tenant: '' }]);
  });

  test('DISCARD ALL gives up our lock, so the run stops after it; resume goes on', async () => {
    const files = await file(
      `set app.tenant = 'first';\ndiscard all;\ncreate table landed as select current_setting('app.tenant', true) as tenant;`,
    );
    expect(await up(files, settings())).toMatchObject({
      failed: { outcome: 'half-done', done: 2, error: { code: 'lock-lost' } },
    });
    expect(await resume(files, settings())).toMatchObject({ status: 'applied' });
    expect(await database.query(`select coalesce(tenant, '') as tenant from landed`)).toEqual([
      { tenant: '' },
    ]);
  });
});

test('another user may go on with a file that chose none', async () => {
  const role = `u_${database.name}`;
  await database.query(
    `create role ${role} login password 'secret-of-the-role'; grant all on schema public to ${role}`,
  );
  const url = new URL(database.url);
  url.username = role;
  url.password = 'secret-of-the-role';
  try {
    await database.query(`alter default privileges grant all on tables to ${role}`);
    const run = stopAndGoOn('create table a (x int);', 'create table b (x int);', url.toString());
    expect(await run).toMatchObject({ status: 'applied' });
    expect(
      await database.query(
        `select relname, relowner::regrole::text = '${role}' as theirs from pg_class where relname in ('a', 'b') order by 1`,
      ),
    ).toEqual([
      { relname: 'a', theirs: false },
      { relname: 'b', theirs: true },
    ]);
  } finally {
    await database.query(
      `alter default privileges revoke all on tables from ${role}; drop owned by ${role}; drop role ${role}`,
    );
  }
});
