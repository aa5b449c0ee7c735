import { afterEach, beforeEach, expect, test } from 'vitest';
import { cancel } from '../../lib/jobs/cancel.ts';
import { up } from '../../lib/jobs/up.ts';
import { cliInProcess, createProject } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const files = {
  'migrations/001_a.sql': 'create table a (x int);\nselect pg_sleep(60);\ninsert into a values (1);',
  'migrations/002_b.sql': 'create table b ()',
};
const compiledFiles = () => compile({ '001_a.sql': files['migrations/001_a.sql'] });
const settings = () => settingsFor(database.url);
const start = async () => {
  const report = await up(await compiledFiles(), settings(), { detach: 'always', momentMs: 0, who: 'me' });
  expect(report.status).toBe('running');
  return report;
};

test('a file that runs on is started, shown and cancelled by commands', async () => {
  const folder = createProject(files);
  const run = (...args: string[]) => cliInProcess([...args, '--database-url', database.url], { folder });
  const started = await run('up', '--detach');
  expect(started).toMatchObject({ code: 0 });
  expect(started.stdout).toMatch(
    /^Running migrations\/001_a\.sql in the server, statement 2 of 3 \(line 2\)\n.*\(pid \d+\)\nIt runs on by itself: nobody has to wait for it\.\nState: 1 migration after it not run yet\.\nWatch it with: registry-jobs watch --database-url \S+\n$/,
  );
  const asked = await run('cancel');
  expect(asked).toMatchObject({ code: 2 });
  expect(asked.stderr).toMatch(
    /^error: This cancels migrations\/001_a\.sql \(pid \d+\) in \S+ on 127\.0\.0\.1:\d+ as postgres: what it has not committed is lost\. \[not-confirmed\]$/m,
  );
  const cancelled = await run('cancel', '--yes');
  expect(cancelled).toMatchObject({ code: 0, stderr: '' });
  expect(cancelled.stdout).toMatch(
    /^Cancelled migrations\/001_a\.sql in \S+ on 127\.0\.0\.1:\d+ as postgres in .*\. Nothing of it was kept\. To run it again: registry-jobs up --database-url \S+\n$/,
  );
  expect(await run('cancel', '--yes')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No run is at work'),
  });
  const history = await run('status', '--history');
  expect(history.stdout).toContain('2:1: canceling statement due to user request (SQLSTATE 57014)');
  const watched = await run('watch');
  expect(watched.stdout).toContain('migrations/001_a.sql failed');
});

test('watch tells its end', async () => {
  const compiled = await compile({ '001_a.sql': 'create table a (x int);\nselect pg_sleep(1);\nselect 1/0' });
  await up(compiled, settings(), { detach: 'always', momentMs: 0 });
  const folder = createProject({
    'migrations/001_a.sql': 'create table a (x int);\nselect pg_sleep(1);\nselect 1/0',
  });
  const watched = await cliInProcess(['watch', '--database-url', database.url], { folder });
  expect(watched.code).toBe(1);
  expect(watched.stderr).toContain('[running] migrations/001_a.sql');
  expect(watched.stdout).toMatch(
    /ended: migrations\/001_a\.sql failed \(.*\): 3:1: division by zero \(SQLSTATE 22012\); no file was done\. 1 migration pending\. Nothing of that file was kept\./,
  );
});

test('nobody else is cancelled who has the same process id', async () => {
  const { running } = await start();
  const pid = running?.pid ?? 0;
  const compiled = await compiledFiles();
  const other = { pid, since: '2026-01-01T00:00:00Z' };
  expect(await cancel(compiled, settings(), { apply: true, only: other })).toMatchObject({
    status: 'not-running',
  });
  const found = await cancel(compiled, settings());
  expect(found).toMatchObject({ status: 'planned', running: { pid, statement: 2, who: 'me' } });
  const only = { pid, since: found.running?.since ?? '' };
  expect(await cancel(compiled, settings(), { apply: true, only })).toMatchObject({
    status: 'cancelled',
    attempt: { status: 'failed', done: 1, file: 'migrations/001_a.sql' },
  });
});

test('a run that somebody waits for is cancelled as well', async () => {
  const compiled = await compiledFiles();
  const running = up(compiled, settings());
  const isAt = async () => (await cancel(compiled, settings())).running?.statement;
  await expect.poll(isAt, { timeout: 20_000 }).toBe(2);
  expect(await cancel(compiled, settings(), { apply: true })).toMatchObject({ status: 'cancelled' });
  expect(await running).toMatchObject({ status: 'failed', failed: { error: { sqlstate: '57014' } } });
});

test('a run that has begun no file yet is cancelled in the file that it begins meanwhile', async () => {
  const compiled = await compile({
    '001_b.sql': 'create table b ()',
    '002_a.sql': files['migrations/001_a.sql'],
  });
  await up(compiled, settings(), { to: '001' });
  // As a request does that arrives between two statements: it has no effect.
  await database.query(`create function linger() returns trigger language plpgsql as $$
    begin perform pg_sleep(1.5); return new; exception when query_canceled then return new; end $$;
    create trigger linger before insert on schema_migrations_journal execute function linger()`);
  const running = up(compiled, settings());
  const isAt = async () => (await cancel(compiled, settings())).status;
  await expect.poll(isAt, { timeout: 20_000 }).toBe('planned');
  const cancelled = await cancel(compiled, settings(), { apply: true });
  expect(cancelled).toMatchObject({ status: 'cancelled', running: { file: 'migrations/002_a.sql' } });
  expect(await running).toMatchObject({ status: 'failed', failed: { error: { sqlstate: '57014' } } });
});

test('whoever may not cancel it is told what to grant', async () => {
  await start();
  const role = `${database.name}_reader`;
  await database.query(`create role ${role} login password 'reading-only'; grant pg_read_all_stats to ${role};
    grant usage on schema public to ${role}; grant select on all tables in schema public to ${role}`);
  try {
    const url = Object.assign(new URL(database.url), { username: role, password: 'reading-only' });
    const error = await rejection(
      cancel(await compiledFiles(), settingsFor(url.toString()), { apply: true }),
    );
    expect(error).toMatchObject({
      code: 'cancel-denied',
      hint: `Cancel it as the user whose it is, or let an administrator say: GRANT pg_signal_backend, pg_read_all_stats TO "${role}"`,
    });
  } finally {
    await cancel(await compiledFiles(), settings(), { apply: true });
    await database.query(`drop owned by ${role}; drop role ${role}`);
  }
});

test('a file has no server that could run on', async () => {
  const folder = createProject({ 'migrations/001_a.sql': 'create table a (x int)' });
  const result = await cliInProcess(['up', '--detach', '--database-url', 'sqlite:./x.db'], { folder });
  expect(result).toMatchObject({ code: 2 });
  expect(result.stderr).toBe(
    `error: A file runs on in a server, and there is none: the database is a file (sqlite). [not-for-sqlite]
What to do: Run it while you wait for it: registry-jobs up --database-url sqlite:./x.db
`,
  );
});
