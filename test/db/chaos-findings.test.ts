import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resume } from '../../lib/jobs/resume.ts';
import { up } from '../../lib/jobs/up.ts';
import { type MigrationReport, renderMigrationReport } from '../../lib/reports/migration.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, settingsFor } from '../support/migrations.ts';

// What the reliability tests have found, each by itself. See docs/reliability.md.

const OFF = '-- registry-jobs: transaction off\n';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const journal = async () =>
  (
    await database.query(
      `select version || ' ' || status || ' ' || done || '/' || statements || case when uncertain then ' uncertain' else '' end as line
       from schema_migrations_journal order by started_at`,
    )
  ).map(({ line }) => line);

/** What happens to an update of the journal, or an insert into it, that meets a condition. */
async function meddle(when: 'insert' | 'update', condition: string, action: string) {
  await database.query(`create function meddle() returns trigger language plpgsql as $$
    begin if ${condition} then ${action} end if; return new; end $$;
    create trigger meddle before ${when} on schema_migrations_journal for each row execute function meddle()`);
  return { stop: () => database.query('drop function meddle() cascade') };
}

const END_SESSION = 'perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1);';
const CANCEL = `raise exception using errcode = '57014', message = 'canceling statement due to user request';`;

const lastLines = (report: MigrationReport) =>
  renderMigrationReport(report)
    .split('\n')
    .filter((line) => /^(Not run|Failed|HINT|What to do|State|Go on)/.test(line));

