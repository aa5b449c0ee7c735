import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { mayTakeLong } from '../../lib/sqlite/attempt/settle.ts';
import { parseScript } from '../../lib/sqlite/parser/parse.ts';
import { createSqliteBench, type SqliteBench } from '../support/sqlite-bench.ts';

const program = path.resolve(import.meta.dirname, '../../bin/registry-jobs.ts');
/** Longer than any test waits. */
const LONG = `insert into a values (1);
create table big as with recursive i(n) as (select 1 union all select n + 1 from i) select count(*) from i;`;
const MIDDLE = { file: 'migrations/2_long.up.sql', line: 3 };

function bench(head: string): SqliteBench {
  return createSqliteBench({ '1_a.up.sql': 'create table a (x int);', '2_long.up.sql': `${head}\n${LONG}` });
}

const options = (folder: string) => ({
  cwd: folder,
  env: { ...process.env, REGISTRY_JOBS_ENVIRONMENT: 'test' },
});

test('a signal ends a run in the middle of a statement, and the report says what is true', {
  timeout: 30_000,
}, async () => {
  const { folder, query } = bench('-- longer');
  const child = spawn(process.execPath, [program, 'up'], options(folder));
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const begun = new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => String(chunk).includes('2_long') && resolve());
  });
  await begun;
  // The other process is at work on the file: the first statement of it is over in no time.
  await expect.poll(() => isFree(path.join(folder, 'shop.db')), { timeout: 10_000 }).toBe(false);
  setTimeout(() => child.kill('SIGINT'), 500);
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(130);
  expect(out).toMatch(
    /Stopped migrations\/2_long\.up\.sql after .*\nmigrations\/2_long\.up\.sql:\d:1: Stopped by SIGINT in the middle of this statement\. \[stopped\]/,
  );
  expect(out).toContain('State: 1 migration before it was applied and stays.\n');
  expect(query('select count(*) as n from a')).toEqual([{ n: 0 }]);
  expect(query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
});

test('a statement that takes longer than its file allows is ended', { timeout: 30_000 }, async () => {
  const { folder, query } = bench('-- registry-jobs: statement-timeout 300ms');
  const run = promisify(execFile)(process.execPath, [program, 'up', '--json'], options(folder));
  const { stdout, code } = await run.then(
    () => ({ stdout: '{}', code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  expect(code).toBe(1);
  expect(JSON.parse(stdout).failed).toMatchObject({
    outcome: 'rolled-back',
    error: {
      code: 'statement-failed',
      message: 'It took longer than 300 ms, and was ended.',
      location: MIDDLE,
    },
  });
  expect(query('select count(*) as n from a')).toEqual([{ n: 0 }]);
});

test('a program that calls this is told that it cannot keep such a limit', async () => {
  const { json } = bench('-- registry-jobs: statement-timeout 300ms');
  expect(await json('up')).toMatchObject({
    code: 1,
    applied: [{ version: '1' }],
    failed: {
      error: {
        code: 'unknown-directive',
        message: expect.stringContaining('which the command alone can keep'),
      },
    },
  });
});

test('a process of its own is for what may take long', async () => {
  const long = async (sql: string, bytes = 0) => mayTakeLong(await parseScript('1_a.sql', sql), bytes);
  expect(await long('create table a (x int)')).toBe(false);
  expect(await long('create table a (x int)', 5 * 2 ** 20)).toBe(true);
  expect(await long('-- registry-jobs: expected-duration 20min\ncreate table a (x int)')).toBe(true);
  expect(await long('with recursive i(n) as (select 1) select n from i')).toBe(true);
});

test('it ends with the process that has started it', { timeout: 30_000 }, async () => {
  const { folder, query } = bench('-- longer');
  const child = spawn(process.execPath, [program, 'up'], options(folder));
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => String(chunk).includes('2_long') && resolve());
  });
  const file = path.join(folder, 'shop.db');
  await expect.poll(() => isFree(file), { timeout: 10_000 }).toBe(false);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('exit', resolve));
  // Nobody holds the file any more, and nothing of what was begun is in it.
  await expect.poll(() => isFree(file), { timeout: 10_000 }).toBe(true);
  expect(query('select count(*) as n from a')).toEqual([{ n: 0 }]);
});

function isFree(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK;');
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}
