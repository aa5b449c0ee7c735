import { expect } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import {
  type Bench,
  engineCase,
  expectRefusal,
  fileCase,
  journalOf,
  ledgerOf,
  tablesOf,
} from '../support/cases.ts';
import { withProxy } from '../support/meddler.ts';
import { compile, settingsFor } from '../support/migrations.ts';

const OFF = '-- registry-jobs: transaction off\n';

engineCase('T1', async (bench) => {
  bench.write({
    '001_a.sql': `create table a (x int); create table b (x int); ${bench.dialect.fails}`,
  });
  expect((await bench.run('up')).code).toBe(1);
  expect(await tablesOf(bench)).toEqual([]);
  expect(await ledgerOf(bench)).toEqual([]);
  expect(await journalOf(bench)).toEqual(['failed 001_a 2/3']);
  bench.write({ '001_a.sql': 'create table a as select 1 as x; create table b as select 1 as x' });
  await bench.up();
  // Only Postgres tells of a row which transaction wrote it.
  if (bench.dialect.dialect.name !== 'postgres') return;
  expect(
    await bench.query(`select a.xmin = b.xmin and a.xmin = l.xmin and a.xmin = j.xmin as is_one
      from a, b, schema_migrations l, schema_migrations_journal j where j.status = 'applied'`),
  ).toEqual([{ is_one: true }]);
});

engineCase('T2', async (bench) => {
  bench.write({
    '001_a.sql': `-- why\n${OFF}create table a as select 1 as x; create table b as select 1 as x`,
  });
  await bench.up();
  expect(await bench.query('select a.xmin = b.xmin as is_one from a, b')).toEqual([{ is_one: false }]);
  expect(await ledgerOf(bench)).toEqual(['001_a']);
});

engineCase('T3', async (bench) => {
  bench.write({
    '001_a.sql': `create table a as select 1 as x, '\n${OFF}' as y;\ndo $$\n${OFF}begin end $$;\n/*\n${OFF}*/\ncreate table b as select 1 as x`,
  });
  await bench.up();
  expect(await bench.query('select a.xmin = b.xmin as is_one from a, b')).toEqual([{ is_one: true }]);
});

fileCase('T4', async (bench) => {
  const control: [string, string][] = [
    ['COMMIT', 'commit'],
    ['COMMIT', 'end'],
    ['ROLLBACK', 'rollback'],
    ['ROLLBACK', 'abort'],
    ['COMMIT PREPARED', `commit prepared 'x'`],
  ];
  for (const [verb, sql] of control) {
    await expectRefusal(
      bench,
      { '1_a.sql': `select 1;\n\n  ${sql};\n` },
      {
        code: 'transaction-control',
        message: `${verb} is not allowed: each migration already runs in one transaction.`,
        at: 'migrations/1_a.sql:3:3',
        hint: 'Remove the statement; the file is committed as a whole, or not at all. To run without a transaction, begin the file with: -- registry-jobs: transaction off',
      },
    );
  }
});

engineCase('T5', async (bench) => {
  bench.write({
    '1_a.sql': `create table a (x int); savepoint s; insert into a values (1); rollback to s;
      savepoint t; insert into a values (2); release t`,
  });
  await bench.up();
  expect(await bench.query('select x from a')).toEqual([{ x: 2 }]);
});

const NOT_INSIDE: [string, string][] = [
  ['CREATE INDEX CONCURRENTLY', 'create index concurrently i on a (x)'],
  ['REINDEX CONCURRENTLY', 'reindex index concurrently i'],
  ['DROP INDEX CONCURRENTLY', 'drop index concurrently i'],
  ['VACUUM', 'vacuum (analyze) a'],
  ['ALTER SYSTEM', 'alter system reset work_mem'],
  ['CREATE DATABASE', 'create database "DB"'],
  ['DROP DATABASE', 'drop database "DB"'],
];

fileCase('T6', async (bench) => {
  for (const [name, sql] of NOT_INSIDE) {
    await expectRefusal(
      bench,
      { '1_a.sql': `select 1;\n${sql};\n` },
      {
        code: 'needs-no-transaction',
        message: `${name} cannot run inside a transaction, and each migration runs in one.`,
        at: 'migrations/1_a.sql:2:1',
        hint: 'Put it into a file of its own that begins with: -- registry-jobs: transaction off',
      },
    );
  }
});

engineCase('T7', async (bench) => {
  const statements = NOT_INSIDE.map(([, sql]) => sql.replace('DB', `${bench.database.name}_2`));
  bench.write({ '1_a.sql': `${OFF}create table a (x int);\n${statements.join(';\n')};\n` });
  expect(await bench.up()).toMatchObject({ applied: [{ statements: NOT_INSIDE.length + 1 }] });
  expect(await journalOf(bench)).toEqual(['applied 1_a 8/8']);
});

