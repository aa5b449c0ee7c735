import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { status } from '../../lib/jobs/status.ts';
import { type UpOptions, up } from '../../lib/jobs/up.ts';
import { verify } from '../../lib/jobs/verify.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import { type MigrationReport, renderMigrationReport } from '../../lib/reports/migration.ts';
import { renderStatusReport } from '../../lib/reports/status.ts';
import { database, test } from '../support/concurrent.ts';
import { compile, rejection, settingsFor, withFolder } from '../support/migrations.ts';
import { startSwallowingProxy } from '../support/swallowing-proxy.ts';

const settings = (url = database.url) => settingsFor(url, { lockTimeoutMs: 60_000 });
const GATE = 4713;
/** Waits as long as the gate is closed, which `atGate` closes. */
const WAIT = `select pg_advisory_xact_lock_shared(${GATE})`;
const FILES = { '001_a.sql': `create table a (x int);\n${WAIT};\ninsert into a values (1)` };

/** Tests that run at once have no `expect.poll`. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 40_000;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error('It did not come to that in 40 s.');
    await sleep(50);
  }
}

/** Closes the gate for the time of `work`, and gives what opens it. */
async function atGate<T>(work: (open: () => Promise<unknown>) => Promise<T>): Promise<T> {
  const gate = await database.connect();
  await gate.query(`select pg_advisory_lock(${GATE})`);
  return work(() => gate.query(`select pg_advisory_unlock_all()`));
}

const waiters = () =>
  database.query<{ pid: number }>(
    `select pid from pg_locks where locktype = 'advisory' and not granted and objid = ${GATE}
      and database = (select oid from pg_database where datname = current_database())`,
  );

async function waiting(): Promise<number> {
  await eventually(async () => (await waiters()).length === 1);
  const [found] = await waiters();
  return found?.pid ?? 0;
}

/** Starts a file that waits at the gate, and leaves it alone. */
const start = (compiled: CompiledMigrations, options: UpOptions = {}): Promise<MigrationReport> =>
  up(compiled, settings(), { detach: 'always', momentMs: 0, who: 'me@here', ...options });

/** Calls again and again, as a deploy does, until it is over. */
async function untilOver(compiled: CompiledMigrations, since: string): Promise<MigrationReport> {
  const again = () => up(compiled, settings(), { detach: 'when-needed', momentMs: 0, since });
  let report = await again();
  await eventually(async () => {
    if (report.status === 'running') report = await again();
    return report.status !== 'running';
  });
  return report;
}

const journal = () =>
  database.query(
    `select version, status, done, error, who from schema_migrations_journal order by started_at`,
  );

