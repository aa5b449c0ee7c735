import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { down } from '../../lib/jobs/down.ts';
import { plan } from '../../lib/jobs/plan.ts';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { verify } from '../../lib/jobs/verify.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { readReport } from '../../lib/registry/page/read.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { renderStatusReport } from '../../lib/reports/status.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

/* What the journal calls running is at work only while a session holds the lock of the migrations. */
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const settings = () => settingsFor(database.url, { lockTimeoutMs: 60_000 });
const GATE = 4711;
const ONE = { '001_a.sql': 'create table if not exists a (x int);' };
const off = '-- registry-jobs: transaction off\n';
const wait = `select pg_advisory_lock_shared(${GATE}); select pg_advisory_unlock_shared(${GATE});`;
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** Does something while a run waits inside its file, and then lets the run go on. */
async function whileRunning<T>(run: () => Promise<T>, work: () => Promise<void>): Promise<T> {
  const gate = await database.connect();
  await gate.query(`select pg_advisory_lock(${GATE})`);
  const running = run();
  try {
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted and objid = ${GATE}
      and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(() => database.query(waiting)).toHaveLength(1);
    await work();
  } finally {
    await gate.query(`select pg_advisory_unlock(${GATE})`);
    await running;
  }
  return running;
}

describe('the file of a live run', () => {
  test.each([
    ['in a transaction', ''],
    ['without one', off],
  ])('%s is called running, since when and by whom; and nobody is told to mend it', async (_, header) => {
    await up(await compile(ONE), settings());
    const compiled = await compile({
      ...ONE,
      '002_b.sql': `${header}create table if not exists b (x int); ${wait}`,
      '003_c.sql': 'create table if not exists c (x int);',
    });
    const report = await whileRunning(
      () => up(compiled, settings(), { who: 'me@laptop' }),
      async () => {
        const found = await status(compiled, settings(), { history: 1 });
        expect(found).toMatchObject({
          status: 'pending',
          entries: [
            { version: '001_a', state: 'applied' },
            {
              version: '002_b',
              state: 'running',
              file: 'migrations/002_b.sql',
              startedAt: expect.stringMatching(MOMENT),
              who: 'me@laptop',
            },
            { version: '003_c', state: 'pending' },
          ],
          problems: [],
          history: [{ version: '002_b', status: 'running' }],
        });
        const text = renderStatusReport(found);
        const line = header ? 2 : 1;
        expect(text).toMatch(
          new RegExp(
            `^Running now: applying migrations/002_b\\.sql, statement 2 of 3 \\(line ${line}\\) for \\d+ ms, \\d+ ms in all
  since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ by me@laptop \\(pid \\d+, postgres, registry-jobs up\\)
  waits for pid \\d+ \\(postgres\\), whose session has been open for \\d+ s: select pg_advisory_lock\\(4711\\)
  Watch it with: registry-jobs watch$`,
            'm',
          ),
        );
        expect(text).not.toContain('Warning:');
        expect(text).toMatch(/^running +002_b *$/m);
        expect(text.endsWith('1 migration running, 1 migration pending.')).toBe(true);
        expect(await verify(compiled, settings())).toMatchObject({
          status: 'ok',
          warnings: [{ code: 'running' }],
        });
        expect(await plan(compiled, settings())).toMatchObject({
          status: 'pending',
          tasks: [{ version: '002_b' }, { version: '003_c' }],
          warnings: [{ code: 'running' }],
        });
        expect((await readReport(settings())).migrations[0]).toMatchObject({ status: 'running' });
        // Whoever would run it waits, whatever is told.
        expect(await rejection(up(compiled, settings(), { waitForLockMs: 0 }))).toMatchObject({
          code: 'locked',
        });
      },
    );
    expect(report).toMatchObject({ status: 'applied', warnings: [] });
    expect(await status(compiled, settings())).toMatchObject({ status: 'up-to-date', warnings: [] });
  });

  test('that is being undone', async () => {
    const compiled = await compile({ '1_a.up.sql': 'create table a (x int)', '1_a.down.sql': wait });
    await up(compiled, settings());
    await whileRunning(
      () => down(compiled, settings(), { steps: 1 }, { who: 'me' }),
      async () => {
        const found = await status(compiled, settings());
        expect(found).toMatchObject({ status: 'pending', entries: [{ state: 'running', who: 'me' }] });
        expect(renderStatusReport(found)).toMatch(
          /^Running now: undoing migrations\/1_a\.down\.sql, statement 1 of 2 \(line 1\) /m,
        );
      },
    );
  });

  test('that is not among our files', async () => {
    await up(await compile(ONE), settings());
    await whileRunning(
      async () => up(await compile({ ...ONE, '002_b.sql': `${off}${wait}` }), settings()),
      async () => {
        expect(await status(await compile(ONE), settings())).toMatchObject({
          entries: [{ state: 'applied' }, { version: '002_b', state: 'running' }],
          problems: [],
        });
      },
    );
  });
});

