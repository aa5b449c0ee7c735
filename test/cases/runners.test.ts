import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { MigrationEvent } from '../../lib/engine/events.ts';
import { MOST_ATTEMPTS, retryDelayMs } from '../../lib/engine/retry.ts';
import { up } from '../../lib/jobs/up.ts';
import { startEmbeddedPostgres } from '../../lib/local/embedded-postgres.ts';
import { survey } from '../../lib/postgres/ledger/survey.ts';
import type { Connection } from '../../lib/postgres/session/connection.ts';
import type { DatabaseSettings } from '../../lib/settings/settings.ts';
import { type Bench, engineCase, fileCase, journalOf, ledgerOf, tablesOf } from '../support/cases.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

engineCase('R1', async (bench) => {
  const compiled = await compile({
    '1_a.sql': 'create table a (x int)',
    '2_b.sql': 'insert into a values (1)',
    '3_c.sql': '-- registry-jobs: transaction off\ncreate index concurrently i on a (x)',
  });
  const reports = await Promise.all(Array.from({ length: 50 }, () => up(compiled, bench.settings)));
  expect(reports.filter(({ status }) => status === 'nothing-to-do')).toHaveLength(49);
  expect(reports.flatMap(({ applied }) => applied.map(({ version }) => version))).toEqual([
    '1_a',
    '2_b',
    '3_c',
  ]);
  expect(await bench.query('select x from a')).toEqual([{ x: 1 }]);
  expect(await ledgerOf(bench)).toEqual(['1_a', '2_b', '3_c']);
});