describe('a file without a transaction whose beginning is not on record was not begun', () => {
  const files = { '1_a.sql': 'create table n (x int);', '2_b.sql': `${OFF}insert into n values (1);` };

  test('the connection is lost before', async () => {
    const compiled = await compile(files);
    const toServer = (bytes: Buffer) =>
      bytes.includes('schema_migrations_journal') && bytes.includes('2_b.sql') ? ('cut' as const) : bytes;
    const report = await withProxy(database.url, { toServer }, (url) => up(compiled, settingsFor(url)));
    expect(report.failed).toMatchObject({ outcome: 'not-started', error: { code: 'connection-lost' } });
    expect(report.failed?.done).toBeUndefined();
    expect(lastLines(report)).toEqual([
      'Not run migrations/2_b.sql',
      'What to do: Find out what ended the session, then run again.',
      'State: 1 migration before it was applied and stays.',
    ]);
    expect(await journal()).toEqual(['1_a applied 1/1']);
    expect(await up(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
    expect(await database.query('select x from n')).toEqual([{ x: 1 }]);
  });

  test.each([
    ['it cannot be written', 'raise insufficient_privilege;'],
    ['the session is ended by somebody', END_SESSION],
  ])('%s', async (_, action) => {
    const compiled = await compile(files);
    await up(compiled, settingsFor(database.url), { to: '1' });
    const { stop } = await meddle('insert', `new.version = '2_b'`, action);
    const report = await up(compiled, settingsFor(database.url));
    expect(report.failed).toMatchObject({ outcome: 'not-started', error: { code: 'journal-failed' } });
    expect(lastLines(report)[0]).toBe('Not run migrations/2_b.sql');
    expect(lastLines(report).join()).not.toContain('resume');
    expect(await journal()).toEqual(['1_a applied 1/1']);
    await stop();
    expect(await up(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
    expect(await database.query('select x from n')).toEqual([{ x: 1 }]);
  });

  test('of a file that is resumed, what was done before stays done', async () => {
    const compiled = await compile({
      '1_a.sql': `${OFF}create table n (x int);\ninsert into nowhere values (1);`,
    });
    await up(compiled, settingsFor(database.url));
    await database.query('create table nowhere (x int)');
    const { stop } = await meddle('insert', `new.version = '1_a'`, 'raise insufficient_privilege;');
    const report = await resume(compiled, settingsFor(database.url));
    expect(report.failed).toMatchObject({ outcome: 'not-started', error: { code: 'journal-failed' } });
    expect(lastLines(report).slice(-1)).toEqual(['Go on with: registry-jobs resume']);
    expect(await journal()).toEqual(['1_a failed 1/2']);
    await stop();
    expect(await resume(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
    expect(await database.query('select x from nowhere')).toEqual([{ x: 1 }]);
  });
});

describe('a statement outside a transaction that is done, and is not yet on record as done', () => {
  const STATEMENTS = [
    ['create index concurrently i on t (id);'],
    ['drop index concurrently old;'],
    ['reindex table concurrently t;'],
    ['vacuum t;'],
  ];

  test.each(STATEMENTS)('%s somebody cancels its record', async (sql) => {
    await check(sql, CANCEL, { error: { sqlstate: '57014' } });
  });

  test.each(STATEMENTS)('%s somebody ends the session', async (sql) => {
    await check(sql, END_SESSION, {});
  });

  async function check(sql: string, action: string, failed: object): Promise<void> {
    await database.query('create table t (id int); create index old on t (id)');
    const compiled = await compile({
      '1_a.sql': 'select 1;',
      '2_b.sql': `${OFF}select 1;\n${sql}\nselect 2;`,
    });
    await up(compiled, settingsFor(database.url), { to: '1' });
    const { stop } = await meddle(
      'update',
      `new.version = '2_b' and new.status = 'running' and new.done = 2`,
      action,
    );
    const report = await up(compiled, settingsFor(database.url));
    expect(report.failed).toMatchObject({ outcome: 'half-done', done: 2, ...failed });
    expect(report.failed?.uncertain).toBeUndefined();
    expect(await journal()).toEqual(['1_a applied 1/1', '2_b failed 2/3']);
    await stop();
    expect(await resume(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
    expect(await journal()).toEqual(['1_a applied 1/1', '2_b failed 2/3', '2_b applied 3/3']);
  }
});

test('an attempt whose row was refused before its transaction began is not kept either', async () => {
  const compiled = await compile({
    '1_a.sql': 'create table a (x int)',
    '2_b.sql': 'create table b (x int)',
  });
  let found = 0;
  // As a cancel that meets the first word of it: nothing of the text is run, and no transaction is left to fail.
  const toServer = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    const begins = 'BEGIN READ WRITE; SET LOCAL synchronous_commit = off';
    for (let at = copy.indexOf(begins); at >= 0; at = copy.indexOf(begins, at + 1))
      if (++found > 1) copy.write('BEGIN READ WROTE', at);
    return copy;
  };
  const report = await withProxy(database.url, { toServer, toClient: (bytes: Buffer) => bytes }, (url) =>
    up(compiled, settingsFor(url)),
  );
  // Sent behind the first one, and once more by itself.
  expect(found).toBe(3);
  expect(report).toMatchObject({
    status: 'failed',
    applied: [{ version: '1_a' }],
    failed: { version: '2_b', outcome: 'rolled-back', error: { code: 'journal-failed' } },
  });
  expect(await database.query(`select to_regclass('b') is null as gone`)).toEqual([{ gone: true }]);
  expect(await up(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
  expect(await journal()).toEqual(['1_a applied 1/1', '2_b applied 1/1']);
});

test('a file whose own BEGIN was not run is not applied, though its COMMIT is answered, and nothing after it is run', async () => {
  const compiled = await compile({
    '1_a.sql': 'create table a (x int)',
    '2_b.sql': 'select 1; create table b (x int)',
    '3_c.sql': 'create table c (x int)',
  });
  let found = 0;
  // As a cancel that meets the first word of it. Outside a transaction COMMIT is no error.
  const toServer = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    const begins = '; SET LOCAL lock_timeout';
    for (let at = copy.indexOf(begins); at >= 0; at = copy.indexOf(begins, at + 1))
      if (++found === 2) copy.write('BEGUN', copy.lastIndexOf('BEGIN', at));
    return copy;
  };
  const report = await withProxy(database.url, { toServer, toClient: (bytes: Buffer) => bytes }, (url) =>
    up(compiled, settingsFor(url)),
  );
  expect(report).toMatchObject({
    status: 'failed',
    applied: [{ version: '1_a' }],
    failed: { version: '2_b', outcome: 'rolled-back', error: { sqlstate: '42601' } },
    notRun: ['3_c'],
  });
  expect(await database.query(`select to_regclass('b') as b, to_regclass('c') as c`)).toEqual([
    { b: null, c: null },
  ]);
  expect(await up(compiled, settingsFor(database.url))).toMatchObject({
    status: 'applied',
    alreadyApplied: 1,
  });
  expect(await journal()).toEqual([
    '1_a applied 1/1',
    '2_b failed 1/2',
    '2_b applied 2/2',
    '3_c applied 1/1',
  ]);
});
