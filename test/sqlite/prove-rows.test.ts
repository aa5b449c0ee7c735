import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { prove as proveFromCode } from '../../lib/api.ts';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { writeFiles } from '../support/cli.ts';
import { createSqliteBench, type SqliteBench } from '../support/sqlite-bench.ts';

const FILES = {
  '1_t.sql': 'create table if not exists t (id integer primary key, n int);',
  '2_n.sql': 'update t set n = n + 1;',
};

const prove = async (bench: SqliteBench, ...args: string[]) =>
  (await bench.json('prove', ...args)) as unknown as ProveReport & { code: number };

const codesOf = ({ files }: ProveReport) =>
  files.flatMap(({ version, findings, notes }) =>
    [...findings, ...notes].map(({ code, location }) => `${version} ${code} ${location?.file}`),
  );

test('a statement without a row is noted, and rows that are brought along find what it does to them', async () => {
  const bench = createSqliteBench(FILES);
  const bare = await prove(bench, '--complete');
  expect(bare).toMatchObject({ code: 3, status: 'proved' });
  expect(codesOf(bare)).toEqual(['2_n no-rows migrations/2_n.sql']);
  expect((await bench.run('prove')).stdout).toContain(
    'Note: migrations/2_n.sql: The statement at line 1 had no row to work on, so\n  nothing is shown of what it does to one.',
  );
  writeFiles(bench.folder, {
    'rows/001_rows.sql': 'insert into t values (1, 1), (2, 2);',
    'more.sql': 'insert into t values (3, 1);',
  });
  for (const rows of [
    ['--fixtures', 'rows'],
    ['2', '--data', 'more.sql'],
  ]) {
    const report = await prove(bench, ...rows);
    expect(report.code).toBe(1);
    const found = report.files.find(({ version }) => version === '2_n')?.findings[0];
    expect(found).toMatchObject({ code: 'rerun-damages', differences: [{ name: 't', property: 'n' }] });
  }
  // The database is not written.
  expect(bench.query('select count(*) as n from sqlite_master')).toEqual([{ n: 0 }]);
});

test('rows are tried on what is applied as well, and those of a folder only after what is run', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': 'create table a (x int, y text);',
    '1_a.down.sql': '-- registry-jobs: accept up-again-differs because its rows are its own\ndrop table a;',
    '2_b.up.sql': 'alter table a add column z int;',
    '2_b.down.sql':
      'create table b (x int, y text); insert into b select x, null from a; drop table a; alter table b rename to a;',
  });
  await bench.json('up');
  expect((await prove(bench)).files[1]?.findings).toEqual([]);
  writeFiles(bench.folder, { 'rows.sql': "insert into a values (1, 'kept', 2);", 'rows/1.sql': 'select 1;' });
  const lost = (await prove(bench, '--data', 'rows.sql')).files[1]?.findings;
  expect(lost).toMatchObject([{ code: 'up-again-differs', lost: ["a (1, 'kept', 2)"] }]);
  const report = await prove(bench, '--fixtures', 'rows', '--complete');
  expect(codesOf(report)).toEqual(['1 rows-not-loaded undefined']);
  expect(report.code).toBe(3);
});

test('rows that cannot be loaded are told with their place, and what is no SQL of SQLite as such', async () => {
  const bench = createSqliteBench(FILES);
  const told = async (sql: string, ...args: string[]) => {
    writeFileSync(path.join(bench.folder, 'rows.sql'), sql);
    const { code, stderr } = await bench.run('prove', '2', '--data', 'rows.sql', ...args);
    return `${code} ${stderr.slice(stderr.indexOf('error: '))}`;
  };
  expect(await told('insert into t values (1, 1);\ninsert into u values (1);')).toMatch(
    /^1 error: rows\.sql:2:13: no such table: u \[rows-failed\]\n2 \| insert into u values \(1\);\n {2}\| {13}\^\nWhat to do: rows\.sql was loaded before\s+migrations\/2_n\.sql\. Rows that need/,
  );
  expect(await told("-- registry-jobs: transaction off\nattach 'x.db' as x;")).toMatch(
    /^1 error: rows\.sql:2:1: It is not run: ATTACH reaches other files\. \[rows-failed\]/,
  );
  expect(await told('insert into t values (1);;\nselct 1;')).toMatch(/rows\.sql:2:1: near "selct"/);
  expect(
    await told('insert into t select generate_series from generate_series(1, 2) where true::bool;'),
  ).toMatch(
    /Postgres\s+takes\s+this\s+file,\s+and\s+\.\/shop\.db\s+is\s+a\s+SQLite\s+database\. \[wrong-dialect\]/,
  );
});

