import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { plan } from '../../lib/jobs/plan.ts';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { verify } from '../../lib/jobs/verify.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { withConnection } from '../../lib/postgres/session/connection.ts';
import { quickly } from '../../lib/postgres/session/session-options.ts';
import { dropEverything } from '../../lib/registry/reset/drop.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { audit } from '../../lib/statistics/audit.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import { database, test, testAlone } from '../support/concurrent.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

async function majorVersion(): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `select current_setting('server_version_num')::int / 10000 as n`,
  );
  return row?.n ?? 0;
}

const settings = () => settingsFor(database.url);
const ONE = { '001_a.sql': 'create table if not exists a (x int);' };
const TWO = { ...ONE, '002_b.sql': 'create table if not exists b (x int);' };
const tables = async () =>
  (
    await database.query(`select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
      and relname !~ '^schema_migrations' order by relname`)
  ).map(({ relname }) => relname);

/** A role of its own for one test, which may do in the database what its owner may. */
async function withRole<T>(options: string, work: (url: string, role: string) => Promise<T>): Promise<T> {
  const role = `r_${database.name}`;
  await database.query(
    `create role ${role} login password 'secret-of-the-role'; grant all on schema public to ${role}`,
  );
  if (options) await database.query(options.replaceAll('ROLE', role));
  const url = new URL(database.url);
  url.username = role;
  url.password = 'secret-of-the-role';
  try {
    return await work(url.toString(), role);
  } finally {
    await database.query(`drop owned by ${role}; drop role ${role}`);
  }
}

describe.concurrent('a ledger that somebody has locked', () => {
  test.each([
    ['status', async () => status(await compile(ONE), settings())],
    ['plan', async () => plan(await compile(ONE), settings())],
    ['verify', async () => verify(await compile(ONE), settings())],
    ['up', async () => up(await compile(TWO), settings())],
  ])('%s does not wait for it, and says who', async (_, ask) => {
    await up(await compile(ONE), settings());
    const other = await database.connect();
    await other.query(`begin; lock table schema_migrations in access exclusive mode; select 'mine'`);
    const began = performance.now();
    const error = await rejection(ask());
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(error).toMatchObject({ code: 'ledger-locked', hint: 'Wait for it to end and try again.' });
    expect(String(error)).toMatch(
      /The ledger is locked by pid \d+ \(\w+\), whose transaction has been open for \d+ s: .*select 'mine'\.$/,
    );
    await other.query('rollback');
  });

  test('the application does not queue behind us for long while the ledger is completed', async () => {
    await database.query('create table schema_migrations (version varchar primary key)');
    const reader = await database.connect();
    await reader.query('begin; select * from schema_migrations');
    const run = rejection(up(await compile(ONE), settings()));
    await sleep(300);
    const application = await database.connect();
    const began = performance.now();
    await application.query('select * from schema_migrations');
    expect(performance.now() - began).toBeLessThan(2_500);
    expect(await run).toMatchObject({ code: 'ledger-failed', sqlstate: '55P03' });
    await reader.query('rollback');
    expect(await up(await compile(ONE), settings())).toMatchObject({ status: 'applied' });
  });

  test('reset does not hang at a table that somebody reads', async () => {
    await database.query('create table a (x int)');
    const reader = await database.connect();
    await reader.query('begin; select * from a');
    const { database: target, ledger } = settings();
    const error = await rejection(
      withConnection(target, quickly('registry-jobs reset'), (connection) =>
        dropEverything(connection, target.database, ledger),
      ),
    );
    expect(error).toMatchObject({
      code: 'reset-blocked',
      hint: 'End that session, then try again; nothing was dropped.',
    });
    expect(String(error)).toMatch(
      /Something is in use by pid \d+ \(\w+\), whose transaction has been open for \d+ s: begin; select \* from a\.$/,
    );
    expect(await tables()).toEqual(['a']);
  });
});