engineCase('T8', async (bench) => {
  await bench.query(`create table a (x int);
    create procedure p() language plpgsql as $$ begin insert into a values (1); commit; insert into a values (2); end $$`);
  bench.write({ '1_a.sql': 'select 1;\ncall p();' });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    failed: {
      error: {
        message: 'invalid transaction termination',
        sqlstate: '2D000',
        location: { file: 'migrations/1_a.sql', line: 2, column: 1 },
        hint: 'It ends the transaction that the file runs in. Put it into a file of its own that begins with: -- registry-jobs: transaction off',
      },
    },
  });
  expect(await bench.query('select x from a')).toEqual([]);
  bench.write({
    '1_a.sql': `${OFF}select 1;\ncall p();\ndo $$ begin insert into a values (3); commit; end $$`,
  });
  await bench.up();
  expect(await bench.query('select x from a')).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
});

engineCase('T9', async (bench) => {
  bench.write({
    '1_a.sql': `create materialized view v as select 1 as x; create unique index on v (x);
      refresh materialized view concurrently v`,
  });
  await bench.up();
});

engineCase('T10', async (bench) => {
  bench.write({
    '1_a.sql': `create type mood as enum ('ok')`,
    '2_b.sql': `alter type mood add value 'happy';\nselect 'happy'::mood;`,
  });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    applied: [{ version: '1_a' }],
    failed: {
      version: '2_b',
      error: {
        sqlstate: '55P04',
        location: { file: 'migrations/2_b.sql', line: 2, column: 8 },
        hint: 'A new enum value can be used only after the transaction that added it. Put its use into the next file.',
      },
    },
  });
  bench.write({ '2_b.sql': `alter type mood add value 'happy'`, '3_c.sql': `select 'happy'::mood` });
  await bench.up();
});

engineCase('T11', async (bench) => {
  bench.write({
    '1_a.sql': `create table a (id int primary key);
      create table b (a int references a deferrable initially deferred);
      insert into b values (1)`,
  });
  const { code, stdout } = await bench.run('up');
  expect(code).toBe(1);
  expect(stdout).toContain(
    'While committing migrations/1_a.sql: insert or update on table "b" violates foreign key constraint "b_a_fkey" (SQLSTATE 23503) [committing-failed]\nDETAIL: Key (a)=(1) is not present in table "a".\n',
  );
  expect(await tablesOf(bench)).toEqual([]);
  expect(await ledgerOf(bench)).toEqual([]);
  expect(await bench.query('select status, error from schema_migrations_journal')).toEqual([
    {
      status: 'failed',
      error:
        '1:1: While committing migrations/1_a.sql: insert or update on table "b" violates foreign key constraint "b_a_fkey" (SQLSTATE 23503)',
    },
  ]);
});

fileCase('T12', (bench) =>
  expectRefusal(
    bench,
    { '1_a.sql': `create table a (x int);\nprepare transaction 'x';` },
    {
      code: 'transaction-control',
      message: 'PREPARE is not allowed: each migration already runs in one transaction.',
      at: 'migrations/1_a.sql:2:1',
    },
  ),
);

/** Cuts the connection when the answer to the n-th COMMIT comes by, or when a text is on its way to the server. */
function cutAt(answer: number, text = 'nothing like it') {
  const COMMIT = Buffer.from('C\0\0\0\x0bCOMMIT\0', 'latin1');
  let commits = 0;
  let isDone = false;
  const once = (isTime: boolean, bytes: Buffer) => {
    if (!isTime || isDone) return bytes;
    isDone = true;
    return 'cut' as const;
  };
  return {
    toClient: (bytes: Buffer) => {
      for (let at = bytes.indexOf(COMMIT); at >= 0; at = bytes.indexOf(COMMIT, at + 1)) commits++;
      return once(commits >= answer, bytes);
    },
    toServer: (bytes: Buffer) => once(bytes.includes(text), bytes),
  };
}

engineCase('T13', async (bench) => {
  const compiled = await compile({
    '1_a.sql': 'create table a (x int)',
    '2_b.sql': 'create table b (x int)',
  });
  // The tables of ours are committed first, then the record of the files, then the row in the journal, then the file.
  const report = await withProxy(bench.database.url, cutAt(4), (url) => up(compiled, settingsFor(url)));
  expect(report).toMatchObject({
    applied: [{ version: '1_a', attempts: 1 }],
    // The lost session takes the next file with it, whether the server had begun it or not, and says so.
    failed: { version: '2_b', error: { code: expect.stringMatching(/^(?:session|connection)-lost$/) } },
    notRun: [],
  });
  expect(await tablesOf(bench)).toEqual(['a']);
  expect(await ledgerOf(bench)).toEqual(['1_a']);
  expect(await up(compiled, bench.settings)).toMatchObject({
    status: 'applied',
    applied: [{ version: '2_b' }],
  });
});

