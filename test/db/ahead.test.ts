import { once } from 'node:events';
import { createServer, connect as openSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FlightCounter } from '../../bench/flights.ts';
import type { MigrationEvent } from '../../lib/engine/events.ts';
import { down } from '../../lib/jobs/down.ts';
import { up } from '../../lib/jobs/up.ts';
import { isNextSql, markCleanSql } from '../../lib/postgres/attempt/follow.ts';
import { insertAttemptSql } from '../../lib/postgres/ledger/journal.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { defaultLedger } from '../../lib/settings/ledger-name.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

/* Files leave together, before the first of them is answered. What is true, what is told, and its order are as if each had waited for the one before. */
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('create sequence begun; create table seen (file text)');
});
afterEach(() => database.drop());

const settings = (lockTimeoutMs = 60_000) => settingsFor(database.url, { lockTimeoutMs });
const names = Array.from({ length: 20 }, (_, index) => String(index + 1).padStart(3, '0'));
/** What is in a sequence stays there, whatever is rolled back: it tells how many files were begun. */
const counted = (name: string, more = '') =>
  `select nextval('begun'); insert into seen values ('${name}');${more}`;
const files = (more: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(names.map((name) => [`${name}_x.sql`, counted(name, more[name])]));
const begun = async () =>
  Number(
    (await database.query('select case when is_called then last_value else 0 end as n from begun'))[0]?.n,
  );
const seen = async () =>
  (await database.query<{ file: string }>('select file from seen order by file')).map(({ file }) => file);
const journal = async () =>
  (await database.query('select version, status from schema_migrations_journal order by started_at')).map(
    ({ version, status }) => `${version} ${status}`,
  );
const ledger = async () =>
  (await database.query('select version from schema_migrations order by started_at')).map(
    ({ version }) => version,
  );
const versions = (from: number, to: number) => names.slice(from - 1, to).map((name) => `${name}_x`);

test('twenty files leave in two flights, and each is on record by itself', async () => {
  const proxy = await startCounter(database.url);
  const report = await up(await compile(files()), settingsFor(proxy.url));
  const flights = await proxy.close();
  expect(report).toMatchObject({ status: 'applied', notRun: [] });
  expect(report.applied.map(({ version }) => version)).toEqual(versions(1, 20));
  expect(await ledger()).toEqual(versions(1, 20));
  expect(await journal()).toEqual(versions(1, 20).map((version) => `${version} applied`));
  // Looking, the tables of the ledger, sixteen files, four files.
  expect(flights).toBeLessThanOrEqual(5);
  // Each has a transaction of its own, one after the other.
  const [row] = await database.query(`select count(distinct s.xmin::text)::int as transactions,
    bool_and(s.started_at >= s.before) as "inOrder"
    from (select xmin, started_at, lag(finished_at, 1, started_at) over (order by version) as before from schema_migrations) s`);
  expect(row).toEqual({ transactions: 20, inOrder: true });
});

test('what happens is told in its order, file by file', async () => {
  const events: string[] = [];
  const onEvent = (event: MigrationEvent) => {
    const what =
      event.type === 'notice'
        ? event.message
        : event.type === 'statement-started'
          ? `${event.type} ${event.index}`
          : event.type;
    if ('file' in event) events.push(`${event.file.slice(11, 14)} ${what}`);
  };
  const notice = ` do $$ begin raise notice 'hello'; end $$;`;
  await up(await compile(files({ '001': notice, '002': notice, '003': notice })), settings(), { onEvent });
  const of = (name: string) =>
    events.filter((event) => event.startsWith(name)).map((event) => event.slice(4));
  expect(events.map((event) => event.slice(0, 3))).toEqual(
    events.map((event) => event.slice(0, 3)).toSorted(),
  );
  for (const name of names) {
    const found = of(name);
    expect([found[0], found.at(-1)]).toEqual(['migration-started', 'migration-applied']);
    expect(found.filter((event) => event === 'hello')).toHaveLength(name < '004' ? 1 : 0);
    const statements = Array.from({ length: name < '004' ? 3 : 2 }, (_, at) => `statement-started ${at + 1}`);
    expect(found.filter((event) => event.startsWith('statement-started'))).toEqual(statements);
  }
});

describe('after a failure nothing of what was sent behind it is run', () => {
  test('of a statement', async () => {
    const report = await up(await compile(files({ '005': ' select 1 / 0;' })), settings());
    expect(report.applied.map(({ version }) => version)).toEqual(versions(1, 4));
    expect(report).toMatchObject({
      failed: { version: '005_x', outcome: 'rolled-back', error: { sqlstate: '22012' } },
      notRun: versions(6, 20),
    });
    expect(report.failed).not.toHaveProperty('alsoUnknown');
    expect([await seen(), await begun()]).toEqual([names.slice(0, 4), 5]);
    expect(await journal()).toEqual([
      ...versions(1, 4).map((version) => `${version} applied`),
      '005_x failed',
    ]);
    // And the session is as good as new for those that come next.
    expect(await up(await compile(files()), settings())).toMatchObject({
      status: 'applied',
      alreadyApplied: 4,
    });
    expect(await begun()).toBe(21);
  });

  test('of its COMMIT', async () => {
    await database.query(
      'create table p (x int primary key); create table c (x int references p deferrable initially deferred)',
    );
    const report = await up(await compile(files({ '003': ' insert into c values (1);' })), settings());
    expect(report).toMatchObject({ failed: { version: '003_x', error: { code: 'committing-failed' } } });
    expect([await seen(), await begun()]).toEqual([names.slice(0, 2), 3]);
  });

  test('of the lock, which a file gives back', async () => {
    const report = await up(await compile(files({ '002': ' select pg_advisory_unlock_all();' })), settings());
    expect(report).toMatchObject({ failed: { version: '002_x', error: { code: 'lock-lost' } } });
    expect([await seen(), await begun()]).toEqual([['001'], 2]);
  });
});

test('a file that waits for others is tried again, and those behind it come after it', async () => {
  const client = await database.connect();
  await client.query('create table busy (x int)');
  await client.query('begin; lock table busy');
  let retries = 0;
  const onEvent = (event: MigrationEvent) => {
    if (event.type === 'migration-retried' && ++retries === 2) void client.query('commit');
  };
  const report = await up(await compile(files({ '003': ' insert into busy values (1);' })), settings(50), {
    onEvent,
  });
  expect(report).toMatchObject({ status: 'applied', notRun: [] });
  expect(retries).toBeGreaterThanOrEqual(2);
  expect(report.applied.map(({ attempts }) => attempts)).toEqual(
    names.map((name) => (name === '003' ? retries + 1 : 1)),
  );
  expect(await begun()).toBe(20 + retries);
  expect(await journal()).toEqual([
    ...versions(1, 2).map((version) => `${version} applied`),
    ...Array.from({ length: retries }, () => '003_x failed'),
    ...versions(3, 20).map((version) => `${version} applied`),
  ]);
});

describe('a connection that is lost', () => {
  const endIt = ` select pg_terminate_backend(pg_backend_pid());`;

  test('in the middle: what is applied stays, the file at work is undone, the rest is not begun', async () => {
    const report = await up(await compile(files({ '004': endIt })), settings());
    expect(report.applied.map(({ version }) => version)).toEqual(versions(1, 3));
    expect(report).toMatchObject({
      failed: { version: '004_x', outcome: 'rolled-back' },
      notRun: versions(5, 20),
    });
    expect([await seen(), await begun()]).toEqual([names.slice(0, 3), 4]);
    expect(await journal()).toEqual([
      ...versions(1, 3).map((version) => `${version} applied`),
      '004_x running',
    ]);
  });

  test('while the server goes on with what it was sent: each file is asked for', async () => {
    const proxy = await startCounter(database.url);
    const slow = { '002': ' select pg_sleep(0.5);' };
    const report = await up(await compile(files(slow)), settingsFor(proxy.url), {
      onEvent: (event) => {
        // Once the first is answered, no answer arrives any more, and then the client is told that the connection is gone.
        if (event.type === 'migration-applied' && event.file.includes('001')) proxy.deafen(1_500);
      },
    });
    await proxy.close();
    // Sixteen were sent. The server has done them, and the run knows it.
    expect(report.applied.map(({ version }) => version)).toEqual(versions(1, 16));
    expect(report).toMatchObject({
      status: 'failed',
      failed: { version: '017_x', outcome: 'not-started', error: { code: 'session-lost' } },
    });
    expect(await ledger()).toEqual(versions(1, 16));
    expect(report.applied.every(({ startedAt, finishedAt }) => startedAt <= finishedAt)).toBe(true);
  });

  test('where nobody can be asked: of none of them it is said that it was not run', async () => {
    const proxy = await startCounter(database.url);
    const report = await up(
      await compile(files({ '002': ' select pg_sleep(0.5);' })),
      settingsFor(proxy.url),
      {
        deadline: Date.now() + 14_000,
        onEvent: (event) => {
          if (event.type === 'migration-applied' && event.file.includes('001')) proxy.deafen(700, 'for good');
        },
      },
    );
    await proxy.close();
    expect(report.failed).toMatchObject({
      version: '002_x',
      outcome: 'unknown',
      alsoUnknown: versions(3, 16),
      error: { code: 'outcome-unknown' },
    });
    expect(report.notRun).toEqual(versions(3, 20));
    expect(renderMigrationReport(report)).toContain(
      'State: 1 migration before it was applied and stays; whether it was applied is not known; 14 migrations after it were sent with it, and may be applied; 4 after those were not run.',
    );
  });
});

test('what was refused before a file is tried again is not called unknown with it', async () => {
  const proxy = await startCounter(database.url);
  const client = await database.connect();
  await client.query('create table busy (x int)');
  await client.query('begin; lock table busy');
  const { database: way } = settingsFor(proxy.url);
  const report = await up(
    await compile(files({ '003': ' insert into busy values (1);' })),
    { ...settings(50), database: way },
    {
      deadline: Date.now() + 14_000,
      onEvent: (event) => {
        if (event.type === 'migration-retried') proxy.deafen(1_000, 'for good');
      },
    },
  );
  await proxy.close();
  expect(report.failed).toMatchObject({ version: '003_x', outcome: 'unknown' });
  expect(report.failed).not.toHaveProperty('alsoUnknown');
  expect(renderMigrationReport(report)).toContain('is not known; 17 migrations after it were not run.');
});

describe('whoever asks to stop', () => {
  const stopAfter = async (name: string, more: Readonly<Record<string, string>>) => {
    const controller = new AbortController();
    const onEvent = (event: MigrationEvent) => {
      if (event.type === 'migration-applied' && event.file.includes(name)) controller.abort('SIGTERM');
    };
    return up(await compile(files(more)), settings(), { onEvent, signal: controller.signal });
  };

  test('has the file cancelled that is at work, and nothing behind it is begun', async () => {
    const report = await stopAfter('001', { '003': ' select pg_sleep(30);' });
    expect(report.failed).toMatchObject({ outcome: 'rolled-back', error: { code: 'stopped' } });
    const done = report.applied.length;
    expect(done).toBeLessThanOrEqual(2);
    expect(report.notRun).toEqual(versions(done + 2, 20));
    expect(await ledger()).toEqual(versions(1, done));
    expect(await begun()).toBeLessThanOrEqual(3);
  });

  test('is told of what was done before the request came', async () => {
    const report = await stopAfter('014', {});
    const done = report.applied.length;
    // The rest of the flight may be done by then; nothing is sent after it.
    expect(done).toBeGreaterThanOrEqual(14);
    expect(done).toBeLessThanOrEqual(16);
    expect(await ledger()).toEqual(versions(1, done));
    expect(report).toMatchObject({ failed: { error: { code: 'stopped' } }, notRun: versions(done + 2, 20) });
  });
});

test('no file is begun whose time is used up, by the clock of the server', async () => {
  const deadline = Date.now() + 11_000;
  const report = await up(
    await compile(files({ '002': ' select pg_sleep(0.9);', '003': ' select pg_sleep(0.2)' })),
    settings(),
    {
      deadline,
    },
  );
  expect(report).toMatchObject({
    status: 'failed',
    failed: { error: { code: expect.stringMatching(/^out-of-time|statement-failed$/) } },
  });
  expect(await begun()).toBeLessThanOrEqual(3);
});

describe('the server itself sees', () => {
  const [before, first, own] = ['a', 'b', 'c'].map(
    (digit) =>
      `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`,
  );
  const journal = '"public"."schema_migrations_journal"';
  const row = (id = '', status = 'applied', started = 'now()') =>
    `insert into ${journal} (id, run_id, version, file, checksum, direction, transaction, status, statements, who, tool_version, started_at)
      values ('${id}', '${id}', 'v', 'f', 'c', 'up', true, '${status}', 1, 'w', 't', timezone('utc', ${started}))`;
  const next = (withinMs: number) =>
    isNextSql(defaultLedger, { after: before ?? '', first: first ?? '', withinMs });
  /** Whether a file that follows may begin. */
  async function mayBegin(setUp: readonly string[], withinMs = Infinity): Promise<boolean> {
    await up(await compile({ '1_a.sql': 'select 1' }), settings());
    const client = await database.connect();
    for (const sql of setUp) await client.query(sql);
    const start = {
      ...{ id: own ?? '', version: 'v', file: 'f', checksum: 'c', direction: 'up' as const },
      ...{ transaction: true, statements: 1, done: 0, doneChecksum: '' },
    };
    const runner = { runId: own ?? '', who: 'w', toolVersion: 't', isDeploy: false };
    const sql = insertAttemptSql(defaultLedger, start, runner, 'running', false, next(withinMs));
    return client.query(sql).then(
      ({ rowCount }) => rowCount === 1,
      (error: { code: string }) => {
        expect(error.code).toBe('22012');
        return false;
      },
    );
  }
  const clean = markCleanSql(before ?? '');

  test('that the one before is applied, and its session clean after it', async () => {
    expect(await mayBegin([row(before), row(first), clean])).toBe(true);
  });
  test.each([
    ['the one before has failed', [row(before, 'failed'), clean]],
    ['the one before is at work', [row(before, 'running'), clean]],
    ['there is none before', [clean]],
    ['the session was not made clean', [row(before)]],
    ['it was made clean after another one', [row(before), markCleanSql(first ?? '')]],
    ['what made it clean was undone', [row(before), 'begin', clean, 'rollback']],
    ['something was left after that', [row(before), clean, 'reset all']],
  ])('that it may not begin where %s', async (_, setUp) => {
    expect(await mayBegin(setUp)).toBe(false);
  });
  test('how much time there is, from the beginning of the first file', async () => {
    expect(
      await mayBegin([row(before), row(first, 'applied', `now() - interval '5 s'`), clean], 60_000),
    ).toBe(true);
  });
  test('that there is none left', async () => {
    expect(await mayBegin([row(before), row(first, 'applied', `now() - interval '5 s'`), clean], 4_900)).toBe(
      false,
    );
  });
});

test('the way down is as short', async () => {
  const pairs = Object.fromEntries(
    names.flatMap((name) => [
      [`${name}_x.up.sql`, `create table t${name} ()`],
      [`${name}_x.down.sql`, `drop table t${name}`],
    ]),
  );
  const compiled = await compile(pairs);
  await up(compiled, settings());
  const proxy = await startCounter(database.url);
  const report = await down(compiled, settingsFor(proxy.url), { steps: 20 });
  expect(await proxy.close()).toBeLessThanOrEqual(5);
  expect(report.applied.map(({ version }) => version)).toEqual(names.map(Number).map(String).toReversed());
  expect(await ledger()).toEqual([]);
});

/** A proxy on 127.0.0.1 that counts the flights of the first session, and can keep the answers of the server to itself. */
async function startCounter(to: string) {
  const server = new URL(to);
  const counter = new FlightCounter();
  const closers = new Set<() => void>();
  let isFirst = true;
  let isDeaf = false;
  let isClosed = false;
  let cutClient: (() => void) | undefined;
  const listener = createServer({ noDelay: true }, (client) => {
    client.on('error', () => {});
    if (isClosed) return void client.destroy();
    const upstream = openSocket({ host: server.hostname, port: Number(server.port), noDelay: true });
    upstream.on('error', () => {});
    const isCounted = isFirst;
    isFirst = false;
    if (isCounted) cutClient = () => client.resetAndDestroy();
    client.on('data', (bytes) => {
      if (isCounted) counter.clientSent(bytes);
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (isCounted && isDeaf) return;
      if (isCounted) counter.clientHeard(bytes);
      client.write(bytes);
    });
    // The server does not learn that the client of a deaf session is gone.
    client.on('close', () => (isCounted && isDeaf) || upstream.destroy());
    upstream.on('close', () => client.destroy());
    closers.add(() => {
      client.destroy();
      upstream.destroy();
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (typeof address !== 'object' || !address) throw new Error('The proxy has no port.');
  const url = new URL(to);
  url.port = String(address.port);
  return {
    url: url.toString(),
    deafen: (forMs: number, how?: 'for good') => {
      isDeaf = true;
      setTimeout(() => {
        isClosed = how === 'for good';
        cutClient?.();
      }, forMs);
    },
    close: async () => {
      for (const close of closers) close();
      listener.close();
      await once(listener, 'close');
      const { flights, connecting } = counter.count();
      return flights - connecting;
    },
  };
}
