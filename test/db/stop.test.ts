import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../lib/api.ts';
import type { MigrationEvent } from '../../lib/engine/events.ts';
import { down } from '../../lib/jobs/down.ts';
import { resume } from '../../lib/jobs/resume.ts';
import { up } from '../../lib/jobs/up.ts';
import { withConnection } from '../../lib/postgres/session/connection.ts';
import { quickly } from '../../lib/postgres/session/session-options.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

/* Whoever asks to stop is told what is true: what was cancelled is undone, what was done before stays, and nothing more is begun. */
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const off = '-- registry-jobs: transaction off\n';
const settings = () => settingsFor(database.url, { lockTimeoutMs: 60_000 });
const one = (sql: string) => ({
  '001_a.sql': 'create table a ()',
  '002_b.sql': sql,
  '003_c.sql': 'create table c ()',
});
const SLOW = 'select pg_sleep(30)';

/** Runs `up` and asks to stop at an event, once the server is at work on what it tells of. */
async function stopAt(
  files: Record<string, string>,
  isTime: (event: MigrationEvent) => boolean,
  active?: string,
) {
  const compiled = await compile(files);
  const controller = new AbortController();
  const { signal } = controller;
  let isAsked = false;
  const onEvent = (event: MigrationEvent) => {
    if (isAsked || !isTime(event)) return;
    isAsked = true;
    if (active === undefined) controller.abort('SIGTERM');
    else void whenActive(active).then(() => controller.abort('SIGTERM'));
  };
  const report = await up(compiled, settings(), { onEvent, signal });
  return { report, compiled, text: renderMigrationReport(report) };
}

async function whenActive(query: string): Promise<void> {
  const sql = `select from pg_stat_activity where datname = current_database() and state = 'active' and query like $1`;
  await expect.poll(() => database.query(sql, [query]), { interval: 20 }).toHaveLength(1);
}

