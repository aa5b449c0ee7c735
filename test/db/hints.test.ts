import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const failureOf = async (sql: string) => {
  const report = await up(await compile({ '001_a.sql': sql }), settingsFor(database.url));
  return report.failed?.error;
};
const OFF = 'Put it into a file of its own that begins with: -- registry-jobs: transaction off';

test.each<[string, string, object]>([
  [
    'a schema that is not there',
    'create table nowhere.t (x int);',
    {
      sqlstate: '3F000',
      hint: 'Create the schema before, or correct the search_path: that of the file, or else of the user and the database.',
    },
  ],
  [
    'a search_path that leads nowhere',
    `set search_path = ''; create table t (x int);`,
    { sqlstate: '3F000', hint: expect.stringContaining('correct the search_path') },
  ],
  [
    'a setting of a newer server, as a dump begins with',
    'set setting_of_the_future = 0;',
    {
      sqlstate: '42704',
      hint: 'This server does not know the setting setting_of_the_future; a dump of a newer Postgres may begin with it. Remove the line.',
    },
  ],
  [
    'a session that somebody ended',
    'select pg_terminate_backend(pg_backend_pid());',
    {
      code: 'connection-lost',
      sqlstate: '57P01',
      hint: 'Somebody ended the session, or the server was stopped. Find out why, then run again.',
    },
  ],
  [
    'the same without a transaction',
    '-- registry-jobs: transaction off\nselect pg_terminate_backend(pg_backend_pid());',
    {
      code: 'connection-lost',
      hint: 'Somebody ended the session, or the server was stopped. Find out why. Then go on with: registry-jobs resume',
    },
  ],
  [
    'what no function can run, where the file has no transaction already',
    "-- registry-jobs: transaction off\ncreate table t (x int);\ndo $$ begin execute 'vacuum t'; end $$;",
    {
      sqlstate: '25001',
      hint: 'No function, procedure or DO block can run it. Write it as a statement of its own. Then go on with: registry-jobs resume',
    },
  ],
  [
    'what no function can run, in a transaction',
    "create table t (x int);\ndo $$ begin execute 'vacuum t'; end $$;",
    {
      sqlstate: '25001',
      hint: `No function, procedure or DO block can run it. Write it as a statement of its own. ${OFF}`,
    },
  ],
  [
    'a COMMIT in a function, where the file has no transaction already',
    `-- registry-jobs: transaction off
create procedure p() language plpgsql as $$ begin begin commit; exception when division_by_zero then end; end $$;
call p();`,
    {
      sqlstate: '2D000',
      hint: 'Only what CALL or DO runs may end a transaction: no function, and no block that has an EXCEPTION part. Then go on with: registry-jobs resume',
    },
  ],
])('%s: the hint does not blame the file for it', async (_, sql, expected) => {
  expect(await failureOf(sql)).toMatchObject(expected);
});

test('what cannot run inside a transaction, and only the catalog tells', async ({ skip }) => {
  const [row] = await database.query<{ n: number }>(
    `select current_setting('server_version_num')::int / 10000 as n`,
  );
  // Before, partitioned tables were not reindexed at all, with a warning.
  if ((row?.n ?? 0) < 14) skip();
  const sql = 'create table t (id int) partition by range (id); create index on t (id); reindex table t;';
  expect(await failureOf(sql)).toMatchObject({
    sqlstate: '25001',
    hint: `It cannot run inside a transaction, and each migration runs in one. ${OFF}`,
  });
});

test('a transaction_timeout that the file sets', async ({ skip }) => {
  const [row] = await database.query<{ n: number }>(
    `select current_setting('server_version_num')::int / 10000 as n`,
  );
  if ((row?.n ?? 0) < 17) skip();
  expect(await failureOf(`set transaction_timeout = '50ms'; select pg_sleep(1);`)).toMatchObject({
    sqlstate: '25P04',
    hint: 'It took longer than the transaction_timeout that the file sets. Set a longer one there, or split the file.',
  });
});

test('a prepared transaction in the way is named, with what ends it', async ({ skip }) => {
  const [row] = await database.query<{ n: number }>(
    `select current_setting('max_prepared_transactions')::int as n`,
  );
  if ((row?.n ?? 0) === 0) skip();
  await database.query('create table t (x int)');
  const other = await database.connect();
  await other.query(`begin; lock table t in share mode; prepare transaction 'left''over'`);
  try {
    const seen: unknown[] = [];
    const settings = settingsFor(database.url, { lockTimeoutMs: 400 });
    const compiled = await compile({ '001_a.sql': 'alter table t add column y int' });
    const run = up(compiled, settings, {
      deadline: Date.now() + 13_000,
      onEvent: (event) => event.type === 'blocked' && seen.push(...event.blockers),
    });
    const report = await run;
    expect(report.failed?.error.detail).toMatch(
      /^DETAIL: In the way was the prepared transaction 'left''over' \(\w+\), open for \d+ s; end it with: ROLLBACK PREPARED 'left''over'$/m,
    );
    expect(seen[0]).toMatchObject({ pid: 0, prepared: `left'over` });
  } finally {
    await other.query(`rollback prepared 'left''over'`);
    await sleep(0);
  }
});

test('a GRANT names the table as the statement does', async () => {
  const role = `g_${database.name}`;
  await database.query(`create role ${role}; create schema app; create table app."T t" (x int); grant usage, create on schema app, public to ${role};
    create table app.t (x int); create table t (x int)`);
  try {
    const hint = async (sql: string) => (await failureOf(`set role ${role}; ${sql}`))?.hint?.split(' TO ')[0];
    const GRANT = 'Let its owner say: GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE';
    expect(await hint('insert into app.t values (1)')).toBe(`${GRANT} app.t`);
    expect(await hint('insert into app."T t" values (1)')).toBe(`${GRANT} app."T t"`);
    expect(await hint('insert into t values (1)')).toBe(`${GRANT} t`);
    expect(await hint('set local search_path = app; insert into "T t" values (1)')).toBe(`${GRANT} "T t"`);
  } finally {
    await database.query(`drop owned by ${role}; drop role ${role}`);
  }
});