describe.concurrent('a pooler that ignores the settings of a session', () => {
  const KEY_DATA = Buffer.from('K\0\0\0\x0c', 'latin1');
  /** Announces a process id of its own, as poolers do. */
  const pooler = {
    toClient: (bytes: Buffer) => {
      const at = bytes.indexOf(KEY_DATA);
      if (at >= 0) bytes.writeInt32BE(4711, at + KEY_DATA.length);
      return bytes;
    },
  };

  test('the migration lock is not taken on its session', async () => {
    let held: unknown;
    const key = migrationLockKey(database.name, settings().ledger);
    // What reaches the pooler's session stays there: so it is looked at before that one ends.
    const toServer = (bytes: Buffer) => bytes;
    const compiled = await compile(ONE);
    const error = await withProxy(database.url, { ...pooler, toServer }, async (url) =>
      withConnection({ ...settingsFor(url).database }, quickly('test'), async (connection) => {
        await connection.send('SELECT 1');
        const { tryLock } = await import('../../lib/postgres/session/try-lock.ts');
        held = [
          await tryLock(connection, key),
          await database.query(
            `select count(*)::int as n from pg_locks where locktype = 'advisory' and pid = (select max(pid) from pg_stat_activity where application_name = 'test' and datname = current_database())`,
          ),
        ];
      }).catch((reason: unknown) => reason),
    );
    expect(held).toEqual([false, [{ n: 0 }]]);
    expect(error).toMatchObject({ code: 'connect-pooler' });
    expect(
      await withProxy(database.url, pooler, async (url) => rejection(up(compiled, settingsFor(url)))),
    ).toMatchObject({ code: 'connect-pooler' });
    expect(await up(compiled, settings(), { waitForLockMs: 0 })).toMatchObject({ status: 'applied' });
  });

  test('refresh refuses it before it calls a function', async () => {
    await database.query(
      `create table called (x int); create function f() returns int language sql as 'insert into called values (1) returning 1'`,
    );
    const statistics = { functions: ['f'], timeoutMs: 1_000 };
    const refreshThrough = (url: string) => refresh({ ...settingsFor(url), statistics });
    expect(await withProxy(database.url, pooler, (url) => rejection(refreshThrough(url)))).toMatchObject({
      code: 'connect-pooler',
    });
    expect(await database.query('select * from called')).toEqual([]);
    expect(await refreshThrough(database.url)).toMatchObject({ status: 'refreshed' });
  });
});

describe.concurrent('a network that is gone without a word', () => {
  /** Swallows everything once a text has come by. */
  function silence(text: string) {
    let isSilent = false;
    return {
      toServer: (bytes: Buffer) => {
        if (bytes.includes(text)) isSilent = true;
        return isSilent ? Buffer.alloc(0) : bytes;
      },
      toClient: (bytes: Buffer) => (isSilent ? Buffer.alloc(0) : bytes),
    };
  }

  test('refresh ends before its deadline, with a report', async () => {
    await database.query(
      `create function f() returns int language sql as 'select 1'; create function g() returns int language sql as 'select 1'`,
    );
    const report = await withProxy(database.url, silence('"g"()'), async (url) => {
      const ours: PostgresSettings = {
        ...settingsFor(url),
        statistics: { functions: ['f', 'g'], timeoutMs: 60_000 },
      };
      const deadline = Date.now() + 6_500;
      const told = await refresh(ours, { deadline });
      expect(Date.now()).toBeLessThan(deadline);
      return told;
    });
    expect(report).toMatchObject({
      status: 'failed',
      functions: [
        { name: 'f', outcome: 'refreshed' },
        { name: 'g', outcome: 'failed', error: { code: 'connection-lost' } },
      ],
    });
  });

  test('audit too', async () => {
    const deadline = Date.now() + 6_500;
    const error = await withProxy(database.url, silence('audit_statistics'), (url) =>
      rejection(audit(settingsFor(url), { deadline })),
    );
    expect(Date.now()).toBeLessThan(deadline);
    expect(error).toMatchObject({ code: 'connection-lost' });
  });
});

describe.concurrent('what the role is set to does not end us', () => {
  test('idle_session_timeout, while we pause', async ({ skip }) => {
    if ((await majorVersion()) < 14) skip();
    await database.query('create table t (x int)');
    await withRole(
      `alter role ROLE set idle_session_timeout = '150ms'; alter table t owner to ROLE`,
      async (url) => {
        const other = await database.connect();
        await other.query('begin; select * from t');
        const run = up(await compile({ '001_a.sql': 'alter table t add column y int' }), settingsFor(url));
        await sleep(1_500);
        await other.query('rollback');
        expect(await run).toMatchObject({ status: 'applied' });
      },
    );
  });

  test('transaction_timeout and statement_timeout', async ({ skip }) => {
    if ((await majorVersion()) < 17) skip();
    await withRole(
      `alter role ROLE set transaction_timeout = '300ms'; alter role ROLE set statement_timeout = '250ms'`,
      async (url) => {
        const compiled = await compile({
          '001_a.sql': 'select pg_sleep(0.4)',
          '002_b.sql': 'select pg_sleep(0.4)',
        });
        expect(await up(compiled, settingsFor(url))).toMatchObject({ status: 'applied' });
      },
    );
  });
});