test('of a table above --rows-up-to the pages are compared, and what is not the same is not shown', async () => {
  const rows =
    'with recursive i(n) as (select 1 union all select n + 1 from i where n < 3000) insert into big select n, hex(randomblob(30)) from i;';
  const bench = createSqliteBench({
    '1_big.up.sql': 'create table big (id integer primary key, t text); create table other (x int);',
    '1_big.down.sql': 'drop table other; drop table big;',
    '2_other.sql': 'insert into other values (1);',
    '3_big.sql': "update big set t = t || '!' where id = 1;",
  });
  writeFiles(bench.folder, { 'rows/1.sql': rows });
  const checked = async (...args: string[]) => {
    const report = await prove(bench, '--fixtures', 'rows', '--check', 'twice,late', ...args);
    return report.files.map(({ checks, notes }) => [
      checks.twice,
      checks.late,
      ...notes.map(({ message }) => message),
    ]);
  };
  const [, other, big] = await checked('--rows-up-to', '64kB');
  expect(other).toEqual(['failed', 'failed']);
  expect(big).toEqual([
    'not-shown',
    'not-shown',
    expect.stringMatching(
      /^It writes to big \(2\d\d kB\), whose rows were not compared: --rows-up-to 1MB does that\.$/,
    ),
  ]);
  expect((await checked('--rows-up-to', '1MB'))[2]).toEqual(['failed', 'failed']);
  expect((await checked())[2]).toEqual(['failed', 'failed']);
});

test('--catalog writes down what the files make, the same each time, and no deploy for a server takes it', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql':
      'create table a (x int not null default 1, y text primary key) strict;\ncreate index ay on a (y);',
    '1_a.down.sql': 'drop table a;',
    '2_v.sql': 'create view if not exists v as select y from a;',
  });
  await bench.json('up');
  bench.query('create table byhand (x)');
  const { stdout } = await bench.run('prove', '--catalog');
  expect(stdout).toContain('What they make is in migrations/catalog.json.');
  const file = path.join(bench.folder, 'migrations/catalog.json');
  const text = readFileSync(file, 'utf8');
  const catalog = JSON.parse(text);
  expect(catalog).toMatchObject({ format: 1, product: 'SQLite', role: '' });
  expect(catalog.files.map(({ version }: { version: string }) => version)).toEqual(['1', '2_v']);
  expect(catalog.objects.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual([
    'column x',
    'column y',
    'index ay',
    'table a',
    'view v',
  ]);
  expect(text).toContain(
    '{"kind":"column","name":"x","of":"table a","properties":{"position":"1","type":"INT","not null":"true","default":"1"',
  );
  await bench.run('prove', '--on', 'sqlite:./shop.db', '--catalog', 'again.json');
  expect(readFileSync(path.join(bench.folder, 'again.json'), 'utf8')).toBe(text);
  bench.write({ '3_w.sql': 'create view w as select 1 from nothere; select * from w;' });
  expect((await bench.run('prove', '--catalog')).stdout).toContain(
    'No catalog was written: not all files run.',
  );
  const { parseCatalog } = await import('../../lib/plan/expected-catalog.ts');
  expect(() => parseCatalog(text, 'catalog.json', 'registry-jobs prove --catalog')).toThrow(
    'catalog.json is of a SQLite database, and a server of Postgres is compared.',
  );
});

test('the database is named by --database-url too, one of a server is refused, and code names it as `on`', async () => {
  const bench = createSqliteBench(FILES);
  const { stdout } = await bench.run('prove', '--database-url', 'sqlite:./other.db');
  expect(stdout).toMatch(/since\s+there\s+is\s+no\s+\.\/other\.db/);
  expect((await bench.run('prove', '--database-url', 'postgres://localhost/shop')).stderr).toMatch(
    /^error: The database of --database-url is no SQLite file, and of a server prove wants\s+copies/,
  );
  expect((await bench.run('prove', '--on', 'postgres://localhost/shop', '--catalog')).stderr).toContain(
    '--catalog cannot stand beside --on. [invalid-settings]',
  );
  const folder = path.join(bench.folder, 'migrations');
  const report = await proveFromCode({ folder, on: `sqlite:${bench.file}`, checks: ['twice'] });
  expect(report).toMatchObject({ status: 'shown', server: { product: 'SQLite' } });
});

test('a file without a byte is an empty database', async () => {
  const bench = createSqliteBench(FILES);
  writeFileSync(bench.file, '');
  expect(await prove(bench)).toMatchObject({ code: 0, status: 'proved' });
});
