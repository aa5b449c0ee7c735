import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../lib/api.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { writeFiles } from '../support/cli.ts';
import { querySqlite } from '../support/sqlite-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Files = Readonly<Record<string, string>>;

const A: Files = {
  '001_a.sql': 'create table if not exists a (x int);',
  'R_v.sql': 'drop view if exists v; create view v as select 1 as x;',
};
const NEW_VIEW = { 'R_v.sql': 'drop view if exists v; create view v as select 2 as x;' };

/** A program of several versions, each with its own folder, and one database that it keeps. */
function program() {
  const home = temporaryFolder();
  const file = path.join(home, 'app.db');
  let number = 0;
  const run = (files: Files, olderBundle?: 'accept') => {
    const folder = path.join(home, `${number++}`);
    writeFiles(folder, files);
    return migrate({ folder, database: `sqlite:${file}`, ...(olderBundle && { olderBundle }) });
  };
  return {
    file,
    run,
    deploy: (files: Files) => run(files, 'accept'),
    query: (sql: string) => querySqlite(file, sql),
  };
}

test.each<[string, Files]>([
  ['a new file', { ...A, '002_b.sql': 'create table b (x int);' }],
  ['a repeatable file that was changed', { ...A, ...NEW_VIEW }],
  ['both, and a file edited', { ...A, ...NEW_VIEW, '002_b.sql': 'create table b (x int);' }],
])('files that are older than those that were run last change nothing, and say so: %s', async (_, newer) => {
  const { deploy, file } = program();
  await deploy(A);
  await deploy(newer);
  const before = readFileSync(file);
  const report = await deploy(A);
  expect(report).toMatchObject({ status: 'nothing-to-do', applied: [], older: { who: expect.any(String) } });
  expect(renderMigrationReport(report)).toMatch(
    /^These files are older than those that .+ ran at \d{4}-\d\d-\d\dT[\d:.]+Z: .+\. Nothing was changed in /,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(await deploy(A)).toMatchObject({ status: 'nothing-to-do', older: {} });
  expect((await deploy(newer)).older).toBeUndefined();
});

test('what is not older runs: a text that is new, and whatever a person runs on purpose', async () => {
  const { deploy, run, query } = program();
  await deploy({ ...A, '002_b.sql': 'create table b (x int);' });
  expect(await deploy({ ...A, '003_c.sql': 'create table c (x int);' })).toMatchObject({
    status: 'applied',
    applied: [{ version: '003_c' }],
  });
  await deploy({ ...A, '003_c.sql': 'create table c (x int);', ...NEW_VIEW });
  const again = await run({
    ...A,
    '002_b.sql': 'create table b (x int);',
    '003_c.sql': 'create table c (x int);',
  });
  expect(again).toMatchObject({ status: 'applied', applied: [{ version: 'R_v' }] });
  expect(query('select x from v')).toEqual([{ x: 1 }]);
});

test('without a record a part of the last files is known by its texts, in a registry of one row too', async () => {
  const pairs = { '0_a.up.sql': 'create table a (x int);', '1_b.up.sql': 'create table b (x int);' };
  const { deploy, query } = program();
  query(
    'create table schema_migrations (version bigint not null, timestamp datetime default current_timestamp)',
  );
  await deploy({ ...pairs, '2_c.up.sql': 'create table c (x int);' });
  expect(query('select version from schema_migrations')).toEqual([{ version: 2 }]);
  expect(await deploy(pairs)).toMatchObject({ status: 'nothing-to-do', older: {} });
  expect(query('select version from schema_migrations')).toEqual([{ version: 2 }]);
});

test('nothing is written where the last files are these, and the record is none of the tables of an application', async () => {
  const { deploy, file, query } = program();
  await deploy(A);
  const before = readFileSync(file);
  await deploy(A);
  expect(readFileSync(file).equals(before)).toBe(true);
  chmodSync(file, 0o444);
  expect(await deploy(A)).toMatchObject({ status: 'nothing-to-do' });
  chmodSync(file, 0o644);
  expect(query('select files is null as f, by_deploy from schema_migrations_bundles')).toEqual([
    { f: 0, by_deploy: 1 },
  ]);
});
