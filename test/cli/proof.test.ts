import { existsSync, readFileSync, rmSync } from 'node:fs';
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

test('prove --catalog writes down what the files make, the same each time, and nothing where not all run', {
  timeout: 40_000,
}, async () => {
  const role = `${database.name}_reader`;
  const folder = createProject(
    {
      ...files,
      'migrations/003_grant.sql': `do $$ begin
  if to_regrole('${role}') is null then create role ${role}; end if;
end $$;
grant select on a to ${role};`,
    },
    database,
  );
  const prove = async (...args: string[]) => {
    const all = ['prove', '--server', inject('serverUrl'), ...args];
    const { code, stdout } = await cliInProcess(all, { folder });
    return { code, text: stdout };
  };
  const file = path.join(folder, 'migrations/catalog.json');
  try {
    const first = await prove('--catalog');
    expect(first.code).toBe(0);
    expect(first.text).toContain('What they make is in migrations/catalog.json.\n');
    const text = readFileSync(file, 'utf8');
    const catalog = JSON.parse(text);
    expect(catalog.files.map((one: { version: string }) => one.version)).toEqual([
      '001_a',
      '002_b',
      '003_grant',
    ]);
    const names = catalog.objects.map(({ kind, name }: Record<string, string>) => `${kind} ${name}`);
    expect(names).toEqual(expect.arrayContaining(['table public.a', 'table public.b']));
    expect(names.join()).not.toContain('schema_migrations');
    expect(text.split('\n').filter((line) => line.includes(role))).toHaveLength(1);
    await prove('--catalog', 'made.json');
    expect(readFileSync(path.join(folder, 'made.json'), 'utf8')).toBe(text);
    expect(existsSync(path.join(folder, 'migrations/proof.json'))).toBe(false);

    // Harmful is not the same as not running.
    writeFiles(folder, { 'migrations/004_d.sql': 'create table d (id int);' });
    const harmful = await prove('--catalog');
    expect(harmful.code).toBe(1);
    expect(readFileSync(file, 'utf8')).toContain('"public.d"');
    rmSync(file);
    writeFiles(folder, { 'migrations/004_d.sql': 'create table d (id nothing);' });
    const failing = await prove('--catalog');
    expect(failing.code).toBe(1);
    expect(failing.text).toContain('No catalog was written: not all files run.\n');
    expect(existsSync(file)).toBe(false);
  } finally {
    await database.query(`drop role if exists ${role}`);
  }
});
