import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { plan } from '../../lib/jobs/plan.ts';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { isUntouched, parseNow, UnparsedScript } from '../../lib/migrations/unparsed.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsFor } from '../support/settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let database: TestDatabase;
const folder = path.join(temporaryFolder(), 'migrations');
const read = () => compileFolder(folder, 'migrations', { later: true });
const write = (files: Readonly<Record<string, string>>) => {
  mkdirSync(folder, { recursive: true });
  for (const [name, sql] of Object.entries(files)) writeFileSync(path.join(folder, name), sql);
};
const parsed = (all: Awaited<ReturnType<typeof read>>) =>
  all.migrations.flatMap(({ version, up: script }) =>
    script instanceof UnparsedScript && script.isTouched ? [version] : [],
  );

beforeAll(async () => {
  database = await createTestDatabase();
  write({
    '1_a.up.sql': 'create table a (x int);',
    '1_a.down.sql': 'drop table a;',
    '002_b.sql': 'select 2;',
  });
  expect(await up(await read(), settingsFor(database.url))).toMatchObject({ status: 'applied' });
});
afterAll(() => database.drop());

test('of what is applied as it is, nothing is parsed', async () => {
  for (const job of [status, plan, up] as const) {
    const compiled = await read();
    expect(await job(compiled, settingsFor(database.url))).toBeTruthy();
    expect(isUntouched(compiled.migrations)).toBe(true);
  }
});

test('what is pending, changed or run again is parsed, and nothing else is; a file to be run again may be replaced by any', async () => {
  write({ '003_c.sql': 'create table c (x int);', 'R_v.sql': 'create or replace view v as select 1 as x;' });
  const pending = await read();
  expect(await plan(pending, settingsFor(database.url))).toMatchObject({
    tasks: [{ version: '003_c', statements: [{ kind: 'CreateStmt' }] }, { version: 'R_v' }],
  });
  expect(parsed(pending)).toEqual(['003_c', 'R_v']);
  await up(await read(), settingsFor(database.url));
  write({ 'R_v.sql': 'create or replace view v as select 2 as x;', '002_b.sql': 'select 3;' });
  const changed = await read();
  expect(await status(changed, settingsFor(database.url))).toMatchObject({ status: 'invalid' });
  expect(parsed(changed)).toEqual(['002_b', 'R_v']);
  write({ '002_b.sql': 'select 2;' });
  const again = await read();
  await up(again, settingsFor(database.url), { rerun: ['003_c'], outOfOrder: true }).catch(() => {});
  expect(parsed(again)).toEqual(['1', '002_b', '003_c', 'R_v']);
});

test('what is asked of a file that was not parsed is an error, and after that it is plain data', async () => {
  const compiled = await read();
  const [first] = compiled.migrations;
  expect(() => first?.up.statements).toThrow('was not parsed');
  await parseNow(compiled.migrations);
  const { migrations } = await compileFolder(folder, 'migrations');
  expect(structuredClone(compiled.migrations)).toEqual(migrations);
  expect(JSON.parse(JSON.stringify(compiled.migrations))).toEqual(JSON.parse(JSON.stringify(migrations)));
});

test('a pending file that cannot be parsed is told before anything runs, a way back that cannot is not in the way', async () => {
  write({
    '004_d.sql': 'create table d (x int);',
    '5_e.up.sql': 'create table e (x int);',
    '5_e.down.sql': 'drop tabel e;',
    '006_f.sql': 'selec 1;',
    '007_g.sql': 'selec 2;',
  });
  const refused = up(await read(), settingsFor(database.url));
  await expect(refused).rejects.toMatchObject({ code: 'invalid-migrations', message: /2 problems/ });
  expect(await database.query(`select to_regclass('d') as d`)).toEqual([{ d: null }]);
  write({ '006_f.sql': 'select 1;', '007_g.sql': 'select 2;' });
  const compiled = await read();
  expect(await up(compiled, settingsFor(database.url))).toMatchObject({ status: 'applied' });
  expect(compiled.migrations.find(({ version }) => version === '5')).toMatchObject({
    downProblem: { code: 'syntax-error' },
  });
});