describe('an attempt that was killed', () => {
  const killed = async () => {
    await up(await compile(ONE), settings());
    await database.query(`insert into schema_migrations_journal
      select (jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid(), 'version', '002_b', 'status', 'running',
        'transaction', false, 'statements', 2, 'started_at', j.started_at + interval '1 minute'))).*
      from schema_migrations_journal j`);
    return compile({ ...ONE, '002_b.sql': `${off}select 1; select 2;` });
  };

  test('is interrupted where nobody holds the lock, before the next run has said so', async () => {
    const compiled = await killed();
    expect(await status(compiled, settings(), { history: 5 })).toMatchObject({
      entries: [{ state: 'applied' }, { state: 'half-done' }],
      problems: [{ code: 'half-done' }],
      history: [
        { version: '002_b', status: 'interrupted' },
        { version: '001_a', status: 'applied' },
      ],
    });
    expect((await readReport(settings())).migrations[0]).toMatchObject({ status: 'interrupted' });
  });

  test('also beside a run that is at work on another file', async () => {
    await killed();
    await database.query(`update schema_migrations_journal set transaction = true, started_at = started_at - interval '1 hour'
      where status = 'running'`);
    const other = await database.connect();
    await other.query('select pg_advisory_lock($1)', [migrationLockKey(database.name, settings().ledger)]);
    await database.query(`insert into schema_migrations_journal
      select (jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid(), 'version', '003_c', 'status', 'running'))).*
      from schema_migrations_journal j where status = 'running'`);
    await database.query(
      `update schema_migrations_journal set started_at = started_at + interval '1 hour' where version = '003_c'`,
    );
    const { history = [] } = await status(await compile(ONE), settings(), { history: 5 });
    expect(history.map(({ version, status: outcome }) => `${version} ${outcome}`).sort()).toEqual([
      '001_a applied',
      '002_b interrupted',
      '003_c running',
    ]);
  });
});

test.each([
  ['in a transaction', '', 'rolled-back'],
  ['without one', off, 'not-started'],
])(
  'a failure that may not be written down is told by the run, %s, and not called running',
  async (_, header, outcome) => {
    await up(await compile(ONE), settings());
    const role = `r_${database.name}`;
    await database.query(`create role ${role} login password 'x'; grant all on schema public to ${role};
    grant select, insert on schema_migrations_journal to ${role}; grant select on schema_migrations_bundles to ${role};
    grant all on schema_migrations to ${role}`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'x'];
    const compiled = await compile({ ...ONE, '002_b.sql': `${header}select 1/0` });
    const report = await up(compiled, settingsFor(url.toString()));
    const found = await status(compiled, settings(), { history: 1 });
    await database.query(`drop owned by ${role}; drop role ${role}`);
    expect(report.failed?.outcome === outcome || report.failed?.outcome === 'half-done').toBe(true);
    expect(report.warnings.filter(({ code }) => code === 'failure-not-recorded')).toEqual([
      {
        code: 'failure-not-recorded',
        message: `How migrations/002_b.sql ended could not be written into the journal: permission denied for table schema_migrations_journal. Until the next run, status --history calls it interrupted. Let its owner say: GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "public"."schema_migrations_journal" TO "${role}"`,
      },
    ]);
    expect(renderMigrationReport(report)).toContain(
      'Warning: How migrations/002_b.sql ended could not be written',
    );
    expect(found.history).toMatchObject([{ version: '002_b', status: 'interrupted' }]);
  },
);

test('of an initial schema that fails there is nothing to write down', async () => {
  const report = await up(await compile({ 'initial_schema.sql': 'select 1/0' }), settings());
  expect(report).toMatchObject({ status: 'failed', failed: { outcome: 'rolled-back' }, warnings: [] });
});