const lockIsFree = async () => {
  const rows = await database.query(
    `select from pg_locks l join pg_stat_activity a using (pid) where locktype = 'advisory' and granted
      and objid <> ${GATE} and l.database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length === 0;
};

describe.concurrent('a file that the server runs by itself', () => {
  test('is applied where it is quick, with what comes after it, and as the ledger has it', async () => {
    const compiled = await compile({
      '001_a.sql':
        'create table a (x int primary key);\ninsert into a values (1) returning x;\nselect * from a;',
      '002_b.sql':
        "-- expect: select x from a => 2\nupdate a set x = 2;\ncreate table b (y text default '$1 :z');",
    });
    const report = await up(compiled, settings(), { detach: 'always', who: 'me@here' });
    expect(report).toMatchObject({
      status: 'applied',
      applied: [
        { version: '001_a', statements: 3, attempts: 1, notices: [] },
        { version: '002_b', statements: 2 },
      ],
      notRun: [],
      warnings: [],
    });
    const found = await status(compiled, settings(), { history: 2 });
    expect(found).toMatchObject({ status: 'up-to-date' });
    expect(found.entries.map(({ startedAt, finishedAt }) => [startedAt, finishedAt])).toEqual(
      report.applied.map(({ startedAt, finishedAt }) => [startedAt, finishedAt]),
    );
    expect(found.history?.map((row) => [row.status, row.done, row.backend?.pid])).toEqual([
      ['applied', 2, expect.any(Number)],
      ['applied', 3, expect.any(Number)],
    ]);
    expect(await lockIsFree()).toBe(true);
  });

  test('fails with its place, as it does when somebody waits for it; nothing is kept', async () => {
    const files = {
      '001_a.sql': 'create table a (x int);',
      '002_b.sql': 'create table b (x int);\n\ninsert into b values (1);\nselect lower(titel) from b;',
      '003_c.sql': 'create table c ()',
    };
    const compiled = await compile(files);
    const detached = await up(compiled, settings(), { detach: 'always' });
    const attached = await up(compiled, settings());
    expect(detached).toMatchObject({
      status: 'failed',
      applied: [{ version: '001_a' }],
      failed: {
        version: '002_b',
        outcome: 'rolled-back',
        error: {
          ...{ code: 'statement-failed', sqlstate: '42703', message: 'column "titel" does not exist' },
          location: { file: 'migrations/002_b.sql', line: 4, column: 14 },
        },
      },
      notRun: ['003_c'],
    });
    expect(detached.failed?.error).toEqual(attached.failed?.error);
    expect(await journal()).toMatchObject([
      { version: '001_a', status: 'applied' },
      { status: 'failed', done: 2, error: '4:1: column "titel" does not exist (SQLSTATE 42703)' },
      { status: 'failed', error: '4:14: column "titel" does not exist (SQLSTATE 42703)' },
    ]);
    expect(await database.query(`select to_regclass('b') as b`)).toEqual([{ b: null }]);
    expect(await lockIsFree()).toBe(true);
  });

  test.each([
    ['an expectation', '-- expect: select count(*) from a => 3\ncreate table a ()', 'expectation-failed'],
    [
      'a deferred constraint',
      `create table a (x int primary key); create table b (x int references a deferrable initially deferred);
insert into b values (1)`,
      'committing-failed',
    ],
    ['the lock', 'select pg_advisory_unlock_all()', 'lock-lost'],
    ['ASSERT', `do $$ begin assert false; end $$`, 'statement-failed'],
    [
      'a function',
      `create function f() returns int language sql as 'select 1/0'; select f()`,
      'statement-failed',
    ],
    ['a block of its own', `do $$ begin raise exception 'no'; end $$`, 'statement-failed'],
  ])('says the same of %s as a file that is waited for', async (_, sql, code) => {
    const compiled = await compile({ '001_a.sql': sql });
    const detached = await up(compiled, settings(), { detach: 'always' });
    const attached = await up(compiled, settings());
    expect(detached.failed?.error).toMatchObject({ code });
    expect(detached.failed).toEqual({ ...attached.failed, durationMs: expect.any(Number) });
    expect(await lockIsFree()).toBe(true);
  });

  test('shows how far it is, and ends as it ends when nobody is there', async () => {
    const compiled = await compile({ ...FILES, '002_b.sql': 'create table b ()' });
    await atGate(async (open) => {
      const report = await start(compiled);
      const pid = await waiting();
      expect(report).toMatchObject({
        status: 'running',
        applied: [],
        running: {
          version: '001_a',
          file: 'migrations/001_a.sql',
          pid,
          detached: true,
          who: 'me@here',
          statements: 3,
        },
        notRun: ['002_b'],
      });
      expect(report.running).not.toHaveProperty('byAnotherRun');
      const found = await status(compiled, settings());
      expect(found.running).toMatchObject({ pid, statement: 2, statements: 3, line: 2, detached: true });
      expect(found.entries).toMatchObject([{ state: 'running' }, { state: 'pending' }]);
      expect(renderStatusReport(found)).toMatch(
        /^Running now: applying migrations\/001_a\.sql, statement 2 of 3 \(line 2\), [\d.]+ m?s in all$/m,
      );
      expect(await verify(compiled, settings())).toMatchObject({
        status: 'ok',
        warnings: [{ code: 'running' }],
      });
      const again = await start(compiled, { since: report.at });
      expect(again).toMatchObject({ status: 'running', running: { pid, statement: 2 }, notRun: ['002_b'] });
      expect(again.running).not.toHaveProperty('byAnotherRun');
      const text = renderMigrationReport(await start(compiled));
      expect(text).toMatch(
        /^Running migrations\/001_a\.sql in the server, statement 2 of 3 \(line 2\)\n {2}since \S+ by me@here \(pid \d+\), begun by another run\n/,
      );
      // Whoever does not leave anything to the server waits for the lock.
      expect(await rejection(up(compiled, settings(), { waitForLockMs: 0 }))).toMatchObject({
        code: 'locked',
      });
      await open();
      const over = await untilOver(compiled, report.at);
      expect(over).toMatchObject({ status: 'applied', applied: [{ version: '002_b' }], alreadyApplied: 1 });
    });
    expect(await database.query('select x from a')).toEqual([{ x: 1 }]);
    expect(await journal()).toMatchObject([{ status: 'applied', done: 3 }, { status: 'applied' }]);
  });

  test("is this run's failure when it failed since, and a new run tries it again", async () => {
    const compiled = await compile({ '001_a.sql': `${WAIT};\nselect 1/0` });
    const report = await atGate(async (open) => {
      const started = await start(compiled);
      await open();
      return started;
    });
    const over = await untilOver(compiled, report.at);
    expect(over).toMatchObject({
      status: 'failed',
      failed: {
        ...{ version: '001_a', attempts: 1, outcome: 'rolled-back' },
        error: { message: 'division by zero', location: { line: 2, column: 1 } },
      },
    });
    expect(await untilOver(compiled, report.at)).toMatchObject({ status: 'failed', failed: { attempts: 1 } });
    expect(await journal()).toHaveLength(1);
    expect(await up(compiled, settings(), { since: over.at })).toMatchObject({ status: 'failed' });
    expect(await journal()).toHaveLength(2);
    // Another text is another file.
    const mended = await compile({ '001_a.sql': 'select 1' });
    expect(await up(mended, settings(), { since: report.at })).toMatchObject({ status: 'applied' });
  });

  test('is begun by one of two who start it at once; the other looks at it', async () => {
    const compiled = await compile(FILES);
    await atGate(async (open) => {
      const reports = await Promise.all([start(compiled, { who: 'one' }), start(compiled, { who: 'two' })]);
      await waiting();
      expect(reports).toMatchObject([{ status: 'running' }, { status: 'running' }]);
      expect(new Set(reports.map(({ running }) => running?.pid)).size).toBe(1);
      expect(new Set(reports.map(({ running }) => running?.who)).size).toBe(1);
      await open();
      const overs = await Promise.all(reports.map(({ at }) => untilOver(compiled, at)));
      expect(overs).toMatchObject([{ status: 'nothing-to-do' }, { status: 'nothing-to-do' }]);
    });
    expect(await journal()).toMatchObject([{ status: 'applied' }]);
  });
});

describe.concurrent('a client that is lost', () => {
  /** Runs it in a process of its own, which waits for the end, and does something to that process. */
  async function inProcess(files: Record<string, string>, harm: (child: ChildProcess) => unknown) {
    const compiled = await compile(files);
    const [{ at }] = (await database.query<{ at: string }>(
      `select to_json(timezone('utc', clock_timestamp())) as at`,
    )) as [{ at: string }];
    await withFolder(files, async (folder) => {
      await atGate(async (open) => {
        const script = path.join(import.meta.dirname, '../support/detached-process.ts');
        const child = spawn(process.execPath, [script, database.url, folder], { stdio: 'ignore' });
        try {
          await waiting();
          await harm(child);
          await open();
          expect(await untilOver(compiled, at)).toMatchObject({ status: 'nothing-to-do', alreadyApplied: 1 });
          expect(await lockIsFree()).toBe(true);
        } finally {
          child.kill('SIGKILL');
        }
      });
    });
    expect(await database.query('select count(*)::int as rows from a')).toEqual([{ rows: 1 }]);
    expect(await journal()).toMatchObject([{ status: 'applied', who: 'child' }]);
  }

  test('by SIGKILL changes nothing, however long the server goes on', () =>
    inProcess(
      { '001_a.sql': `${WAIT};\ncreate table a (x int);\ninsert into a values (1)` },
      async (child) => {
        child.kill('SIGKILL');
        // A file that is waited for has its server look for the client every two seconds.
        await sleep(2_500);
      },
    ));

  test('by SIGKILL changes nothing in a file of many statements, each of which is shown', () =>
    inProcess(
      {
        '001_a.sql': `create table a (x int);\n${WAIT};\n${'select 1;\n'.repeat(1_000)}insert into a values (1)`,
      },
      (child) => child.kill('SIGKILL'),
    ));

  test('by SIGSTOP changes nothing, and keeps no lock', () =>
    inProcess(FILES, (child) => child.kill('SIGSTOP')));

  test('by SIGKILL changes nothing where the file raises notices', () =>
    inProcess(
      {
        '001_a.sql': `create table a (x int); set client_min_messages = debug;
do $$ begin perform pg_advisory_xact_lock_shared(${GATE}); for i in 1 .. 5000 loop raise notice 'notice % %', i, repeat('x', 100); end loop; end $$;
insert into a values (1)`,
      },
      (child) => child.kill('SIGKILL'),
    ));

  test('by a network that swallows everything changes nothing', async () => {
    const compiled = await compile(FILES);
    const url = new URL(database.url);
    const proxy = await startSwallowingProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    try {
      await atGate(async (open) => {
        const run = up(compiled, settings(url.toString()), { detach: 'always', momentMs: 500 });
        await waiting();
        proxy.swallow();
        const report = await run;
        expect(report).toMatchObject({ status: 'running', running: { statement: 2 } });
        await open();
        expect(await untilOver(compiled, report.at)).toMatchObject({ status: 'nothing-to-do' });
      });
    } finally {
      await proxy.close();
    }
    expect(await journal()).toMatchObject([{ status: 'applied' }]);
  });
});

describe.concurrent('what the server ends', () => {
  test('by pg_cancel_backend is a failure that says so', async () => {
    const compiled = await compile(FILES);
    const report = await atGate(async () => {
      const started = await start(compiled);
      await database.query('select pg_cancel_backend($1)', [await waiting()]);
      return untilOver(compiled, started.at);
    });
    expect(report).toMatchObject({
      status: 'failed',
      failed: {
        outcome: 'rolled-back',
        error: {
          ...{ code: 'statement-failed', sqlstate: '57014' },
          message: 'canceling statement due to user request',
          location: { line: 2, column: 1 },
        },
      },
    });
    expect(await lockIsFree()).toBe(true);
    expect(await database.query(`select to_regclass('a') as a`)).toEqual([{ a: null }]);
  });

  test('by pg_terminate_backend is interrupted: nobody could say why', async () => {
    const compiled = await compile(FILES);
    const report = await atGate(async () => {
      const started = await start(compiled);
      await database.query('select pg_terminate_backend($1)', [await waiting()]);
      await eventually(lockIsFree);
      expect(await status(compiled, settings(), { history: 1 })).toMatchObject({
        entries: [{ state: 'pending' }],
        history: [{ status: 'interrupted' }],
      });
      return untilOver(compiled, started.at);
    });
    expect(report).toMatchObject({
      status: 'failed',
      failed: { outcome: 'rolled-back', error: { code: 'interrupted' } },
    });
    expect(await journal()).toMatchObject([{ status: 'interrupted' }]);
  });
});

describe.concurrent('another transaction in the way', () => {
  const busy = (files: Record<string, string>) =>
    compile({ '001_a.sql': 'create table a (x int)', ...files });
  const locked = async () => {
    const other = await database.connect();
    await other.query('begin; lock table a in access exclusive mode');
    return () => other.query('rollback');
  };
  const impatient = () => settingsFor(database.url, { lockTimeoutMs: 50 });

  test('is tried again in the same call', async () => {
    await up(await busy({}), settings());
    const open = await locked();
    const compiled = await busy({ '002_b.sql': 'alter table a add y int' });
    const report = await up(compiled, impatient(), {
      detach: 'always',
      onEvent: ({ type }) => void (type === 'migration-retried' && open()),
    });
    expect(report).toMatchObject({ status: 'applied', applied: [{ version: '002_b' }] });
    expect(report.applied[0]?.attempts).toBeGreaterThan(1);
    expect(await journal()).toHaveLength(1 + (report.applied[0]?.attempts ?? 0));
  });

  test('is tried again in the next call, until it was tried as often as a file that is waited for', async () => {
    await up(await busy({}), settings());
    const compiled = await busy({ '002_b.sql': `select pg_sleep(1.5);\nalter table a add y int` });
    const open = await locked();
    const first = await up(compiled, impatient(), { detach: 'always', momentMs: 0 });
    expect(first).toMatchObject({ status: 'running' });
    await eventually(lockIsFree);
    await open();
    const over = await untilOver(compiled, first.at);
    expect(over).toMatchObject({ status: 'applied', applied: [{ attempts: 1 }] });
    expect(await journal()).toHaveLength(3);

    // As if it had been tried seven times before.
    await database.query(`delete from schema_migrations where version = '002_b'; alter table a drop y;
      delete from schema_migrations_journal where version = '002_b' and status = 'applied';
      insert into schema_migrations_journal select (jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid()))).*
      from schema_migrations_journal j, generate_series(1, 7) where status = 'failed'`);
    expect(await untilOver(compiled, first.at)).toMatchObject({
      status: 'failed',
      failed: { attempts: 8, error: { sqlstate: '55P03' } },
    });
  });
});

test('a secret is in no row of the journal', async () => {
  const compiled = await compile({
    '001_a.sql': `create table users (name text primary key, password text);
