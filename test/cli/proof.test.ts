import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { cliInProcess, createProject, writeFiles } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const files = {
  'migrations/001_a.sql': 'create table if not exists a (id int);',
  'migrations/002_b.sql': 'create table if not exists b (id int);',
};

test('only what is proved as it is gets to the database', { timeout: 40_000 }, async () => {
  const folder = createProject(files, database);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await cliInProcess(args, { folder });
    return { code, text: stdout + stderr };
  };
  const up = () => run('up', '--env', 'test', '--require-proof');
  const prove = () => run('prove', '--server', inject('serverUrl'), '--record');

  expect(await up()).toEqual({
    code: 2,
    text: `error: migrations/proof.json cannot be read. [no-proof]
What to do: Prove the files, and record it: registry-jobs prove --record
`,
  });
  const proved = await prove();
  expect(proved.code).toBe(0);
  expect(proved.text).toContain(
    'Recorded in migrations/proof.json. To run nothing else: registry-jobs up --require-proof',
  );
  expect((await up()).text).toContain('2 migrations applied');

  // A file that is new, and one that is another text.
  writeFiles(folder, { 'migrations/003_c.sql': 'create table if not exists c (id int);' });
  expect((await up()).text).toContain(
    `error: migrations/003_c.sql is not proved: it is not in the record. [not-proved]
What to do: Prove it, then run again: registry-jobs prove --record`,
  );
  expect((await prove()).code).toBe(0);
  writeFiles(folder, { 'migrations/003_c.sql': 'create table if not exists c (id bigint);' });
  expect((await up()).text).toContain(
    'migrations/003_c.sql is not proved: it, its way back or a file before it is another text now. [not-proved]',
  );
  expect(await database.query("select to_regclass('c') is null as none")).toEqual([{ none: true }]);

  // What is not proved is not recorded.
  rmSync(path.join(folder, 'migrations/proof.json'));
  writeFiles(folder, { 'migrations/003_c.sql': 'create table c (id bigint);' });
  const harmful = await prove();
  expect(harmful.code).toBe(1);
  expect(harmful.text).toContain('Nothing was recorded.');
  expect((await up()).text).toContain('[no-proof]');
});
