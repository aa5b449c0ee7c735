import { afterEach, beforeEach, expect, test } from 'vitest';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('create schema app');
});
afterEach(() => database.drop());

const settings = () => settingsFor(database.url);
const ONE = { '001_a.sql': 'create table a (x int);' };
const ROW = `(version text primary key); insert into`;

test.each([
  [
    'a view',
    `create table app.rows ${ROW} app.rows values ('001_a'); create view app.schema_migrations as select * from app.rows`,
  ],
  [
    'a materialized view',
    `create materialized view app.schema_migrations as select '001_a'::text as version`,
  ],
])('a ledger elsewhere that is %s is seen', async (_, sql) => {
  await database.query(sql);
  const expected = {
    code: 'ledger-elsewhere',
    message: 'There is no public.schema_migrations, but there is app.schema_migrations: which is the ledger?',
  };
  expect(await rejection(up(await compile(ONE), settings()))).toMatchObject(expected);
  expect(await rejection(status(await compile(ONE), settings()))).toMatchObject(expected);
  expect(await database.query(`select to_regclass('public.a') as made`)).toEqual([{ made: null }]);
});

test('an empty ledger does not hide one elsewhere that has rows', async () => {
  await database.query(`create table app.schema_migrations ${ROW} app.schema_migrations values ('001_a');
    create table public.schema_migrations (version text primary key)`);
  expect(await rejection(up(await compile(ONE), settings()))).toMatchObject({
    code: 'ledger-elsewhere',
    message: 'public.schema_migrations has no rows, but there is app.schema_migrations: which is the ledger?',
  });
  // Whoever names it means it.
  const named = { schema: 'public', table: 'schema_migrations' };
  expect(await up(await compile(ONE), settings(), { ledger: named })).toMatchObject({ status: 'applied' });
  expect(await up(await compile(ONE), settings())).toMatchObject({ status: 'nothing-to-do' });
});