engineCase('T14', async (bench) => {
  const compiled = await compile({ '1_a.sql': 'create table lost_on_the_way (x int)' });
  const report = await withProxy(bench.database.url, cutAt(Infinity, 'lost_on_the_way'), (url) =>
    up(compiled, settingsFor(url)),
  );
  expect(report).toMatchObject({
    status: 'failed',
    applied: [],
    failed: { error: { code: 'connection-lost' } },
  });
  expect(renderMigrationReport(report)).toContain('State: nothing was applied.');
  expect(await tablesOf(bench)).toEqual([]);
  expect(await up(compiled, bench.settings)).toMatchObject({ status: 'applied' });
});

engineCase('T15', async (bench) => {
  bench.write({
    '1_a.sql': `${OFF}create table a (x int);\ninsert into a values (1);\ninsert into a values (1/0);\ninsert into a values (3);`,
    '2_b.sql': 'create table b (x int)',
  });
  const { code, stdout } = await bench.run('up');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /migrations\/1_a\.sql:4:1: division by zero \(SQLSTATE 22012\) \[statement-failed\][\s\S]*\nState: its first 2 statements stay done; 1 migration after it was not run\.\nGo on with: registry-jobs resume\n$/,
  );
  expect(await journalOf(bench)).toEqual(['failed 1_a 2/4']);
  expect(await bench.json('status')).toMatchObject({ entries: [{ version: '1_a', state: 'half-done' }, {}] });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    error: {
      code: 'half-done',
      message: 'migrations/1_a.sql runs without a transaction and stopped after statement 2 of 4.',
    },
  });
  bench.write({
    '1_a.sql': `${OFF}create table a (x int);\ninsert into a values (1);\ninsert into a values (2);\ninsert into a values (3);`,
  });
  expect(await bench.json('resume')).toMatchObject({ code: 0, applied: [{ version: '1_a' }] });
  expect(await bench.query('select x from a')).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
  expect(await bench.up()).toMatchObject({ applied: [{ version: '2_b' }] });
});

const INDEX = `select indisvalid, pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = 'a'::regclass`;
const VALID = [{ indisvalid: true, definition: 'CREATE UNIQUE INDEX i ON public.a USING btree (x)' }];
const twoOfOne = (bench: Bench) =>
  bench.query('create table a (id int, x int); insert into a values (1, 1), (2, 1)');

engineCase('T16', async (bench) => {
  await twoOfOne(bench);
  bench.write({ '1_a.sql': `${OFF}create table b (x int);\ncreate unique index concurrently i on a (x);` });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    failed: { done: 1, error: { sqlstate: '23505', location: { line: 3, column: 1 } } },
  });
  expect(await bench.query(INDEX)).toMatchObject([{ indisvalid: false }]);
  expect(await journalOf(bench)).toEqual(['failed 1_a 1/2']);
  expect(await bench.json('verify')).toMatchObject({
    code: 1,
    problems: [{ code: 'half-done' }, { code: 'invalid-index' }],
  });
  // Still in the way: the second attempt fails as the first did.
  expect((await bench.run('resume')).code).toBe(1);
  await bench.query('delete from a where id = 2');
  expect(await bench.json('resume')).toMatchObject({ code: 0, status: 'applied' });
  expect(await bench.query(INDEX)).toEqual(VALID);
  expect(await bench.json('verify')).toMatchObject({ code: 0, status: 'ok' });
});

engineCase('T17', async (bench) => {
  await twoOfOne(bench);
  await bench.query('create unique index concurrently i on a (x)').catch(() => {});
  expect(await bench.query(INDEX)).toMatchObject([{ indisvalid: false }]);
  bench.write({ '1_a.sql': `${OFF}create unique index concurrently if not exists i on public.a (x);` });
  expect(await bench.json('up')).toMatchObject({ code: 1, failed: { error: { sqlstate: '23505' } } });
  expect(await ledgerOf(bench)).toEqual([]);
  await bench.query('delete from a where id = 2');
  expect((await bench.run('resume')).code).toBe(0);
  expect(await bench.query(INDEX)).toEqual(VALID);
  expect(await ledgerOf(bench)).toEqual(['1_a']);
});

