import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { force } from '../../lib/jobs/force.ts';
import { renumber } from '../../lib/jobs/renumber.ts';
import { up } from '../../lib/jobs/up.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import { renderMigrationReport } from '../../lib/reports/render.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

type Files = Readonly<Record<string, string>>;
const settings = () => settingsFor(database.url);
/** As the function of a deploy runs its files. */
const deploy = async (files: Files) =>
  up(await compile(files), settings(), { olderBundle: 'accept', who: 'deploy' });
const versions = async () =>
  (await database.query('select version from schema_migrations order by 1')).map(({ version }) => version);
const value = async () => (await database.query('select x from v'))[0]?.x;

const A: Files = {
  '001_a.sql': 'create table if not exists a (x int);',
  '002_b.sql': 'create table if not exists b (x int);',
  'R_v.sql': 'create or replace view v as select 1 as x;',
};
const NEW_VIEW = { 'R_v.sql': 'create or replace view v as select 2 as x;' };

describe('files that are older than those that were run last change nothing, succeed, and say so', () => {
  test.each<[string, Files, (newer: Files) => Promise<unknown>]>([
    ['a new file', { ...A, '003_c.sql': 'create table c (x int);' }, deploy],
    ['a repeatable file that was changed', { ...A, ...NEW_VIEW }, deploy],
    [
      'a file that was renamed',
      { '001_a.sql': A['001_a.sql'] ?? '', '003_b.sql': A['002_b.sql'] ?? '', ...NEW_VIEW },
      async (files) => {
        await renumber(await compile(files), settings(), { apply: true });
        return deploy(files);
      },
    ],
    [
      'an edit that force accepted',
      { ...A, ...NEW_VIEW, '002_b.sql': 'create table if not exists b (x int); -- explained' },
      async (files) => {
        await force(await compile(files), settings(), '002', { apply: true });
        return deploy(files);
      },
    ],
    [
      'a new file that fails',
      { ...A, '003_c.sql': 'select 1 / 0;' },
      async (files) => expect(await deploy(files)).toMatchObject({ status: 'failed' }),
    ],
  ])('%s', async (_, newer, update) => {
    await deploy(A);
    await update(newer);
    const before = [
      await versions(),
      await value(),
      await database.query('select * from schema_migrations order by 1'),
    ];
    const report = await deploy(A);
    expect(report).toMatchObject({
      status: 'nothing-to-do',
      applied: [],
      older: { who: expect.any(String) },
    });
    expect([
      await versions(),
      await value(),
      await database.query('select * from schema_migrations order by 1'),
    ]).toEqual(before);
    expect(renderMigrationReport(report)).toMatch(
      /^These files are older than those that .+ ran at \d{4}-.+Z: .+\. Nothing was changed in /,
    );
    // And again, and then forward.
    expect(await deploy(A)).toMatchObject({ status: 'nothing-to-do', older: {} });
    expect((await deploy(newer)).older).toBeUndefined();
  });

  test('also where somebody else holds the lock', async () => {
    await deploy(A);
    await deploy({ ...A, ...NEW_VIEW });
    const other = await database.connect();
    await other.query('select pg_advisory_lock($1)', [migrationLockKey(database.name, settings().ledger)]);
    expect(await deploy(A)).toMatchObject({ status: 'nothing-to-do', older: {} });
  });

  test('also where the older ones were run before this was on record', async () => {
    await deploy(A);
    await database.query('drop table schema_migrations_bundles');
    await deploy({
      '001_a.sql': A['001_a.sql'] ?? '',
      '003_b.sql': A['002_b.sql'] ?? '',
      '004_c.sql': 'create table c (x int);',
      ...NEW_VIEW,
    }).catch(() => {});
    const compiled = await compile({
      '001_a.sql': A['001_a.sql'] ?? '',
      '003_b.sql': A['002_b.sql'] ?? '',
      '004_c.sql': 'create table c (x int);',
      ...NEW_VIEW,
    });
    await renumber(compiled, settings(), { apply: true });
    await up(compiled, settings());
    expect(await deploy(A)).toMatchObject({ status: 'nothing-to-do', older: {} });
    expect(await versions()).toEqual(['001_a', '003_b', '004_c', 'R_v']);
    expect(await value()).toBe(2);
  });
});

describe('what is not older runs', () => {
  test('files that are new, although one is missing', async () => {
    await deploy({ ...A, '003_c.sql': 'create table c (x int);' });
    const report = await deploy({ ...A, '004_d.sql': 'create table d (x int);' });
    expect(report).toMatchObject({
      status: 'applied',
      applied: [{ version: '004_d' }],
      warnings: [{ code: 'missing-file' }, { code: 'gap' }],
    });
    expect(report.older).toBeUndefined();
  });

  test('the last ones once more, after they failed', async () => {
    await deploy(A);
    const newer = { ...A, '003_c.sql': 'insert into wanted values (1);' };
    await deploy(newer);
    await deploy(A);
    await database.query('create table wanted (x int)');
    expect(await deploy(newer)).toMatchObject({ status: 'applied', applied: [{ version: '003_c' }] });
  });

  test('whatever a person runs on purpose', async () => {
    await deploy(A);
    await deploy({ ...A, ...NEW_VIEW });
    expect(await up(await compile(A), settings())).toMatchObject({
      status: 'applied',
      applied: [{ version: 'R_v' }],
    });
    expect(await value()).toBe(1);
  });
});