const tables = async () =>
  (
    await database.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and length(relname) = 1 order by 1`,
    )
  ).map(({ name }) => name);
const journal = () =>
  database.query('select version, status, done, error from schema_migrations_journal order by started_at');
const isSecond = (event: MigrationEvent) =>
  event.type === 'statement-started' && event.file.includes('002') && event.index === 2;

describe('in the middle of a statement', () => {
  test('of a file in a transaction: nothing of it is kept', async () => {
    const { report, text } = await stopAt(one(`create table b ();\n${SLOW}`), isSecond, `${SLOW}%`);
    expect(text.replace(/[\d.]+ m?s\b/g, 'N ms')).toBe(`Applied migrations/001_a.sql in N ms (1 statement)
Stopped migrations/002_b.sql after N ms
migrations/002_b.sql:2:1: Stopped by SIGTERM in the middle of this statement. [stopped]
2 | select pg_sleep(30)
  | ^
State: 1 migration before it was applied and stays; 1 migration after it was not run.
Go on with: registry-jobs up`);
    expect(report.failed).toMatchObject({ outcome: 'rolled-back', attempts: 1 });
    expect(await tables()).toEqual(['a']);
    expect(await journal()).toMatchObject([
      { version: '001_a', status: 'applied' },
      {
        version: '002_b',
        status: 'failed',
        error: '2:1: Stopped by SIGTERM in the middle of this statement.',
      },
    ]);
  });

  test('of one without: what was done before it stays, and it can be gone on with', async () => {
    const files = one(`${off}create table b ();\n${SLOW}`);
    const { report, text } = await stopAt(files, isSecond, `${SLOW}%`);
    expect(report.failed).toMatchObject({ outcome: 'half-done', done: 1, error: { code: 'stopped' } });
    expect(text.split('\n').slice(-2)).toEqual([
      'State: 1 migration before it was applied and stays; its first statement stays done; 1 migration after it was not run.',
      'Go on with: registry-jobs resume',
    ]);
    const mended = await compile({ ...files, '002_b.sql': `${off}create table b ();\nselect 1` });
    expect(await resume(mended, settings())).toMatchObject({ status: 'applied' });
    expect(await tables()).toEqual(['a', 'b']);
  });

  test('that catches the request: it is made again', async () => {
    const stubborn = `do $$ begin perform pg_sleep(30); exception when query_canceled then null; end $$;\n${SLOW}`;
    const isFirst = (event: MigrationEvent) =>
      event.type === 'statement-started' && event.file.includes('002');
    const { report } = await stopAt(one(stubborn), isFirst, 'do $$%');
    expect(report.failed).toMatchObject({
      outcome: 'rolled-back',
      error: { code: 'stopped', location: { line: 2 } },
    });
  });

  test('that may have done part of its work: a person has to look', async () => {
    const call = `${off}create procedure p() language plpgsql as $$ begin create table p (); commit; perform pg_sleep(30); end $$;\ncall p()`;
    const { report, text } = await stopAt(one(call), isSecond, 'call p()%');
    expect(report.failed).toMatchObject({
      outcome: 'half-done',
      done: 1,
      uncertain: 2,
      error: { code: 'stopped' },
    });
    expect(text).toContain('statement 2 may be done, or part of it');
    expect(await tables()).toEqual(['a', 'p']);
  });

  test('and where the server has no room for another session, the connection is ended and the truth is found out', async () => {
    const role = `r_${database.name}`;
    await database.query(
      `create role ${role} login password 'x' connection limit 1; grant all on schema public to ${role}`,
    );
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'x'];
    const controller = new AbortController();
    const running = up(await compile(one(`create table b ();\n${SLOW}`)), settingsFor(url.toString()), {
      signal: controller.signal,
    });
    await whenActive(`${SLOW}%`);
    controller.abort('SIGTERM');
    const report = await running;
    expect(report.failed).toMatchObject({ outcome: 'rolled-back', error: { code: 'stopped' } });
    expect(report.failed?.error.message).toMatch(
      /^Stopped by SIGTERM\. The connection was lost: its statement could not be cancelled: .*[^.]\.$/,
    );
    expect(await tables()).toEqual(['a']);
    await database.query(`drop owned by ${role}; drop role ${role}`);
  });
});

test('between two files: the next is not begun', async () => {
  const isApplied = (event: MigrationEvent) => event.type === 'migration-applied';
  // It says more than others, so it does not leave together with the one before it.
  const { text } = await stopAt(one('-- registry-jobs: lock-timeout 5s\ncreate table b ()'), isApplied);
  expect(text.split('\n').slice(1)).toEqual([
    'Not run migrations/002_b.sql',
    'Stopped by SIGTERM before migrations/002_b.sql was begun. [stopped]',
    'State: 1 migration before it was applied and stays; 1 migration after it was not run.',
    'Go on with: registry-jobs up',
  ]);
  expect(await tables()).toEqual(['a']);
});

test('between two statements of a file without a transaction: what is told to stay done is what is there', async () => {
  const isFirst = (event: MigrationEvent) => event.type === 'statement-started' && event.file.includes('002');
  const { report } = await stopAt(
    one(`${off}create table b ();\ncreate table d ();\ncreate table e ()`),
    isFirst,
  );
  const found = await tables();
  expect(report.failed).toMatchObject({
    outcome: 'half-done',
    done: found.includes('b') ? 1 : 0,
    error: { code: 'stopped' },
  });
  expect(found.filter((name) => name > 'b')).toEqual([]);
});

test('while it pauses before it tries again', async () => {
  await up(await compile({ '001_a.sql': 'create table a ()' }), settings());
  const other = await database.connect();
  await other.query('begin; lock table a');
  const files = { '001_a.sql': 'create table a ()', '002_b.sql': 'alter table a add b int' };
  const controller = new AbortController();
  const report = await up(await compile(files), settingsFor(database.url, { lockTimeoutMs: 50 }), {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'migration-retried') controller.abort('SIGINT');
    },
  });
  await other.query('rollback');
  expect(report.failed).toMatchObject({
    outcome: 'rolled-back',
    attempts: 1,
    error: {
      code: 'stopped',
      message: 'Stopped by SIGINT before it was tried again after: canceling statement due to lock timeout.',
    },
  });
});

test('while it waits for another run: nothing was run', async () => {
  const compiled = await compile(one(SLOW));
  const [first, second] = [new AbortController(), new AbortController()];
  const running = up(compiled, settings(), { signal: first.signal });
  await whenActive(`${SLOW}%`);
  const waiting = up(compiled, settings(), {
    signal: second.signal,
    onEvent: ({ type }) => {
      if (type === 'waiting-for-lock') second.abort('SIGHUP');
    },
  });
  expect(await rejection(waiting)).toMatchObject({
    code: 'stopped',
    message: expect.stringMatching(
      /^Stopped by SIGHUP while it waited for another run, pid \d+ \(postgres, registry-jobs up\)/,
    ),
  });
  first.abort();
  expect((await running).failed?.error.message).toBe(
    'Stopped by the caller in the middle of this statement.',
  );
});

test('the library: migrate throws, with the report of what is true', async () => {
  const controller = new AbortController();
  const compiled = await compile(one(SLOW));
  const running = rejection(migrate({ compiled, database: database.url, signal: controller.signal }));
  await whenActive(`${SLOW}%`);
  controller.abort();
  expect(await running).toMatchObject({
    code: 'stopped',
    report: { applied: [{ version: '001_a' }], failed: { version: '002_b', outcome: 'rolled-back' } },
  });
});

test('before it is connected, or has begun', async () => {
  const compiled = await compile(one(SLOW));
  expect(await rejection(up(compiled, settings(), { signal: AbortSignal.abort('SIGINT') }))).toMatchObject({
    code: 'stopped',
    message: 'Stopped by SIGINT before there was a session.',
  });
  expect(await tables()).toEqual([]);
});

test('on the way down: told with the same command, steps and all', async () => {
  const compiled = await compile({
    '1_a.up.sql': 'create table a ()',
    '1_a.down.sql': `drop table a; ${SLOW}`,
  });
  await up(compiled, settings());
  const controller = new AbortController();
  const running = down(compiled, settings(), { steps: 1 }, { signal: controller.signal });
  await whenActive(`${SLOW}%`);
  controller.abort('SIGINT');
  const text = renderMigrationReport(await running);
  expect(text.split('\n').slice(-2)).toEqual([
    'State: nothing was undone.',
    'Go on with: registry-jobs down --steps 1',
  ]);
  expect(await tables()).toEqual(['a']);
});

test('refresh: the function that runs is undone, those after it are not called', async () => {
  await database.query(`create table n (x int);
    create function slow() returns int language sql as $$ insert into n values (1); select 1 from pg_sleep(30) $$;
    create function next() returns int language sql as 'select 1'`);
  const controller = new AbortController();
  const running = refresh(
    { ...settings(), statistics: { functions: ['slow', 'next'], timeoutMs: 60_000 } },
    { signal: controller.signal },
  );
  await whenActive('%slow%()%');
  controller.abort('SIGINT');
  const report = await running;
  expect(report).toMatchObject({
    status: 'failed',
    functions: [
      { name: 'slow', outcome: 'failed', error: { code: 'stopped' } },
      { name: 'next', outcome: 'failed', durationMs: 0, error: { code: 'stopped' } },
    ],
  });
  expect(await database.query('select from n')).toEqual([]);
});

test('what says how something ended is not cancelled, and comes after the last request', async () => {
  const controller = new AbortController();
  const options = { ...quickly('test'), signal: controller.signal };
  const answers = await withConnection(settings().database, options, async (connection) => {
    const slow = connection
      .send(SLOW, { mayTakeMs: Infinity, mayBeStopped: true })
      .catch((error) => error.code);
    await whenActive(`${SLOW}%`);
    controller.abort('SIGINT');
    const code = await slow;
    await connection.quiet();
    const ours = await connection.send('select pg_sleep(0.7)', { mayTakeMs: 5_000 });
    return [code, ours.command];
  });
  expect(answers).toEqual(['57014', 'SELECT']);
});