engineCase('T18', async (bench) => {
  await bench.query('create table a (x int, s text, c bool); insert into a values (1), (2), (2)');
  const unique = 'create unique index concurrently on a (x, lower(s)) include (c) where c is null';
  bench.write({ '1_a.sql': `${unique};` });
  expect(await bench.json('up')).toMatchObject({ code: 0 });
  const names = `select indexrelid::regclass::text as name, indisvalid as valid from pg_index order by 1`;
  const own = names.replace('order', `where indrelid = 'a'::regclass order`);
  expect(await bench.query(own)).toEqual([{ name: 'a_x_lower_c_idx', valid: true }]);
  bench.write({ '2_b.sql': `${OFF}select 1;\ncreate unique index concurrently on a (x);\nselect 2;` });
  expect(await bench.json('up')).toMatchObject({
    code: 1,
    failed: { done: 1, error: { sqlstate: '23505', location: { line: 3, column: 1 } } },
  });
  expect(await bench.query(own)).toContainEqual({ name: 'a_x_idx', valid: false });
  // Still in the way: the second attempt fails as the first did, and leaves no second one.
  expect((await bench.run('resume')).code).toBe(1);
  await bench.query('delete from a where x = 2');
  expect(await bench.json('resume')).toMatchObject({ code: 0, status: 'applied' });
  expect(await bench.query(own)).toEqual([
    { name: 'a_x_idx', valid: true },
    { name: 'a_x_lower_c_idx', valid: true },
  ]);
  expect(await bench.json('verify')).toMatchObject({ code: 0, status: 'ok' });
});

engineCase('T19', async (bench) => {
  bench.write({ '1_a.sql': `${OFF}create table a (x int);\n${bench.dialect.fails};` });
  await bench.run('up');
  bench.write({ '1_a.sql': `${OFF}create table a (x bigint);\nselect 1;` });
  expect(await bench.json('resume')).toMatchObject({
    code: 1,
    error: {
      code: 'cannot-resume',
      message: 'migrations/1_a.sql was changed in its first statement, which is done.',
    },
  });
  expect(await bench.json('force', '1', '--yes')).toMatchObject({ code: 0, status: 'changed' });
  expect(await bench.json('up')).toMatchObject({ code: 0, status: 'nothing-to-do' });
});

fileCase('T20', async (bench) => {
  const forms: [string, string, string?][] = [
    ['alter table t detach partition p concurrently', 'DETACH PARTITION ... CONCURRENTLY'],
    ['cluster', 'CLUSTER of all tables'],
    ['reindex schema s', 'REINDEX SCHEMA'],
    ['reindex database d', 'REINDEX DATABASE'],
    ['reindex system d', 'REINDEX SYSTEM'],
    ['alter database d set tablespace s', 'ALTER DATABASE ... SET TABLESPACE'],
    ['drop database d', 'DROP DATABASE'],
    ['drop subscription if exists s', 'DROP SUBSCRIPTION'],
    ["create subscription s connection 'dbname=d' publication p", 'CREATE SUBSCRIPTION'],
    ['alter subscription s refresh publication', 'ALTER SUBSCRIPTION ... REFRESH PUBLICATION'],
    ['alter subscription s set publication p', 'ALTER SUBSCRIPTION with refresh'],
    [
      'discard all',
      'DISCARD ALL',
      'Write what is needed of it, such as RESET ALL. With -- registry-jobs: transaction off it would release the migration lock, and the run would stop.',
    ],
  ];
  for (const [sql, name, hint] of forms) {
    await expectRefusal(
      bench,
      { '1_a.sql': `select 1;\n ${sql};` },
      {
        code: 'needs-no-transaction',
        message: `${name} cannot run inside a transaction, and each migration runs in one.`,
        at: 'migrations/1_a.sql:2:2',
        hint: hint ?? 'Put it into a file of its own that begins with: -- registry-jobs: transaction off',
      },
    );
  }
});

engineCase('T21', async (bench) => {
  const create = `create subscription ${bench.database.name} connection 'host=127.0.0.1 port=1' publication p`;
  bench.write({
    '1_a.sql': `${create} with (connect = false);`,
    '2_b.sql': `alter subscription ${bench.database.name} set (slot_name = NONE); drop subscription ${bench.database.name};`,
    '3_c.sql': `${create} with (create_slot = off, connect = 0, slot_name = none); drop subscription ${bench.database.name}`,
  });
  expect(await bench.up()).toMatchObject({
    applied: [{ statements: 1 }, { statements: 2 }, { statements: 2 }],
  });
  expect(
    await bench.query(
      'select subname from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())',
    ),
  ).toEqual([]);
});
