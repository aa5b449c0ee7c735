import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Proof } from '../../lib/plan/proof.ts';
import type { ProveReport } from '../../lib/reports/prove.ts';
import { createSqliteBench, type SqliteBench } from '../support/sqlite-bench.ts';

/** Two pairs and two plain files, the last of which changes what the first plain one made. */
const FILES = {
  '1_a.up.sql': 'create table a (x int);',
  '1_a.down.sql': 'drop table a;',
  '2_b.up.sql': 'alter table a add column y text;',
  '2_b.down.sql': 'alter table a drop column y;',
  '3_c.sql': 'create table if not exists c (x int primary key);\ninsert or ignore into c values (1);',
  '4_d.sql': 'create table if not exists d (x int);\ndelete from c;',
};

const prove = async (bench: SqliteBench, ...args: string[]) =>
  (await bench.json('prove', ...args)) as unknown as ProveReport & { code: number };
/** What was shown, in the order of the matrix. */
const shown = ({ files }: ProveReport) =>
  files.map(({ version, checks }) => `${version} ${Object.values(checks).join()}`);

test('--check leaves the other checks out, and says so', async () => {
  const bench = createSqliteBench(FILES);
  const report = await prove(bench, '--check', 'down,twice');
  expect(report).toMatchObject({
    code: 0,
    status: 'shown',
    scope: { judged: 4, of: 4, onlyApplied: 0, leftOut: ['stopped', 'late', 'set'] },
    set: { again: 'not-asked', chain: 'not-asked' },
  });
  expect(shown(report)).toEqual([
    '1 ok,not-asked,not-asked,not-asked,ok,ok',
    '2 ok,not-asked,not-asked,not-asked,ok,ok',
    '3_c ok,ok,not-asked,not-asked,not-asked,not-asked',
    '4_d ok,ok,not-asked,not-asked,not-asked,not-asked',
  ]);
  expect(await prove(bench, '--check', 'twice', '--complete')).toMatchObject({ code: 3 });
  // What was left out would have found something.
  const late = await prove(bench, '--check', 'late');
  expect(late.files.flatMap(({ findings }) => findings)).toMatchObject([
    { code: 'overwrites-successor', location: { file: 'migrations/3_c.sql' } },
  ]);
  expect(late).toMatchObject({ code: 1, scope: { leftOut: ['twice', 'stopped', 'down', 'set'] } });
});

test('--from and names judge some files, and apply the others without a trial', async () => {
  const bench = createSqliteBench(FILES);
  const from = await prove(bench, '--from', '3');
  expect(from.scope).toEqual({ judged: 2, of: 4, onlyApplied: 2, leftOut: ['set'] });
  expect(from.files.map(({ version }) => version)).toEqual(['3_c', '4_d']);
  // It is run late on what all files leave.
  const one = await prove(bench, 'migrations/3_c.sql');
  expect(shown(one)).toEqual(['3_c ok,ok,ok,failed,not-asked,not-asked']);
  expect(one.scope).toMatchObject({ judged: 1, onlyApplied: 3 });
  expect(await prove(bench, '2_b.down.sql', '--stops', 'none')).toMatchObject({
    files: [{ version: '2' }],
    scope: { leftOut: ['stopped', 'set'] },
  });
  const { stdout } = await bench.run('prove', '--from', '4_d.sql');
  expect(stdout).toContain('3 other files were applied without a trial.\n');
  expect(stdout).toContain('Nothing was found in 1 of 4 files: ');
  expect(await bench.run('prove', '--from', '5')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no migration 5 in migrations.'),
  });
  expect(existsSync(bench.file)).toBe(false);
});

test('a file that is not judged and does not run is told, and what comes after it is not shown', async () => {
  const bench = createSqliteBench({ ...FILES, '2_b.up.sql': 'alter table nothere add column y text;' });
  const report = await prove(bench, '--from', '3');
  expect(shown(report)).toEqual([
    '2 failed,not-asked,not-asked,not-asked,not-asked,not-asked',
    '3_c not-shown,not-shown,not-shown,not-shown,not-shown,not-shown',
    '4_d not-shown,not-shown,not-shown,not-shown,not-shown,not-shown',
  ]);
  expect(report).toMatchObject({ code: 1, status: 'findings' });
});

