import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { createSqliteBench } from '../support/sqlite-bench.ts';

const TABLES = {
  '1_a.up.sql': `create table parent (id text primary key);
create table child (id integer primary key, parent text references parent (id) on delete cascade);`,
  '1_a.down.sql': 'drop table child; drop table parent;',
  '2_b.up.sql': 'alter table parent add column more text;',
};
/** As the operator registry takes its columns away. */
const REBUILD =
  'create table new (id text primary key); insert into new select id from parent; drop table parent; alter table new rename to parent;';

const prove = async (bench: ReturnType<typeof createSqliteBench>, ...args: string[]) =>
  (await bench.json('prove', ...args)) as unknown as ProveReport & { code: number };

test('a pair that loses rows on real data is told with the table and the rows, and the file is not written', async () => {
  const bench = createSqliteBench({ ...TABLES, '2_b.down.sql': REBUILD });
  await bench.json('up');
  bench.query(
    "insert into parent values ('p', 'm'), ('q', null); insert into child values (1, 'p'), (2, 'q');",
  );
  const before = readFileSync(bench.file);
  const report = await prove(bench);
  expect(report).toMatchObject({ code: 1, status: 'findings', server: { product: 'SQLite' } });
  expect(report.files.map(({ version, checks }) => [version, checks.down, checks['up-again']])).toEqual([
    ['1', 'ok', 'failed'],
    ['2', 'ok', 'failed'],
  ]);
  expect(report.files[1]?.findings).toMatchObject([
    {
      code: 'up-again-differs',
      differences: [
        { kind: 'rows', name: 'child', before: '2', after: '0' },
        { kind: 'rows', name: 'parent', property: 'more' },
      ],
      lost: ["child (1, 'p')", "child (2, 'q')", "parent ('p', 'm')"],
    },
  ]);
  const { stdout } = await bench.run('prove');
  expect(stdout).toContain('  child holds 0 rows, and not 2\n');
  expect(stdout).toContain("  lost: child (1, 'p')\n");
  expect(stdout).toMatch(/on a copy of \.\/shop\.db in\s+memory\s+\(SQLite 3/);
  expect(readFileSync(bench.file).equals(before)).toBe(true);
});

test('the same pair with foreign-keys off keeps the rows that name it', async () => {
  const bench = createSqliteBench({
    ...TABLES,
    '2_b.down.sql': `-- registry-jobs: foreign-keys off\n${REBUILD}`,
  });
  await bench.json('up');
  bench.query("insert into parent values ('p', null); insert into child values (1, 'p');");
  const report = await prove(bench);
  // What the first pair takes away is its own: nothing can bring the rows back.
  expect(report.files.map(({ checks }) => checks['up-again'])).toEqual(['failed', 'ok']);
  expect(report.files[0]?.findings).toMatchObject([{ lost: ["child (1, 'p')", "parent ('p')"] }]);
});

test('numbers larger than those of JavaScript are compared, and told to the last digit', async () => {
  const bench = createSqliteBench({
    '1_a.sql':
      'create table if not exists a (x int, y int);\ninsert into a select 9007199254740993, 1 where not exists (select 1 from a);\nupdate a set x = x + 2, y = y + 1;',
  });
  const report = await prove(bench);
  const { findings } = report.files[0] ?? { findings: [] };
  expect(findings[0]).toMatchObject({
    code: 'rerun-damages',
    differences: [{ kind: 'rows', name: 'a', property: 'x, y' }],
    lost: ['a (9007199254740995, 2)'],
  });
  expect(await prove(bench, '--no-values')).toMatchObject({ code: 1, status: 'findings' });
});

test('a row of a large number whose key leads nowhere is told by that number', async () => {
  const bench = createSqliteBench({
    '1_a.sql':
      '-- registry-jobs: foreign-keys off\ncreate table p (id text primary key);\ncreate table c (id integer primary key, p text references p);\ninsert into c values (9007199254740993, $$q$$);'.replaceAll(
        '$$',
        "'",
      ),
  });
  const report = await bench.json('up');
  expect(report.code).toBe(1);
  expect(JSON.stringify(report)).toContain("c row 9007199254740993 (p = 'q') names no row of p");
});

test('what a file says is meant is accepted, and no fault any more', async () => {
  const bench = createSqliteBench({ '1_a.up.sql': 'create table a (x int)', '1_a.down.sql': 'drop table a' });
  await bench.json('up');
  bench.query('insert into a values (1)');
  expect(await prove(bench)).toMatchObject({ code: 1, files: [{ findings: [{ lost: ['a (1)'] }] }] });
  const meant = '-- registry-jobs: accept up-again-differs because its rows are its own\n';
  bench.write({ '1_a.down.sql': `${meant}drop table a` });
  expect(await prove(bench)).toMatchObject({
    code: 0,
    status: 'proved',
    files: [{ findings: [{ accepted: 'its rows are its own' }] }],
  });
});

test('what is for a server is refused, and values of rows are left out where that is asked for', async () => {
  const bench = createSqliteBench({ '1_a.up.sql': 'create table a (x int)', '1_a.down.sql': 'drop table a' });
  await bench.json('up');
  bench.query('insert into a values (1)');
  expect(await bench.run('prove', '--no-owner', '--no-privileges')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'error: ./shop.db is a SQLite database, which has no owners and no privileges: --no-owner and --no-privileges are for Postgres. [not-for-sqlite]',
    ),
  });
  const bare = await prove(bench, '--no-values');
  expect(bare.files[0]?.findings).toMatchObject([{ differences: [{ name: 'a', before: '1', after: '0' }] }]);
  expect(JSON.stringify(bare)).not.toContain('a (1)');
});

