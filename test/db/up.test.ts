import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MigrationEvent } from '../../lib/engine/events.ts';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const LEDGER =
  'select version, started_at <= finished_at as ordered, checksum from schema_migrations order by version';

/** The tables there are, the journal's left out. */
async function tables(): Promise<unknown[]> {
  const rows = await database.query(
    `select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
      and relname not in ('schema_migrations_journal', 'schema_migrations_bundles') order by relname`,
  );
  return rows.map(({ relname }) => relname);
}

describe('up', () => {
  test('applies each file once, with its row; a second run does nothing', async () => {
    const compiled = await compile({
      '001_a.sql': 'create table a (x int); insert into a values (1);',
      '002_b.sql': 'create table b (x int)',
    });
    const first = await up(compiled, settingsFor(database.url));
    expect(first).toMatchObject({ status: 'applied', alreadyApplied: 0, notRun: [], warnings: [] });
    expect(first.applied.map(({ version, statements, attempts }) => [version, statements, attempts])).toEqual(
      [
        ['001_a', 2, 1],
        ['002_b', 1, 1],
      ],
    );
    expect(await database.query(LEDGER)).toEqual([
      { version: '001_a', ordered: true, checksum: compiled.migrations[0]?.up.checksum },
      { version: '002_b', ordered: true, checksum: compiled.migrations[1]?.up.checksum },
    ]);
    const second = await up(compiled, settingsFor(database.url));
    expect(second).toMatchObject({ status: 'nothing-to-do', applied: [], alreadyApplied: 2 });
    expect(await database.query('select * from a')).toEqual([{ x: 1 }]);
  });

  test('records the time in UTC, whatever the zone of the session', async () => {
    await database.query(`alter database "${database.name}" set timezone = 'Pacific/Auckland'`);
    await up(await compile({ '1_a.sql': 'select pg_sleep(0.2)' }), settingsFor(database.url));
    const [row] = await database.query(`select
      abs(extract(epoch from finished_at - (now() at time zone 'utc'))) < 30 as is_utc,
      extract(epoch from finished_at - started_at)::float8 as took from schema_migrations`);
    expect(row?.is_utc).toBe(true);
    expect(row?.took).toBeGreaterThanOrEqual(0.2);
    expect(row?.took).toBeLessThan(10);
  });

  test('stops at the file that fails: before it stays, it leaves nothing, behind it is not run; then goes on', async () => {
    const files = {
      '001_a.sql': 'create table a (x int);',
      '002_b.sql': `-- é😀\ncreate table b (x int);\ninsert into b values (1);\n  insert into b select '😀', nope from a;\ncreate table late (x int);`,
      '003_c.sql': 'create table c (x int)',
    };
    const report = await up(await compile(files), settingsFor(database.url));
    expect(report).toMatchObject({
      status: 'failed',
      applied: [{ version: '001_a' }],
      notRun: ['003_c'],
      failed: {
        version: '002_b',
        error: {
          code: 'statement-failed',
          sqlstate: '42703',
          message: 'column "nope" does not exist',
          location: { file: 'migrations/002_b.sql', line: 4, column: 29 },
          excerpt: `4 |   insert into b select '😀', nope from a;\n  |                             ^`,
        },
      },
    });
    expect(renderMigrationReport(report)).toMatch(
      /^Applied migrations\/001_a.sql in .* \(1 statement\)\nFailed {2}migrations\/002_b.sql after .*\nmigrations\/002_b.sql:4:29: column "nope" does not exist \(SQLSTATE 42703\) \[statement-failed\]\n4 \|[\s\S]*\nState: 1 migration before it was applied and stays; 1 migration after it was not run\.$/,
    );
    expect(await tables()).toEqual(['a', 'schema_migrations']);

    const mended = { ...files, '002_b.sql': 'create table b (x int)' };
    const again = await up(await compile(mended), settingsFor(database.url));
    expect(again).toMatchObject({ status: 'applied', applied: [{ version: '002_b' }, { version: '003_c' }] });
    expect(await tables()).toEqual(['a', 'b', 'c', 'schema_migrations']);
  });

  test('an error inside a function points at the statement and keeps the context', async () => {
    const compiled = await compile({ '1_a.sql': `select 1;\ndo $$ begin\n  perform 1/0;\nend $$` });
    const { failed } = await up(compiled, settingsFor(database.url));
    expect(failed?.error).toMatchObject({
      message: 'division by zero',
      location: { line: 2, column: 1 },
      sqlstate: '22012',
    });
    expect(failed?.error.detail).toContain('PL/pgSQL function inline_code_block line 2');
  });

  test('a deferred constraint that fails at COMMIT is a failure, and recorded nowhere', async () => {
    const compiled = await compile({
      '1_a.sql': `create table a (id int primary key);
        create table b (a int references a deferrable initially deferred);
        insert into b values (1);`,
    });
    const report = await up(compiled, settingsFor(database.url));
    expect(report.failed?.error).toMatchObject({ code: 'committing-failed', sqlstate: '23503' });
    expect(await tables()).toEqual(['schema_migrations']);
    expect(await database.query(LEDGER)).toEqual([]);
  });

  test('nothing runs when files and ledger disagree', async () => {
    await up(await compile({ '001_a.sql': 'select 1' }), settingsFor(database.url));
    const changed = await compile({ '001_a.sql': 'select 2', '002_b.sql': 'create table b (x int)' });
    expect(await rejection(up(changed, settingsFor(database.url)))).toMatchObject({
      code: 'edited',
      message: 'migrations/001_a.sql was changed after it was applied.',
    });
    expect(await tables()).toEqual(['schema_migrations']);
  });

  test.each([
    ['', 'create table public.schema_migrations (version bigint not null, dirty boolean not null)'],
    ['in quotes', 'create table "schema_migrations" ("version" bigint, dirty boolean)'],
  ])('a schema that brings the ledger of another tool is told where it makes it %s', async (_, sql) => {
    const compiled = await compile({ 'initial_schema.sql': `create table a ();\n${sql};` });
    const { failed } = await up(compiled, settingsFor(database.url));
    expect(failed?.error).toMatchObject({
      code: 'ledger-in-file',
      location: { file: 'migrations/initial_schema.sql', line: 2, column: 1 },
      hint: expect.stringContaining('registry-jobs up --ledger public.registry_jobs_migrations'),
    });
    expect(await tables()).not.toContain('a');
  });

  test('an empty file of a pair is recorded, with a warning', async () => {
    const report = await up(await compile({ '1_a.up.sql': '-- nothing yet' }), settingsFor(database.url));
    expect(report.warnings).toEqual([
      {
        code: 'empty',
        message:
          'migrations/1_a.up.sql holds no statement; it is recorded and does nothing. If that is meant, begin it with "-- registry-jobs: empty".',
      },
    ]);
    expect(await database.query(LEDGER)).toMatchObject([{ version: '1' }]);
  });

  test('a notice carries file and line, and a flood is bounded', async () => {
    const compiled = await compile({
      '1_a.sql': `create table a (x int);\ncreate table if not exists a (x int);\ndo $$ begin for i in 1..500 loop raise notice 'n %', i; end loop; end $$`,
    });
    const { applied } = await up(compiled, settingsFor(database.url));
    const notices = applied[0]?.notices ?? [];
    expect(notices[0]).toEqual({
      severity: 'NOTICE',
      message: 'relation "a" already exists, skipping',
      file: 'migrations/1_a.sql',
      line: 2,
    });
    expect(notices[1]).toMatchObject({ message: 'n 1', line: 3 });
    expect(notices).toHaveLength(100);
  });

  test('a ledger that Rails left is completed, and its versions count as applied', async () => {
    await database.query(`create table schema_migrations (version varchar not null);
      insert into schema_migrations values ('001_a')`);
    const report = await up(
      await compile({ '001_a.sql': 'select 1/0', '002_b.sql': 'select 1' }),
      settingsFor(database.url),
    );
    expect(report).toMatchObject({ status: 'applied', applied: [{ version: '002_b' }], alreadyApplied: 1 });
    expect(await database.query(LEDGER)).toMatchObject([
      { version: '001_a', ordered: null },
      { version: '002_b', ordered: true },
    ]);
  });

  test('the ledger of another tool is not touched', async () => {
    await database.query('create table schema_migrations (version bigint, dirty boolean)');
    expect(
      await rejection(up(await compile({ '1_a.sql': 'select 1' }), settingsFor(database.url))),
    ).toMatchObject({
      code: 'foreign-ledger',
    });
  });

  test('a file that writes its own row works, and its row is completed', async () => {
    const compiled = await compile({
      '001_a.sql': `insert into schema_migrations (version, started_at) values ('001_a', '2001-01-01');
        create table a (x int);
        update schema_migrations set finished_at = '2001-01-01' where version = '001_a';`,
    });
    // The ledger must be there before the first file: this is how such files have been used.
    await database.query(
      'create table schema_migrations (version varchar primary key, started_at timestamp, finished_at timestamp)',
    );
    expect(await up(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
    expect(
      await database.query(
        `select count(*)::int, min(started_at) > '2020-01-01' as ours from schema_migrations`,
      ),
    ).toEqual([{ count: 1, ours: true }]);
  });
});

describe('runners at the same time', () => {
  test('apply each file once', async () => {
    const compiled = await compile(
      Object.fromEntries(
        Array.from({ length: 5 }, (_, index) => [`${index + 1}_t.sql`, `create table t${index} (x int)`]),
      ),
    );
    const reports = await Promise.all(
      Array.from({ length: 6 }, () => up(compiled, settingsFor(database.url))),
    );
    expect(reports.map(({ status: outcome }) => outcome).sort()).toEqual([
      'applied',
      ...Array.from({ length: 5 }, () => 'nothing-to-do'),
    ]);
    expect(reports.flatMap(({ applied }) => applied)).toHaveLength(5);
  });

  test('a held lock is waited for, named, and in the end reported', async () => {
    const other = await database.connect();
    await other.query(`set application_name = 'somebody else'`);
    await other.query('select pg_advisory_lock($1::bigint)', [
      migrationLockKey(database.name, defaultLedger).toString(),
    ]);
    const compiled = await compile({ '1_a.sql': 'select 1' });
    const events: MigrationEvent[] = [];
    const options = { waitForLockMs: 400, onEvent: (event: MigrationEvent) => events.push(event) };
    const error = await rejection(up(compiled, settingsFor(database.url), options));
    expect(error).toMatchObject({ code: 'locked', message: expect.stringContaining('somebody else') });
    expect(events[0]).toMatchObject({
      type: 'waiting-for-lock',
      blockers: [{ application: 'somebody else' }],
    });
    // status neither waits nor writes.
    expect(await status(compiled, settingsFor(database.url))).toMatchObject({ status: 'pending' });
    expect(await tables()).toEqual([]);
  });
});

describe('locks of the application', () => {
  test('a migration that cannot get its lock is tried again as a whole, until it can', async () => {
    await database.query('create table busy (x int)');
    const other = await database.connect();
    await other.query('begin; lock table busy in access share mode');
    const compiled = await compile({
      '1_a.sql': 'create table before (x int);\nalter table busy add column y int;',
    });
    const retried: string[] = [];
    const report = await up(compiled, settingsFor(database.url), {
      onEvent: (event) => {
        if (event.type !== 'migration-retried') return;
        retried.push(event.reason);
        if (retried.length === 2) void other.query('commit');
      },
    });
    expect(report.applied[0]?.attempts).toBeGreaterThanOrEqual(3);
    expect(retried[0]).toBe('canceling statement due to lock timeout');
    expect(
      await database.query(
        `select attname from pg_attribute where attrelid = 'busy'::regclass and attnum > 0`,
      ),
    ).toHaveLength(2);
  });

  test('a run whose time is used up starts nothing, and says so', async () => {
    const compiled = await compile({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'select 1' });
    const report = await up(compiled, settingsFor(database.url), { deadline: Date.now() + 5_000 });
    expect(report).toMatchObject({
      status: 'failed',
      failed: { error: { code: 'out-of-time' } },
      notRun: ['2_b'],
    });
    expect(await tables()).toEqual(['schema_migrations']);
  });

  test('a statement that runs longer than the time that is left is stopped', async () => {
    const compiled = await compile({ '1_a.sql': 'create table a (x int); select pg_sleep(30)' });
    const report = await up(compiled, settingsFor(database.url), { deadline: Date.now() + 11_000 });
    expect(report.failed?.error).toMatchObject({ sqlstate: '57014', code: 'statement-failed' });
    expect(await tables()).toEqual(['schema_migrations']);
  });
});

describe('a lost connection', () => {
  const endOurSession = () =>
    database.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'registry-jobs up' and datname = current_database()`);

  test('in the middle of a file: the ledger says that nothing was kept', async () => {
    const compiled = await compile({
      '1_a.sql': 'create table a (x int);\nselect pg_sleep(30);',
      '2_b.sql': 'select 1',
    });
    const report = await up(compiled, settingsFor(database.url), {
      onEvent: (event) => {
        if (event.type === 'statement-started' && event.index === 2) void endOurSession();
      },
    });
    expect(report).toMatchObject({
      status: 'failed',
      applied: [],
      notRun: ['2_b'],
      failed: { version: '1_a', error: { location: { line: 2, column: 1 } } },
    });
    expect(await tables()).toEqual(['schema_migrations']);
    expect(
      await up(await compile({ '1_a.sql': 'create table a (x int)' }), settingsFor(database.url)),
    ).toMatchObject({
      status: 'applied',
    });
  });

  test('while COMMIT waits: what the ledger says is reported', async () => {
    // A deferred trigger holds COMMIT up until the test has cut the connection from outside; then it commits.
    await database.query(`create table gate (x int); create table slow (x int);
      create function wait_at_commit() returns trigger language plpgsql as $$
        begin perform pg_sleep(1); return null; end $$;
      create constraint trigger at_commit after insert on slow deferrable initially deferred
        for each row execute function wait_at_commit()`);
    const compiled = await compile({ '1_a.sql': 'insert into slow values (1)' });
    const running = up(compiled, settingsFor(database.url));
    await sleep(300);
    await endOurSession();
    const report = await running;
    const kept = (await database.query('select from slow')).length;
    const recorded = (await database.query(LEDGER)).length;
    expect(kept).toBe(recorded);
    expect(report.applied).toHaveLength(recorded);
  });
});

describe('what a file does to its session', () => {
  test('does not reach the next file', async () => {
    const role = `r_${database.name}`;
    await database.query(`create role "${role}"`);
    try {
      const compiled = await compile({
        '1_a.sql': `set search_path = pg_catalog;
          set statement_timeout = '1min';
          set my.setting = 'left';
          create temp table leftover (x int);
          prepare p as select 1;
          declare c cursor with hold for select 1;
          listen x;
          set role "${role}";`,
        '2_b.sql': `create table seen as select
            current_user::text as who, session_user::text as login,
            current_setting('search_path') as path, current_setting('statement_timeout') as timeout,
            current_setting('my.setting', true) as setting, to_regclass('pg_temp.leftover')::text as temp,
            (select count(*)::int from pg_prepared_statements where name = 'p') as prepared,
            (select count(*)::int from pg_cursors where name = 'c') as cursors,
            (select count(*)::int from pg_listening_channels()) as channels`,
      });
      expect(await up(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
      const [seen] = await database.query('select * from seen');
      const path = '"$user", public';
      expect(seen).toMatchObject({ path, timeout: '0', temp: null, prepared: 0, cursors: 0, channels: 0 });
      expect(seen?.setting ?? '').toBe('');
      expect(seen?.who).toBe(seen?.login);
    } finally {
      await database.query(`drop role "${role}"`);
    }
  });

  test('that releases the migration lock is noticed, and its work is not kept', async () => {
    const compiled = await compile({
      '1_a.sql': 'create table a (x int); select pg_advisory_unlock_all()',
      '2_b.sql': 'select 1',
    });
    const report = await up(compiled, settingsFor(database.url));
    expect(report).toMatchObject({
      status: 'failed',
      failed: { error: { code: 'lock-lost' } },
      notRun: ['2_b'],
    });
    expect(await tables()).toEqual(['schema_migrations']);
  });

  test('with a session timeout too short for us never keeps half of a file', async () => {
    const compiled = await compile({
      '1_a.sql': `create table a (x int); set statement_timeout = '1ms'`,
      '2_b.sql': 'create table b (x int)',
    });
    const report = await up(compiled, settingsFor(database.url));
    // The timeout may hit what stands between the two files. Then the run stops there, and the next goes on.
    if (report.status === 'failed') await up(compiled, settingsFor(database.url));
    expect([undefined, '57014']).toContain(report.failed?.error.sqlstate);
    expect(await database.query(LEDGER)).toMatchObject([{ version: '1_a' }, { version: '2_b' }]);
    expect(await tables()).toEqual(['a', 'b', 'schema_migrations']);
  });
});

test('two applications in one database have ledgers and locks of their own', async () => {
  await database.query('create schema other');
  const ours = await compile({ '1_a.sql': 'create table a (x int)' });
  const theirs = await compile({ '1_z.sql': 'create table z (x int)' });
  const other = { schema: 'other', table: 'ledger' };
  const [first, second] = await Promise.all([
    up(ours, settingsFor(database.url)),
    up(theirs, settingsFor(database.url), { ledger: other }),
  ]);
  expect([first.status, second.status]).toEqual(['applied', 'applied']);
  expect(await database.query('select version from other.ledger')).toEqual([{ version: '1_z' }]);
});

test('a file of many thousand statements is sent in slices, and stops soon after a failure', async () => {
  const inserts = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `insert into t values (${from + index});`).join('\n');
  const good = await compile({ '1_a.sql': `create table t (x int);\n${inserts(0, 5_000)}` });
  expect(await up(good, settingsFor(database.url))).toMatchObject({ applied: [{ statements: 5_001 }] });
  expect(await database.query('select count(*)::int, sum(x)::int from t')).toEqual([
    { count: 5_000, sum: 12_497_500 },
  ]);

  const bad = await compile({
    '1_a.sql': good.migrations[0]?.up.text ?? '',
    '2_b.sql': `${inserts(0, 2_500)}\nselect nope;\n${inserts(0, 5_000)}`,
  });
  const sent: number[] = [];
  const { failed } = await up(bad, settingsFor(database.url), {
    onEvent: (event) => event.type === 'statement-started' && sent.push(event.index),
  });
  expect(failed?.error).toMatchObject({ message: 'column "nope" does not exist', location: { line: 2_501 } });
  expect(Math.max(...sent)).toBe(2_501);
  expect(await database.query('select count(*)::int from t')).toEqual([{ count: 5_000 }]);
});