describe.concurrent('a callback of the caller that throws', () => {
  const angry = () => {
    throw new Error('from the callback');
  };

  test.each([
    ['in a transaction', ''],
    ['without one', '-- registry-jobs: transaction off\n'],
  ])('%s: the work goes on, and so does the process', async (_, header) => {
    const compiled = await compile({
      '001_a.sql': `${header}do $$ begin raise notice 'x'; end $$; create table a (x int)`,
    });
    expect(await up(compiled, settings(), { onEvent: angry })).toMatchObject({ status: 'applied' });
    expect(await tables()).toEqual(['a']);
  });

  test('one that rejects, or is called while statistics are refreshed', async () => {
    await database.query(`create function f() returns int language sql as 'select 1'`);
    const ours = { ...settings(), statistics: { functions: ['f'], timeoutMs: 1_000 } };
    expect(await refresh(ours, { onEvent: angry })).toMatchObject({ status: 'refreshed' });
    const rejecting = (() => Promise.reject(new Error('later'))) as unknown as () => void;
    expect(await up(await compile(ONE), settings(), { onEvent: rejecting })).toMatchObject({
      status: 'applied',
    });
  });
});

describe.concurrent('a journal that cannot be written', () => {
  test.each([
    ['in a transaction', ''],
    ['without one', '-- registry-jobs: transaction off\n'],
  ])('%s: the first error is the one that is told, and nothing was run', async (_, header) => {
    await up(await compile(ONE), settings());
    await withRole(
      'grant select on schema_migrations_journal, schema_migrations_bundles to ROLE; grant all on schema_migrations to ROLE',
      async (url, role) => {
        const compiled = await compile({ ...ONE, '002_b.sql': `${header}create table b (x int)` });
        const report = await up(compiled, settingsFor(url));
        expect(report).toMatchObject({
          status: 'failed',
          failed: {
            error: {
              code: 'journal-failed',
              sqlstate: '42501',
              message: 'The journal cannot be written: permission denied for table schema_migrations_journal',
              hint: `Let its owner say: GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "public"."schema_migrations_journal" TO "${role}"`,
            },
          },
        });
        expect(await tables()).toEqual(['a']);
        // Which files were run last could not be recorded either, and that is only a warning.
        expect(report.warnings).toMatchObject([{ code: 'bundle-not-recorded' }]);
      },
    );
  });

  test('a journal of an older version gets the columns that it lacks', async () => {
    await up(await compile(ONE), settings());
    await database.query(
      'alter table schema_migrations_journal drop column uncertain, drop column session, drop column done_checksum',
    );
    expect(await status(await compile(TWO), settings(), { history: 5 })).toMatchObject({
      status: 'pending',
      history: [{ version: '001_a' }],
    });
    expect(await up(await compile(TWO), settings())).toMatchObject({ status: 'applied' });
  });
});

describe.concurrent('a lock that somebody holds', () => {
  async function held<T>(work: () => Promise<T>): Promise<T> {
    const other = await database.connect();
    await other.query('select pg_advisory_lock($1)', [migrationLockKey(database.name, settings().ledger)]);
    try {
      return await work();
    } finally {
      await other.query('select pg_advisory_unlock_all()');
    }
  }

  test('does not keep a run from saying that there is nothing to do', async () => {
    await up(await compile(ONE), settings());
    const report = await held(async () => up(await compile(ONE), settings(), { waitForLockMs: 60_000 }));
    expect(report).toMatchObject({ status: 'nothing-to-do', alreadyApplied: 1 });
    expect(report.durationMs).toBeLessThan(2_000);
  });

  test('is waited for where there is something to do; who holds it is told once, not with every look', async () => {
    await up(await compile(ONE), settings());
    const told: string[] = [];
    const compiled = await compile(TWO);
    const error = await held(() =>
      rejection(up(compiled, settings(), { waitForLockMs: 1_500, onEvent: ({ type }) => told.push(type) })),
    );
    expect(error).toMatchObject({ code: 'locked' });
    expect(told).toEqual(['waiting-for-lock']);
  });
});

test('times are right where the columns of the ledger have a zone', async () => {
  await database.query(`create table schema_migrations (version varchar primary key, started_at timestamptz, finished_at timestamptz);
    alter database ${database.name} set timezone = 'America/New_York'`);
  const off = '-- registry-jobs: transaction off\n';
  await up(await compile({ ...ONE, '002_b.sql': `${off}create table b (x int)` }), settings());
  expect(
    await database.query(`select version, abs(extract(epoch from now() - started_at)) < 60 as started,
      abs(extract(epoch from now() - finished_at)) < 60 as finished from schema_migrations order by 1`),
  ).toEqual([
    { version: '001_a', started: true, finished: true },
    { version: '002_b', started: true, finished: true },
  ]);
});

testAlone('rows that nobody reads are dropped as they come', async () => {
  const compiled = await compile({
    '001_a.sql': `select repeat('x', 1000) from generate_series(1, 100000);`,
  });
  const before = process.memoryUsage().rss;
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 10);
  expect(await up(compiled, settings())).toMatchObject({ status: 'applied' });
  clearInterval(timer);
  // A hundred megabytes went by.
  expect(most - before).toBeLessThan(100e6);
});
