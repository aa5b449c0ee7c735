import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resume } from '../../lib/jobs/resume.ts';
import { up } from '../../lib/jobs/up.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

const OFF = '-- registry-jobs: transaction off\n';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('create schema app');
});
afterEach(() => database.drop());

const settings = () => settingsFor(database.url);
const where = async (name: string) =>
  (
    await database.query(
      `select relnamespace::regnamespace::text as schema, relowner::regrole::text as owner from pg_class where relname = $1`,
      [name],
    )
  )[0];

/** Runs a file that stops at the statement in the middle, mends it, and goes on. */
async function stopAndGoOn(before: string, after: string, target: { from?: number } = {}) {
  const sql = (middle: string) => `${OFF}${before}\n${middle};\n${after}`;
  expect(await up(await compile({ '1_a.sql': sql('select 1/0') }), settings())).toMatchObject({
    failed: { outcome: 'half-done' },
  });
  return resume(await compile({ '1_a.sql': sql('select 1/1') }), settings(), target);
}

describe('resume goes on in the session that the first statements had made', () => {
  test.each([
    ['set search_path', 'set search_path = app;'],
    ['set_config', `select set_config('search_path', 'app', false);`],
    ['set_config in a DO block', `do $$ begin perform set_config('search_path', 'app', false); end $$;`],
    [
      'set_config in a function',
      `create function public.s() returns void language sql as $$ select set_config('search_path', 'app', false) $$; select public.s();`,
    ],
    [
      'a procedure',
      `create procedure public.p() language plpgsql as $$ begin perform set_config('search_path', 'app', false); commit; end $$; call public.p();`,
    ],
  ])('%s', async (_, statement) => {
    expect(await stopAndGoOn(statement, 'create table landed (x int);')).toMatchObject({ status: 'applied' });
    expect(await where('landed')).toMatchObject({ schema: 'app' });
  });

  test('set role, and who logged in', async () => {
    const role = `o_${database.name}`;
    await database.query(
      `create role ${role}; grant all on schema public to ${role}; grant ${role} to current_user`,
    );
    try {
      await stopAndGoOn(`set role ${role};`, 'create table landed (x int);');
      expect(await where('landed')).toMatchObject({ owner: role });
    } finally {
      await database.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  test('a setting of its own, timeouts, and what was set twice', async () => {
    await stopAndGoOn(
      `set app.tenant = 'first'; set app.tenant = 'second'; set statement_timeout = '12345ms'; set work_mem = '5MB'; reset work_mem;`,
      `create table landed as select current_setting('app.tenant') as tenant, current_setting('statement_timeout') as timeout,
        current_setting('work_mem') = (select boot_val || 'kB' from pg_settings where name = 'work_mem') or current_setting('work_mem') = '4MB' as is_reset;`,
    );
    expect(await database.query('select * from landed')).toEqual([
      { tenant: 'second', timeout: '12345ms', is_reset: true },
    ]);
  });

  test('also when it stops once more, and when the connection was lost', async () => {
    const sql = (first: string, second: string) =>
      `${OFF}set search_path = app;\nselect ${first};\nselect ${second};\ncreate table landed (x int);`;
    await up(await compile({ '1_a.sql': sql('pg_terminate_backend(pg_backend_pid())', '1/0') }), settings());
    await resume(await compile({ '1_a.sql': sql('1', '1/0') }), settings());
    expect(await resume(await compile({ '1_a.sql': sql('1', '1') }), settings())).toMatchObject({
      status: 'applied',
    });
    expect(await where('landed')).toMatchObject({ schema: 'app' });
  });
});

describe('what a session takes with it cannot be gone on with', () => {
  test.each([
    [
      'a temporary table',
      'create temp table t as select 1 as x;',
      'insert into t values (2);',
      'the temporary table t',
    ],
    [
      'one made by a function',
      `do $$ begin create temp table t (x int); end $$;`,
      'insert into t values (2);',
      'the temporary table t',
    ],
    ['a prepared statement', 'prepare q as select 1;', 'execute q;', 'the prepared statement q'],
    ['a cursor', 'declare c cursor with hold for select 1;', 'fetch c;', 'the cursor c'],
    ['an advisory lock', 'select pg_advisory_lock(42);', 'select 1;', 'an advisory lock'],
  ])('%s', async (_, before, after, what) => {
    const stopped = await up(
      await compile({ '1_a.sql': `${OFF}${before}\nselect 1/0;\n${after}` }),
      settings(),
    );
    // Nobody is told to go on with what will be refused.
    const told = renderMigrationReport(stopped);
    expect(told).not.toContain('Go on with: registry-jobs resume');
    expect(told).toContain(`${what} ended with its session`);
    await database.query('delete from schema_migrations_journal');
    const error = await rejection(stopAndGoOn(before, after));
    expect(error).toMatchObject({
      code: 'cannot-resume',
      message: `migrations/1_a.sql stopped after statement 1 of 3; ${what} ended with its session, and the statements after it need it.`,
      hint: expect.stringContaining(
        'If they may run twice, go on from there: registry-jobs resume --from 1\nOr mend',
      ),
    });
    expect(
      await resume(await compile({ '1_a.sql': `${OFF}${before}\nselect 1/1;\n${after}` }), settings(), {
        from: 1,
      }),
    ).toMatchObject({ status: 'applied' });
  });
});
