import { afterEach, beforeEach, expect, test } from 'vitest';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { watch } from '../../lib/jobs/watch.ts';
import type { RunningReport } from '../../lib/reports/running.ts';
import { renderStatusReport } from '../../lib/reports/status.ts';
import { renderWatchReport } from '../../lib/reports/watch.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const settings = () => settingsFor(database.url, { lockTimeoutMs: 60_000 });
const GATE = 4712;
const WAIT = `select pg_advisory_lock_shared(${GATE})`;
const off = '-- registry-jobs: transaction off\n';

/** Starts a run that waits at a gate, and gives what opens it. */
async function atGate(files: Record<string, string>) {
  const gate = await database.connect();
  await gate.query(`select pg_advisory_lock(${GATE})`);
  const compiled = await compile(files);
  const running = up(compiled, settings(), { who: 'me@here' });
  const waiting = `select pid from pg_locks where locktype = 'advisory' and not granted and objid = ${GATE}
    and database = (select oid from pg_database where datname = current_database())`;
  await expect.poll(() => database.query(waiting)).toHaveLength(1);
  const [found] = await database.query<{ pid: number }>(waiting);
  return {
    compiled,
    running,
    pid: found?.pid ?? 0,
    open: () => gate.query(`select pg_advisory_unlock(${GATE})`),
  };
}

test.each([
  ['in a transaction', ''],
  ['without one', off],
])('it is told what a run does, %s, until it ends, and how', async (_, header) => {
  const files = {
    '001_a.sql': 'create table a ()',
    // The same text twice: it is at the second.
    '002_b.sql': `${header}select 1;\n${WAIT.replace(String(GATE), '1')};\nselect 1;\n${WAIT}`,
    '003_c.sql': 'select 1/0',
    '004_d.sql': 'create table d ()',
  };
  const { compiled, running, pid, open } = await atGate(files);
  const looks: RunningReport[] = [];
  const attempts: string[] = [];
  const report = await watch(compiled, settings(), {
    everyMs: 20,
    onLook: (found) => {
      if (looks.length === 0) void open();
      looks.push(found);
    },
    onAttempt: ({ version, status: outcome }) => attempts.push(`${version} ${outcome}`),
  });
  await running;
  expect(looks[0]).toMatchObject({
    pid,
    user: 'postgres',
    application: 'registry-jobs up',
    who: 'me@here',
    version: '002_b',
    file: 'migrations/002_b.sql',
    statement: 4,
    statements: 4,
    line: header ? 5 : 4,
    elapsedMs: expect.any(Number),
    statementMs: expect.any(Number),
    blockers: [{ user: 'postgres', query: `select pg_advisory_lock(${GATE})` }],
  });
  expect(attempts).toEqual(['001_a applied', '002_b applied', '003_c failed']);
  expect(report).toMatchObject({ status: 'failed', pending: 2 });
  expect(renderWatchReport(report)).toMatch(
    /^The run of me@here on .* ended: migrations\/003_c\.sql failed \(.*\): 1:1: division by zero \(SQLSTATE 22012\); 2 files done \(migrations\/001_a\.sql and migrations\/002_b\.sql\)\. 2 migrations pending\. /,
  );
});

test('of statements with one text it is told which', async () => {
  const gate = `select pg_advisory_xact_lock_shared(${GATE})`;
  const { compiled, running, open } = await atGate({ '001_a.sql': `${gate};\n${gate};\n${gate}` });
  const found = await status(compiled, settings());
  await open();
  expect(await running).toMatchObject({ status: 'applied' });
  expect(found.running).toMatchObject({ statement: 1, line: 1 });
  expect(renderStatusReport(found)).toMatch(
    /^Running now: applying migrations\/001_a\.sql, statement 1 of 3 \(line 1\) for /m,
  );
});

test('a run whose session was ended is not called running', async () => {
  const { compiled, running, pid } = await atGate({ '001_a.sql': `${off}select 1;\n${WAIT}` });
  let isEnded = false;
  const report = await watch(compiled, settings(), {
    everyMs: 20,
    onLook: () => {
      if (!isEnded) void database.query('select pg_terminate_backend($1)', [pid]);
      isEnded = true;
    },
  });
  expect(['failed', 'interrupted']).toContain(report.status);
  await running;
  expect(await status(compiled, settings())).not.toHaveProperty('running');
});

test('whoever stops watching leaves the run alone', async () => {
  const { compiled, running, open } = await atGate({ '001_a.sql': WAIT });
  const controller = new AbortController();
  const report = await watch(compiled, settings(), {
    everyMs: 60_000,
    signal: controller.signal,
    onLook: () => controller.abort('SIGINT'),
  });
  await open();
  expect(report).toMatchObject({ status: 'left' });
  expect(await running).toMatchObject({ status: 'applied' });
});

test('where nothing runs it says so, with the newest attempt', async () => {
  const compiled = await compile({ '001_a.sql': 'create table a ()' });
  expect(renderWatchReport(await watch(compiled, settings()))).toMatch(
    /^No run is at work on .*\. 1 migration pending\. Look with: registry-jobs status$/,
  );
  await up(compiled, settings());
  expect(renderWatchReport(await watch(compiled, settings()))).toMatch(
    /^No run is at work on .*\. The newest attempt: migrations\/001_a\.sql applied \(\d.*Z\)\. Look with: registry-jobs status$/,
  );
});

test('a lock that nobody says anything of in the journal is told as well', async () => {
  const compiled = await compile({ 'initial_schema.sql': WAIT });
  const gate = await database.connect();
  await gate.query(`select pg_advisory_lock(${GATE})`);
  const running = up(compiled, settings());
  await expect.poll(async () => (await status(compiled, settings())).running?.waitsFor).toMatch(/^pid \d+/);
  const found = await status(compiled, settings());
  await gate.query(`select pg_advisory_unlock(${GATE})`);
  await running;
  expect(renderStatusReport(found)).toMatch(
    /^Running now: a run that is between two files, or loads an initial schema\n {2}since .*Z \(pid \d+, postgres, registry-jobs up\)\n {2}waits for pid /m,
  );
});