insert into users values ('a', 'hunter-one'), ('b', 'hunter-two');
insert into users values ('a', 'hunter-three');`,
  });
  const report = await up(compiled, settings(), { detach: 'always' });
  expect(report).toMatchObject({ status: 'failed', failed: { error: { sqlstate: '23505' } } });
  const raising = await compile({
    '001_a.sql': `do $$ begin raise exception 'password = hunter-four'; end $$`,
  });
  expect(await up(raising, settings(), { detach: 'always' })).toMatchObject({ status: 'failed' });
  const check = await compile({
    '001_a.sql': `create table users (token text check (length(token) > 100)); insert into users select 'hunter' || '-five';`,
  });
  expect(await up(check, settings(), { detach: 'always' })).toMatchObject({
    failed: { error: { sqlstate: '23514' } },
  });
  await database.query('create table people (name text, secret text check (secret is null))');
  const other = await compile({ '001_a.sql': `insert into people select 'a', 'hunter' || '-six'` });
  expect(await up(other, settings(), { detach: 'always' })).toMatchObject({
    failed: { error: { sqlstate: '23514', detail: 'DETAIL: Failing row contains (***).' } },
  });
  const rows = await database.query('select to_jsonb(j)::text as row from schema_migrations_journal j');
  expect(rows).toHaveLength(4);
  expect(JSON.stringify(rows)).not.toContain('hunter');
});

test('a file that cannot be left to the server is waited for, and says why; where there is no time it is not begun', async () => {
  const compiled = await compile({
    '001_a.sql': '-- registry-jobs: expected-duration 1h\nselect 1;\nselect 2 into b;',
  });
  const deadline = Date.now() + 60_000;
  expect(await up(compiled, settings(), { detach: 'when-needed', deadline })).toMatchObject({
    status: 'failed',
    failed: {
      outcome: 'not-started',
      error: {
        code: 'cannot-detach',
        location: { file: 'migrations/001_a.sql', line: 3, column: 1 },
        hint: 'Write it as CREATE TABLE ... AS SELECT. Or run it where more time is allowed: registry-jobs up from a machine in the network of the database.',
      },
    },
  });
  const events: string[] = [];
  const report = await up(compiled, settings(), {
    detach: 'always',
    onEvent: ({ type }) => events.push(type),
  });
  expect(report).toMatchObject({ status: 'applied', warnings: [{ code: 'kept-attached' }] });
  expect(events.indexOf('warned')).toBeLessThan(events.indexOf('migration-applied'));
});

test.each([
  ['fits', '', 1_000_000, 'never left'],
  ['does not fit', '-- registry-jobs: expected-duration 30min', 60_000, 'left'],
  ['says so', '-- registry-jobs: detach on', 1_000_000, 'left'],
  ['says no', '-- registry-jobs: detach off', 1_000_000, 'never left'],
])('a file that %s', async (_, header, leftMs, isLeft) => {
  const compiled = await compile({ '001_a.sql': `${header}\ncreate table a ()` });
  const deadline = Date.now() + leftMs;
  expect(await up(compiled, settings(), { detach: 'when-needed', deadline })).toMatchObject({
    status: 'applied',
  });
  const [row] = await database.query('select backend is not null as left from schema_migrations_journal');
  expect(row).toEqual({ left: isLeft === 'left' });
});
