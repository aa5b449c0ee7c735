import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { catalog, migrate, type ProveOptions, type ProveReport, prove, status } from '../../lib/api.ts';
import { cliInProcess, createProject } from '../support/cli.ts';
import { createTestDatabase, queryOnce } from '../support/database.ts';
import { compile } from '../support/migrations.ts';

const server = inject('serverUrl');

function codes({ files }: ProveReport): string[] {
  return files.flatMap((file) => file.findings.map(({ code }) => `${file.version} ${code}`));
}

test('prove of the library takes what the command takes', { timeout: 20_000 }, async () => {
  const compiled = await compile({
    '001_t.sql':
      'create table if not exists t (id int, n int, s text);\ncreate table if not exists w (a int);',
    '002_more.sql': 'update t set n = n + 1;',
    // The row of the fixtures stands in the error of the server, and in no file.
    '003_again.sql': 'insert into w select case when exists (select from w) then s::int else 1 end from t;',
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'rows-'));
  writeFileSync(path.join(folder, '001_rows.sql'), `insert into t values (1, 1, 'of-a-row');`);
  const fixtures = await prove({
    compiled,
    server,
    fixtures: folder,
    from: '2',
    checks: ['twice'],
    values: false,
  });
  expect(codes(fixtures)).toEqual(['002_more rerun-damages', '003_again rerun-fails']);
  expect(fixtures.scope).toMatchObject({ judged: 2, leftOut: ['stopped', 'late', 'down', 'set'] });
  expect(JSON.stringify(fixtures)).not.toContain('of-a-row');
  const two = await prove({
    compiled,
    server,
    data: path.join(folder, '001_rows.sql'),
    files: ['002_more', '3'],
    checks: ['twice', 'stopped'],
    mostStops: 0,
    rowsUpTo: Infinity,
  });
  expect(codes(two)).toEqual(codes(fixtures));
  expect(two.scope?.leftOut).toEqual(['stopped', 'late', 'down', 'set']);
  expect(JSON.stringify(two)).toContain('of-a-row');
  const refused = (more: object) =>
    prove({ compiled, server, ...more } as ProveOptions).catch((error: unknown) => error);
  expect(await refused({ files: ['9'] })).toMatchObject({ code: 'unknown-version' });
  expect(await refused({ data: 'none.sql' })).toMatchObject({ code: 'no-such-file' });
  expect(await refused({ checks: ['thrice'] })).toMatchObject({ code: 'invalid-settings' });
  expect(await refused({ mostStops: -1 })).toMatchObject({ code: 'invalid-settings' });
  expect(await refused({ on: server })).toMatchObject({ code: 'invalid-settings' });
});

test('prove of the library on copies refuses what may be live, and status compares the catalog', {
  timeout: 20_000,
}, async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const first = { '001_t.sql': 'create table if not exists t (id int, n int);' };
  const compiled = await compile({ ...first, '002_more.sql': 'update t set n = n + 1;' });
  await migrate({ compiled: await compile(first), database: database.url });
  // A session that stays open would be another one.
  await queryOnce(database.url, 'insert into t values (1, 1); alter table t add by_hand int');
  const deep = await status({ compiled, database: database.url, deep: { server, owner: false } });
  expect(deep).toMatchObject({ status: 'pending', drift: { status: 'found' } });
  expect(JSON.stringify(deep.drift)).toContain('by_hand');
  const on = database.url;
  await expect(prove({ compiled, on })).rejects.toMatchObject({
    code: 'live-database',
    message: expect.stringContaining('its ledger was written'),
  });
  const proved = await prove({ compiled, on, mayBeLive: true, checks: ['twice'] });
  expect(codes(proved)).toEqual(['002_more rerun-damages']);
  expect(proved.on).toMatchObject({ name: database.name });
});

test('catalog of the library is what prove --catalog writes, and nothing where not all files run', {
  timeout: 20_000,
}, async () => {
  const database = await createTestDatabase();
  const role = `${database.name}_reader`;
  onTestFinished(async () => {
    await database.query(`drop role if exists ${role}`);
    await database.drop();
  });
  const sql = `create table if not exists t (id int primary key);\ngrant select on t to ${role};`;
  const folder = createProject({ 'migrations/001_t.sql': sql }, database);
  const options = { folder: path.join(folder, 'migrations'), server };
  await expect(catalog(options)).rejects.toMatchObject({
    code: 'no-catalog',
    sqlstate: '42704',
    message: `Not all files run, so nobody knows what they make: role "${role}" does not exist`,
    location: { line: 2 },
  });
  const text = await catalog({ ...options, mayMakeRoles: true });
  expect(JSON.parse(text).objects).toContainEqual(expect.objectContaining({ name: 'public.t' }));
  await cliInProcess(['prove', '--server', server, '--catalog', '--check', 'once'], { folder });
  expect(text).toBe(readFileSync(path.join(folder, 'migrations/catalog.json'), 'utf8'));
});