test('a view of what is not there is found by lint, where it is made', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql':
      'create table a (x int);\ncreate view v as select y from a;\ncreate view w as select x from a;',
  });
  const { findings } = (await bench.json('lint')) as unknown as {
    findings: { message: string; location: { line: number } }[];
  };
  expect(findings).toMatchObject([
    { message: 'Whoever reads view v after all files is told: no such column: y.', location: { line: 2 } },
  ]);
});

test('without a database the files run from nothing, and what is sound is proved', async () => {
  const bench = createSqliteBench({
    ...TABLES,
    '2_b.down.sql': 'alter table parent drop column more;',
    '3_c.sql': 'create table if not exists c (x int primary key);\ninsert or ignore into c values (1);',
  });
  const report = await prove(bench);
  expect(report).toMatchObject({
    code: 0,
    status: 'proved',
    findings: [],
    set: { again: 'ok', chain: 'not-asked' },
  });
  expect(report.files.map(({ checks }) => Object.values(checks).join())).toEqual([
    'ok,not-asked,not-asked,not-asked,ok,ok',
    'ok,not-asked,not-asked,not-asked,ok,ok',
    'ok,ok,ok,ok,not-asked,not-asked',
  ]);
  expect(report.files[2]?.stops).toEqual({ tried: 1, failed: 0 });
  const chain = createSqliteBench({ ...TABLES, '2_b.down.sql': 'alter table parent drop column more;' });
  expect(await prove(chain)).toMatchObject({ status: 'proved', set: { chain: 'ok' } });
});

test('what does harm when it is run again or stopped is found, each by its name', async () => {
  const bench = createSqliteBench({
    '1_a.sql': 'create table if not exists a (x int);\ninsert into a values (1);',
    '2_b.sql': 'create table b (x int);\ncreate table if not exists bb (x int);',
    '3_c.sql': 'drop table if exists a;\ncreate table if not exists a (x int, y int);',
    '4_d.up.sql': 'create table d (x int);',
    '4_d.down.sql': 'drop table d; drop table nothere;',
    '5_e.up.sql': 'insert into nothere values (1);',
  });
  const { files, status } = await prove(bench);
  expect(status).toBe('findings');
  expect(files.map(({ findings }) => findings.map(({ code }) => code))).toEqual(
    [
      ['rerun-damages', 'stop-damages'],
      ['rerun-fails', 'stuck-half-way'],
      [],
      ['down-fails'],
      ['once-fails'],
    ].map((codes, at) => (at === 0 ? ['rerun-damages'] : codes)),
  );
});

test('lint goes through the folder in memory: rows that would go along, files that cannot run twice, names nobody makes', async () => {
  const bench = createSqliteBench({
    ...TABLES,
    '2_b.down.sql': REBUILD,
    '3_c.sql': 'create table c (x int);\ninsert into c values (1);\nalter table c add column y int;',
    '4_d.up.sql': 'create index i on nothere (x);',
  });
  const report = await bench.json('lint');
  expect(report).toMatchObject({ code: 0, status: 'warnings' });
  const found = report.findings as {
    code: string;
    location: { file: string; line: number; column: number };
  }[];
  expect(
    found.map(({ code, location }) => `${code} ${location.file}:${location.line}:${location.column}`),
  ).toEqual([
    'drop-deletes migrations/2_b.down.sql:1:80',
    'not-idempotent migrations/3_c.sql:1:1',
    'not-idempotent migrations/3_c.sql:2:1',
    'not-idempotent migrations/3_c.sql:3:1',
    'name-not-made migrations/4_d.up.sql:1:19',
  ]);
  bench.write({
    '2_b.down.sql': `-- registry-jobs: foreign-keys off\n${REBUILD}`,
    '5_e.up.sql': 'select 1 fom x y',
  });
  const again = (await bench.json('lint')) as unknown as { code: number; findings: { code: string }[] };
  expect(again.code).toBe(1);
  expect(again.findings.map(({ code }) => code)).toEqual([
    'not-idempotent',
    'not-idempotent',
    'not-idempotent',
    'syntax-error',
  ]);
});