const killRunner = ({ query }: Bench) =>
  query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'registry-jobs up' and datname = current_database()`);

engineCase('R2', async (bench) => {
  const report = await up(
    await compile({ '1_a.sql': 'create table a (x int);\nselect pg_sleep(30);', '2_b.sql': 'select 1' }),
    bench.settings,
    {
      onEvent: (event) => {
        if (event.type === 'statement-started' && event.index === 2) void killRunner(bench);
      },
    },
  );
  expect(report).toMatchObject({
    status: 'failed',
    applied: [],
    failed: { version: '1_a', error: { location: { line: 2, column: 1 } } },
    notRun: ['2_b'],
  });
  expect(await tablesOf(bench)).toEqual([]);
  bench.write({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'select 1' });
  await bench.up();
  expect(await ledgerOf(bench)).toEqual(['1_a', '2_b']);
});

engineCase('R3', async (bench) => {
  bench.write({ '1_a.sql': 'select 1' });
  await bench.up();
  // The session ends itself at the moment when it writes the ledger.
  await bench.query(`create function die() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
    create trigger die before insert or update on schema_migrations for each row execute function die()`);
  bench.write({ '2_b.sql': 'create table b (x int)' });
  expect(await bench.json('up')).toMatchObject({ code: 1, applied: [], failed: { version: '2_b' } });
  expect(await tablesOf(bench)).toEqual([]);
  expect(await ledgerOf(bench)).toEqual(['1_a']);
  await bench.query('drop trigger die on schema_migrations');
  await bench.up();
  expect(await tablesOf(bench)).toEqual(['b']);
  expect(await ledgerOf(bench)).toEqual(['1_a', '2_b']);
});

engineCase('R4', async (bench) => {
  const compiled = await compile({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'select pg_sleep(30)' });
  const report = await up(compiled, bench.settings, {
    onEvent: (event) => {
      if (event.type === 'migration-applied') void killRunner(bench);
    },
  });
  expect(report).toMatchObject({
    applied: [{ version: '1_a' }],
    failed: { version: '2_b' },
  });
  const second = await up(
    await compile({ '1_a.sql': 'create table a (x int)', '2_b.sql': 'create table b (x int)' }),
    bench.settings,
  );
  expect(second).toMatchObject({ status: 'applied', applied: [{ version: '2_b' }], alreadyApplied: 1 });
  expect(await tablesOf(bench)).toEqual(['a', 'b']);
});

engineCase('R5', async (bench) => {
  const compiled = await compile({ '1_a.sql': 'create table a (x int); select pg_sleep(0.6)' });
  let first: Promise<unknown> | undefined;
  await new Promise<void>((resolve) => {
    first = up(compiled, bench.settings, {
      onEvent: ({ type }) => type === 'migration-started' && resolve(),
    });
  });
  const events: MigrationEvent[] = [];
  const second = up(compiled, bench.settings, { onEvent: (event) => events.push(event) });
  expect([await first, await second]).toMatchObject([{ status: 'applied' }, { status: 'nothing-to-do' }]);
  expect(events[0]).toMatchObject({
    type: 'waiting-for-lock',
    blockers: [{ application: 'registry-jobs up', query: expect.any(String) }],
  });
});

/** Holds a lock on the table `busy` until it is told to let go. */
async function holdLock(bench: Bench): Promise<() => Promise<unknown>> {
  await bench.query('create table busy (x int)');
  const other = await bench.database.connect();
  await other.query(`set application_name = 'the application'; begin; lock table busy in access share mode`);
  return () => other.query('commit');
}

/** Long enough to find out who is in the way, also on a busy machine. */
const patient = (bench: Bench) => settingsFor(bench.database.url, { lockTimeoutMs: 600 });

const ALTER = 'create table before (x int);\nalter table busy add column y int;';

engineCase('R6', async (bench) => {
  const letGo = await holdLock(bench);
  const told: string[] = [];
  const report = await up(await compile({ '1_a.sql': ALTER }), patient(bench), {
    onEvent: (event) => {
      if (event.type === 'blocked')
        told.push(`line ${event.line}, ${event.blockers.map(({ application }) => application)}`);
      if (event.type !== 'migration-retried') return;
      told.push(event.reason);
      void letGo();
    },
  });
  expect(report).toMatchObject({ status: 'applied', applied: [{ attempts: 2 }] });
  expect(told).toEqual(['line 2, the application', 'canceling statement due to lock timeout']);
  expect(await journalOf(bench)).toEqual(['failed 1_a 1/2', 'applied 1_a 2/2']);
});

engineCase('R7', async (bench) => {
  const delays = Array.from({ length: MOST_ATTEMPTS - 1 }, (_, index) => retryDelayMs(index + 1));
  for (const [index, delay] of delays.entries()) {
    const middle = Math.min(10_000, 200 * 2 ** index);
    expect(delay).toBeGreaterThanOrEqual(middle * 0.5);
    expect(delay).toBeLessThanOrEqual(middle * 1.5);
  }
  expect(MOST_ATTEMPTS).toBe(8);
  await holdLock(bench);
  // There is time for a few attempts only; what is told in the end is the lock, not the clock.
  const report = await up(await compile({ '1_a.sql': ALTER }), patient(bench), {
    deadline: Date.now() + 13_500,
  });
  expect(report).toMatchObject({
    status: 'failed',
    failed: {
      error: {
        sqlstate: '55P03',
        location: { line: 2, column: 1 },
        detail: expect.stringMatching(
          /^DETAIL: In the way was pid \d+ \(\w+, the application\), whose transaction has been open for \d+ s: .*lock table busy/,
        ),
      },
    },
  });
  expect(report.failed?.attempts).toBeGreaterThan(1);
  expect(await tablesOf(bench)).toEqual(['busy']);
});

engineCase('R8', async (bench) => {
  await bench.query('create schema other');
  const ours = await compile({ '1_a.sql': 'create table a (x int); select pg_sleep(0.2)' });
  const theirs = await compile({ '1_z.sql': 'create table z (x int)' });
  const waits: string[] = [];
  const onEvent = ({ type }: MigrationEvent) => type === 'waiting-for-lock' && waits.push(type);
  const reports = await Promise.all([
    up(ours, bench.settings, { onEvent }),
    up(theirs, bench.settings, { onEvent, ledger: { schema: 'other', table: 'ledger' } }),
  ]);
  expect(reports.map(({ status }) => status)).toEqual(['applied', 'applied']);
  expect(waits).toEqual([]);
  expect(await ledgerOf(bench)).toEqual(['1_a']);
  expect(await bench.query('select version from other.ledger')).toEqual([{ version: '1_z' }]);
});

engineCase('R9', async (bench) => {
  const compiled = await compile({
    '1_a.sql': 'create table a (x int)',
    '2_b.sql': '-- registry-jobs: expected-duration 20min\ncreate table b (x int)',
  });
  const report = await up(compiled, bench.settings, { deadline: Date.now() + 60_000 });
  expect(report).toMatchObject({
    status: 'failed',
    applied: [{ version: '1_a' }],
    failed: {
      version: '2_b',
      attempts: 1,
      error: {
        code: 'out-of-time',
        message: 'migrations/2_b.sql was not started: it expects to take 20 min, and less is left.',
      },
    },
  });
  expect(await tablesOf(bench)).toEqual(['a']);
  expect(await up(compiled, bench.settings)).toMatchObject({ applied: [{ version: '2_b' }] });
});

engineCase('R10', async (bench) => {
  // A pooler announces a process id of its own; here the announcement is rewritten on its way.
  const KEY_DATA = Buffer.from('K\0\0\0\x0c', 'latin1');
  const toClient = (bytes: Buffer) => {
    const at = bytes.indexOf(KEY_DATA);
    if (at >= 0) bytes.writeInt32BE(4711, at + KEY_DATA.length);
    return bytes;
  };
  const error = await withProxy(bench.database.url, { toClient }, async (url) =>
    rejection(up(await compile({ '1_a.sql': 'create table a (x int)' }), settingsFor(url))),
  );
  expect(error).toMatchObject({
    code: 'connect-pooler',
    message: 'A connection pooler stands between us and the database.',
    hint: 'Connect to the database itself: a pooler moves sessions between servers, and locks with them.',
  });
  expect(await tablesOf(bench)).toEqual([]);
});

/** Runs `work` with the URL of a server that has stopped as a primary and been started as a standby. */
async function withStandby(work: (url: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), 'registry-jobs-test-standby-'));
  // A standby does not start with fewer connections than its primary had.
  const options = { dataDirectory: home, settings: { fsync: 'off', max_connections: '30' } };
  try {
    await (await startEmbeddedPostgres(options)).stop();
    await writeFile(path.join(home, 'data', 'standby.signal'), '');
    const standby = await startEmbeddedPostgres(options);
    try {
      await work(standby.connectionString('postgres'));
    } finally {
      await standby.stop();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

fileCase('R11', async ({ write, run }) => {
  write({ '1_a.sql': 'create table a (x int)' });
  await withStandby(async (url) => {
    const { code, stderr } = await run('up', '--database-url', url);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'error: 127.0.0.1 is a read-only replica. [read-only-server]\nWhat to do: Connect to the primary server.\n',
    });
    // Looking is allowed.
    expect((await run('status', '--check', '--database-url', url)).code).toBe(3);
  });
});

fileCase('R12', async ({ settings }) => {
  // No such server can be had here: what it would answer is made up.
  const server = {
    pid: 1,
    user: 'u',
    version: '12.22 (Debian)',
    replica: false,
    journal: false,
    empty: true,
  };
  const connection = {
    announcedPid: 1,
    send: (sql: string) =>
      Promise.resolve({ command: 'SELECT', rows: /server_version/.test(sql) ? [server] : [] }),
  } as unknown as Connection;
  const looking = survey(connection, settings.database as DatabaseSettings, {
    schema: 'public',
    table: 'schema_migrations',
  });
  expect(await rejection(looking)).toMatchObject({
    code: 'server-too-old',
    message: 'The server is Postgres 12.22 (Debian); we need 13 or newer.',
    hint: 'Upgrade the server.',
  });
});
