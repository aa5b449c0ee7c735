import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { down } from '../../lib/jobs/down.ts';
import { plan } from '../../lib/jobs/plan.ts';
import { up } from '../../lib/jobs/up.ts';
import { renderPlanReport } from '../../lib/reports/plan.ts';
import { database, test } from '../support/concurrent.ts';
import { compile, settingsFor } from '../support/migrations.ts';

const settings = () => settingsFor(database.url);
const run = async (sql: string) =>
  up(await compile({ '1_a.sql': sql }), settingsFor(database.url, { lockTimeoutMs: 10_000 }));

/** Notes what the transaction is where it stands. */
const SEE = `create table seen as select current_setting('transaction_isolation') as isolation,
  current_setting('transaction_deferrable') as deferrable;`;
const seen = async () => Object.values((await database.query('select * from seen'))[0] ?? {}).join(' ');

describe.concurrent('the modes that a file asks of its transaction', () => {
  test.each([
    ['begin isolation level serializable', 'serializable off'],
    ['start transaction isolation level repeatable read, read write', 'repeatable read off'],
    ['begin isolation level read uncommitted', 'read uncommitted off'],
    ['begin isolation level serializable read write, deferrable', 'serializable on'],
    ['begin; set transaction isolation level serializable', 'serializable off'],
    ['begin; set transaction isolation level serializable, deferrable', 'serializable on'],
    ["begin; set local transaction_isolation = 'repeatable read'", 'repeatable read off'],
    [
      'begin isolation level serializable; set transaction isolation level read committed',
      'read committed off',
    ],
    ['set transaction isolation level serializable', 'serializable off'],
    ['set transaction_isolation to serializable; set transaction_deferrable = yes', 'serializable on'],
    ['begin; select 1; commit; begin isolation level serializable', 'serializable off'],
    ['begin isolation level serializable; select 1; commit; begin', 'serializable off'],
  ])('%s', async (opening, expected) => {
    const end = opening.startsWith('set') ? '' : ' commit;';
    expect(await run(`${opening};\n${SEE}${end}`)).toMatchObject({ status: 'applied' });
    expect(await seen()).toBe(expected);
  });

  test('they hold for one file, and for its way back', async () => {
    const compiled = await compile({
      '1_a.up.sql': `begin isolation level serializable; ${SEE} commit;`,
      '1_a.down.sql': `begin isolation level repeatable read; create table back as select * from (
        select current_setting('transaction_isolation') as isolation) q; drop table seen; commit;`,
      '2_b.up.sql': `create table plain as select current_setting('transaction_isolation') as isolation;`,
      '2_b.down.sql': 'drop table plain;',
    });
    const planned = renderPlanReport(await plan(compiled, settings()));
    expect(planned).toContain('migrations/1_a.up.sql (one transaction, SERIALIZABLE)');
    expect(await up(compiled, settings())).toMatchObject({ status: 'applied' });
    expect(await seen()).toBe('serializable off');
    expect(await database.query('select isolation from plain')).toEqual([{ isolation: 'read committed' }]);
    expect(await down(compiled, settings(), { steps: 2 })).toMatchObject({ status: 'applied' });
    expect(await database.query('select isolation from back')).toEqual([{ isolation: 'repeatable read' }]);
  });

  test('what is set too late is refused by the server, at its place', async () => {
    const late = 'begin; select 1;\nset transaction isolation level serializable; commit;';
    expect(await run(late)).toMatchObject({
      failed: { outcome: 'rolled-back', error: { sqlstate: '25001', location: { line: 2, column: 1 } } },
    });
    expect(await database.query('select from schema_migrations')).toEqual([]);
  });

  test.each([
    ['begin read only; select 1; commit;'],
    ['begin isolation level serializable read only deferrable; select 1; commit;'],
    ['begin; set transaction read only; select 1; commit;'],
    ['begin; select 1; set transaction read only; select 2; commit;'],
    ['create table t (x int); set transaction read only; select 1;'],
    ['create table t (x int); set local transaction_read_only = on; select 1;'],
    ['begin read only; select 1; commit; begin; create table t (x int); commit;'],
    ['begin; create table t (x int); commit; begin read only; savepoint s; select 1; rollback to s; commit;'],
    ['begin; savepoint s; set transaction read only; rollback to s; create table t (x int); commit;'],
  ])('read-only, and recorded: %s', async (sql) => {
    expect(await run(sql)).toMatchObject({ status: 'applied' });
    expect(await database.query('select version from schema_migrations')).toHaveLength(1);
    const tables = await database.query(`select to_regclass('t') is not null as made`);
    expect(tables).toEqual([{ made: sql.includes('create table t') }]);
  });

  test.each([
    ['begin read only;\ncreate table t (x int); commit;'],
    ['begin; set transaction read only;\ncreate table t (x int); commit;'],
    ['begin; set transaction isolation level serializable, read only;\ncreate table t (x int); commit;'],
    ['begin; select 1; commit; begin read only;\ncreate table t (x int); commit;'],
    ['select 1; set transaction read only;\ncreate table t (x int);'],
  ])('what writes where it may not is refused, and not recorded: %s', async (sql) => {
    const { failed } = await run(sql);
    expect(failed).toMatchObject({
      outcome: 'rolled-back',
      error: { sqlstate: '25006', location: { line: 2, column: 1 } },
    });
    expect(await database.query('select from schema_migrations')).toEqual([]);
    expect(await database.query(`select to_regclass('t') is null as gone`)).toEqual([{ gone: true }]);
  });

  test('a lock that the file begins with is waited for before its snapshot is taken', async () => {
    await database.query('create table t (x int); insert into t values (1)');
    const other = await database.connect();
    await other.query('begin; update t set x = 2');
    const running = run(
      'begin isolation level repeatable read; lock table t; update t set x = x + 10; commit;',
    );
    await sleep(300);
    await other.query('commit');
    expect(await running).toMatchObject({ status: 'applied', applied: [{ attempts: 1 }] });
    expect(await database.query('select x from t')).toEqual([{ x: 12 }]);
  });

  test('what another transaction changed meanwhile: tried again, then right', async () => {
    await database.query('create table t (x int); insert into t values (1)');
    const other = await database.connect();
    await other.query('begin; update t set x = 2');
    const running = run(
      'begin isolation level serializable; select count(*) from t; update t set x = x + 10; commit;',
    );
    await sleep(300);
    await other.query('commit');
    const report = await running;
    expect(report).toMatchObject({ status: 'applied', applied: [{ attempts: 2 }] });
    expect(await database.query('select x from t')).toEqual([{ x: 12 }]);
    expect(
      await database.query('select status, error from schema_migrations_journal order by started_at'),
    ).toMatchObject([{ status: 'failed', error: expect.stringContaining('40001') }, { status: 'applied' }]);
  });

  test('two runs beside each other, each with its own ledger and tables, are never in each other’s way', async () => {
    const many = (prefix: string) =>
      compile(
        Object.fromEntries(
          Array.from({ length: 15 }, (_, at) => [
            `${at + 1}_${prefix}.sql`,
            `begin isolation level serializable; create table ${prefix}${at} (x int primary key); insert into ${prefix}${at} values (1); select * from ${prefix}${at}; commit;`,
          ]),
        ),
      );
    const reports = await Promise.all(
      ['a', 'b'].map(async (prefix) =>
        up(await many(prefix), settings(), { ledger: { schema: 'public', table: `ledger_${prefix}` } }),
      ),
    );
    const attempts = reports.flatMap(({ applied }) => applied.map((one) => one.attempts));
    expect(attempts).toEqual(Array.from({ length: 30 }, () => 1));
  });
});
