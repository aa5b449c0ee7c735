import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { status } from '../../lib/jobs/status.ts';
import { type UpOptions, up } from '../../lib/jobs/up.ts';
import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import type { MigrationReport } from '../../lib/reports/migration.ts';
import { database, test } from '../support/concurrent.ts';
import { compile, settingsFor } from '../support/migrations.ts';

/* A file without a transaction is left to the server statement by statement. */
const settings = () => settingsFor(database.url, { lockTimeoutMs: 60_000 });
const OFF = '-- registry-jobs: transaction off\n';
/** Waits while somebody else has the table. */
const WAIT = 'insert into gate values (1)';
const INDEX = 'create index concurrently a_x on a (x)';

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 40_000;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error('It did not come to that in 40 s.');
    await sleep(50);
  }
}

const start = (compiled: CompiledMigrations, options: UpOptions = {}): Promise<MigrationReport> =>
  up(compiled, settings(), { detach: 'always', momentMs: 0, ...options });

/** The same, and calls again until the server is at that statement: it may have been left at an earlier one. */
async function startUntilAt(compiled: CompiledMigrations, statement: number): Promise<MigrationReport> {
  const first = await start(compiled);
  let report = first;
  await eventually(async () => {
    if (report.running?.statement !== statement) report = await start(compiled, { since: first.at });
    return report.status === 'running' && report.running?.statement === statement;
  });
  return { ...report, at: first.at };
}

async function untilOver(compiled: CompiledMigrations, since: string): Promise<MigrationReport[]> {
  const reports: MigrationReport[] = [];
  await eventually(async () => {
    const report = await start(compiled, { since });
    reports.push(report);
    return report.status !== 'running';
  });
  return reports;
}

/** A transaction that a concurrent build has to wait for, and what ends it. */
async function reader() {
  const other = await database.connect();
  await other.query('begin; lock table a in row exclusive mode');
  return () => other.query('rollback');
}

/** The gate, closed, and what opens it. */
async function closedGate() {
  const other = await database.connect();
  await other.query('begin; lock table gate in access exclusive mode');
  return () => other.query('rollback');
}

const rows = () =>
  database.query(`select status, done, error, (backend ->> 'at')::int as at from schema_migrations_journal
    where version = '002_b' order by started_at`);

const table = {
  '001_a.sql': 'create table a (x int); insert into a values (1), (1); create table gate (x int)',
};