test('of what is applied there only the judged pairs are tried, and newer ones undone without a trial', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': 'create table a (x int);',
    '1_a.down.sql': 'drop table a;',
    '2_b.up.sql': 'create table b (x int);',
    '2_b.down.sql': 'drop table b;',
    '3_c.up.sql': 'create table c (x int);',
    '3_c.down.sql': 'drop table c;',
    '4_d.up.sql': 'create table d (x int);',
    '4_d.down.sql': 'drop table d;',
  });
  await bench.json('up', '--to', '3');
  bench.query('insert into b values (1); insert into c values (1);');
  const two = await prove(bench, '2');
  expect(shown(two)).toEqual(['2 not-asked,not-asked,not-asked,not-asked,ok,failed']);
  expect(two.files[0]?.findings).toMatchObject([{ code: 'up-again-differs', lost: ['b (1)'] }]);
  expect(two.scope).toEqual({ judged: 1, of: 4, onlyApplied: 1, appliedBefore: 2, leftOut: ['set'] });
  const four = await prove(bench, '--from', '4');
  expect(four).toMatchObject({ code: 0, status: 'shown', scope: { judged: 1, appliedBefore: 3 } });
  // Without its way back a newer one stands in the way.
  rmSync(path.join(bench.folder, 'migrations/3_c.down.sql'));
  const blocked = await prove(bench, '2');
  expect(shown(blocked)).toEqual(['2 not-asked,not-asked,not-asked,not-asked,not-shown,not-shown']);
  expect(blocked.files[0]?.notes).toMatchObject([
    {
      message: 'It is not undone here: migrations/3_c.up.sql is applied and cannot be undone before it.',
    },
  ]);
});

test('--record proves all from an empty database, and up runs nothing else', async () => {
  const sound = { ...FILES, '4_d.sql': 'create table if not exists d (x int);' };
  const bench = createSqliteBench(sound);
  await bench.json('up', '--to', '1');
  bench.query('insert into a values (1);');
  const before = readFileSync(bench.file);
  const { stdout, code } = await bench.run('prove', '--record');
  expect(code).toBe(0);
  expect(stdout).toContain(
    'Recorded in migrations/proof.json. To run nothing else: registry-jobs up --require-proof\n',
  );
  // A row of the file would have made the first pair lose something: the file is not looked at.
  expect(stdout).toMatch(/on an empty\s+database\s+in\s+memory/);
  expect(readFileSync(bench.file).equals(before)).toBe(true);
  const proof = JSON.parse(readFileSync(path.join(bench.folder, 'migrations/proof.json'), 'utf8')) as Proof;
  expect(proof).toMatchObject({ format: 1, product: 'SQLite', serverVersion: expect.stringMatching(/^3\./) });
  expect(Object.keys(proof.files)).toEqual(['1', '2', '3_c', '4_d']);
  bench.write({ '4_d.sql': 'create table if not exists dd (x int);' });
  expect(await bench.json('up', '--require-proof')).toMatchObject({
    code: 1,
    error: { code: 'not-proved' },
  });
  bench.write({ '4_d.sql': sound['4_d.sql'] });
  expect(await bench.json('up', '--require-proof')).toMatchObject({ code: 0, status: 'applied' });
});

test('--record takes no half, and records none where something was found', async () => {
  const bench = createSqliteBench(FILES);
  for (const [args, told] of [
    [['--check', 'twice'], 'without --check.'],
    [['--from', '3'], 'without --from.'],
    [['3'], 'without names of files.'],
    [['--stops', '5'], 'without --stops.'],
    [['--on', 'sqlite:./shop.db'], 'without --on.'],
  ] as const) {
    const { code, stderr } = await bench.run('prove', ...args, '--record');
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
  }
  const { code, stdout } = await bench.run('prove', '--record');
  expect([code, stdout]).toEqual([1, expect.stringContaining('Nothing was recorded.\n')]);
  expect(existsSync(path.join(bench.folder, 'migrations/proof.json'))).toBe(false);
});

test('a file with more places to stop than are tried says so, and stops around what takes away', async () => {
  const creates = Array.from({ length: 9 }, (_, at) => `create table if not exists t${at} (x int);`);
  const bench = createSqliteBench({ '1_a.sql': [...creates, 'drop table if exists old;'].join('\n') });
  const report = await prove(bench, '--stops', '3');
  expect(report.files[0]).toMatchObject({
    stops: { tried: 3, failed: 0 },
    notes: [
      {
        code: 'sampled',
        message:
          'It was stopped after 3 of its 10 statements: those around what takes something away, and some of the others.',
      },
    ],
  });
  expect((await prove(bench, '--stops', '3', '--complete')).code).toBe(3);
  expect((await prove(bench, '--stops', 'all')).files[0]).toMatchObject({ stops: { tried: 9 }, notes: [] });
});

test('the page and the lines for GitHub name SQLite, and no number that only Postgres has', async () => {
  const bench = createSqliteBench({ '1_a.sql': 'create table a (x int);' });
  const { stdout } = await bench.run('prove', '--html', 'proof.html', '--format', 'github');
  expect(stdout).toContain('%0ASQLite says: table a already exists');
  expect(stdout).not.toMatch(/SQLSTATE|undefined/);
  const page = readFileSync(path.join(bench.folder, 'proof.html'), 'utf8');
  expect(page).toMatch(/on an empty database in memory, since there is no \.\/shop\.db \(SQLite 3\./);
  expect(page).toContain('SQLite says: table a already exists');
  expect(page).not.toMatch(/SQLSTATE|undefined|Postgres/);
});