describe.concurrent('a file without a transaction', () => {
  test('is applied where it is quick', async () => {
    const compiled = await compile({
      ...table,
      '002_b.sql': `${OFF}set my.name = 'b';\n${INDEX};\ninsert into a select length(current_setting('my.name'));\nreindex table concurrently a;`,
    });
    expect(await start(compiled, { momentMs: 10_000 })).toMatchObject({
      status: 'applied',
      applied: [{ version: '001_a' }, { version: '002_b', statements: 4 }],
    });
    expect(await rows()).toMatchObject([{ status: 'applied', done: 4 }]);
    expect(await status(compiled, settings())).toMatchObject({ status: 'up-to-date' });
  });

  test('fails with its place, and what was done before stays', async () => {
    const compiled = await compile({
      ...table,
      '002_b.sql': `${OFF}create table b ();\nselect nope from a;`,
    });
    const report = await start(compiled, { momentMs: 10_000 });
    expect(report).toMatchObject({
      status: 'failed',
      failed: {
        ...{ outcome: 'half-done', done: 1 },
        error: { code: 'statement-failed', sqlstate: '42703', location: { line: 3, column: 8 } },
      },
    });
    expect(await rows()).toMatchObject([
      { status: 'failed', done: 1, error: '3:8: column "nope" does not exist (SQLSTATE 42703)' },
    ]);
  });

  test('goes on after what the server has done of it: an index, a statement, the end', async () => {
    const compiled = await compile({
      ...table,
      '002_b.sql': `${OFF}${INDEX};\ninsert into a values (2);\n${WAIT};\ninsert into a values (3);`,
      '003_c.sql': 'create table c ()',
    });
    await up(await compile(table), settings());
    const gate = await closedGate();
    const open = await reader();
    const first = await start(compiled);
    expect(first).toMatchObject({
      status: 'running',
      running: { version: '002_b', statement: 1, statements: 4, line: 2, detached: true },
      notRun: ['003_c'],
    });
    expect(await start(compiled, { since: first.at })).toMatchObject({
      status: 'running',
      running: { statement: 1 },
    });
    await open();
    // The index is built, and the next call comes to the gate.
    let second = await start(compiled, { since: first.at });
    await eventually(async () => {
      second = await start(compiled, { since: first.at });
      return second.running?.statement === 3;
    });
    expect(second).toMatchObject({ status: 'running', running: { statement: 3, line: 4 } });
    await gate();
    const reports = await untilOver(compiled, first.at);
    expect(reports.at(-1)).toMatchObject({ status: 'applied' });
    expect(await database.query('select x from a order by x')).toEqual([1, 1, 2, 3].map((x) => ({ x })));
    expect(
      await database.query(`select indisvalid from pg_index where indexrelid = 'a_x'::regclass`),
    ).toEqual([{ indisvalid: true }]);
    expect(await status(compiled, settings())).toMatchObject({ status: 'up-to-date', problems: [] });
  });

  test('a session that has done what was left to it and has not ended yet is waited for', async () => {
    const compiled = await compile({ ...table, '002_b.sql': `${OFF}${WAIT};\ninsert into a values (2);` });
    await up(await compile(table), settings());
    const open = await closedGate();
    const first = await startUntilAt(compiled, 1);
    await open();
    await eventually(async () => (await rows())[0]?.done === 1);
    // In the place of the one that ends at any moment, one that ends when it is told.
    const lingering = await database.connect();
    const key = migrationLockKey(database.name, settings().ledger);
    const locked = async () =>
      (await lingering.query('select pg_try_advisory_lock($1) as got', [key])).rows[0].got;
    await eventually(locked);
    await lingering.query(`update schema_migrations_journal set started_at = timezone('utc', clock_timestamp()),
      backend = backend || jsonb_build_object('pid', pg_backend_pid()) where version = '002_b'`);
    const seen = await status(compiled, settings());
    expect(seen.running).toMatchObject({ version: '002_b', statements: 2 });
    expect([seen.running?.statement, seen.running?.detached]).toEqual([undefined, undefined]);
    const waits = Promise.withResolvers<void>();
    const onEvent = ({ type }: { type: string }) => type === 'waiting-for-lock' && waits.resolve();
    const next = start(compiled, { since: first.at, momentMs: 10_000, onEvent });
    await Promise.race([next, waits.promise]);
    await lingering.end();
    expect(await next).toMatchObject({ status: 'applied', applied: [{ version: '002_b' }] });
  });

  test("an index that could not be built is this run's failure, and is left to a person", async () => {
    const unique = INDEX.replace('create index', 'create unique index');
    const compiled = await compile({ ...table, '002_b.sql': `${OFF}select 1;\n${unique};` });
    await up(await compile(table), settings());
    const open = await reader();
    const first = await startUntilAt(compiled, 2);
    await open();
    const [over] = (await untilOver(compiled, first.at)).slice(-1);
    expect(over).toMatchObject({
      status: 'failed',
      failed: {
        ...{ outcome: 'half-done', done: 1 },
        error: {
          ...{ code: 'interrupted', location: { line: 3, column: 1 } },
          hint: expect.stringContaining(
            'Only the log of the server says why. An invalid index a_x of a may be left, which resume removes. Correct what the log names, then go on with: registry-jobs resume',
          ),
        },
      },
    });
    expect(await start(compiled, { since: first.at })).toMatchObject({
      status: 'failed',
      failed: { done: 1 },
    });
  });

  test('a statement that fails when nobody is there says so in the journal', async () => {
    const compiled = await compile({
      ...table,
      '002_b.sql': `${OFF}select 1;\ninsert into gate values (1 / 0);`,
    });
    await up(await compile(table), settings());
    const gate = await closedGate();
    const first = await startUntilAt(compiled, 2);
    await gate();
    const [over] = (await untilOver(compiled, first.at)).slice(-1);
    expect(over).toMatchObject({
      status: 'failed',
      failed: {
        outcome: 'half-done',
        done: 1,
        error: { message: 'division by zero', location: { line: 3 } },
      },
    });
    expect((await rows()).at(-1)).toMatchObject({
      ...{ status: 'failed', done: 1, at: 1, error: '3:1: division by zero (SQLSTATE 22012)' },
    });
  });

  test('a session that was ended in the middle is not tried again by the same run', async () => {
    const compiled = await compile({ ...table, '002_b.sql': `${OFF}select 1;\n${WAIT};` });
    await up(await compile(table), settings());
    await closedGate();
    const first = await startUntilAt(compiled, 2);
    expect((await rows()).at(-1)).toMatchObject({ status: 'running', done: 1, at: 1 });

    await database.query('select pg_terminate_backend($1)', [first.running?.pid]);
    const [over] = (await untilOver(compiled, first.at)).slice(-1);
    expect(over).toMatchObject({
      status: 'failed',
      failed: { outcome: 'half-done', done: 1, error: { code: 'interrupted' } },
    });
  });

  test('a VACUUM is waited for, since nothing tells afterwards that it is done', async () => {
    const compiled = await compile({ ...table, '002_b.sql': `${OFF}analyze a;\nvacuum a;` });
    expect(await start(compiled, { momentMs: 10_000 })).toMatchObject({
      status: 'applied',
      warnings: [
        {
          code: 'kept-attached',
          message: expect.stringContaining('of statement 2 (line 3) only its answer'),
        },
      ],
    });
  });

  test('is kept attached where only the answer tells how far it came', async () => {
    const compiled = await compile({
      '002_b.sql': `${OFF}create procedure p() language plpgsql as $$ begin commit; end $$;\ncall p();`,
    });
    expect(await start(compiled)).toMatchObject({
      status: 'applied',
      warnings: [
        {
          code: 'kept-attached',
          message:
            'migrations/002_b.sql does not run on in the server, since of statement 2 (line 3) only its answer tells how far it came: it ends with this run. Put that statement into a file of its own before the long ones, or after them.',
        },
      ],
    });
  });
});
