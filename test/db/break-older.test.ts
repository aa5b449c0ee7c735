import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { down } from '../../lib/jobs/down.ts';
import { up } from '../../lib/jobs/up.ts';
import { renderMigrationReport } from '../../lib/reports/migration.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

type Files = Readonly<Record<string, string>>;
/** As the function of a deploy runs its files. */
const deploy = async (files: Files) =>
  up(await compile(files), settingsFor(database.url), { olderBundle: 'accept', who: 'deploy' });

const A: Files = { '001_a.sql': 'create table a (x int);' };
const view = (name: string, x: number): Files => ({
  [`R_${name}.sql`]: `create or replace view ${name} as select ${x} as x;`,
});

test('one file is taken out and another changed: the change is run', async () => {
  await deploy({ ...A, ...view('v', 1), ...view('w', 1) });
  expect(await deploy({ ...A, ...view('v', 2) })).toMatchObject({
    status: 'applied',
    applied: [{ version: 'R_v' }],
  });
  expect(await database.query('select x from v')).toEqual([{ x: 2 }]);
});

test('one file is taken out and an applied one edited: the edit is told', async () => {
  await deploy({ ...A, '002_b.sql': 'create table b (x int);', '003_c.sql': 'create table c (x int);' });
  const squashed = {
    '001_a.sql': 'create table a (x int); create table b (x int);',
    '003_c.sql': 'create table c (x int);',
  };
  expect(await rejection(deploy(squashed))).toMatchObject({ code: 'edited' });
});

test.each<[string, Files, Files]>([
  ['a new file', { ...A, '002_b.sql': 'insert into wanted values (1);' }, { ...A, ...view('h', 1) }],
  [
    'a changed repeatable file',
    { ...A, 'R_v.sql': 'create or replace view v as select * from wanted;' },
    { ...A, ...view('v', 1), ...view('h', 1) },
  ],
])(
  'what failed is run when it is deployed again, although others were deployed since: %s',
  async (_, failing, since) => {
    await deploy({ ...A, ...view('v', 1) });
    const files = { ...view('v', 1), ...failing };
    expect(await deploy(files)).toMatchObject({ status: 'failed' });
    await deploy({ ...A, ...view('v', 1) });
    await deploy({ ...view('v', 1), ...since });
    await database.query('create table wanted (x int)');
    const again = await deploy(files);
    expect(again).toMatchObject({ status: 'applied' });
    expect(again.older).toBeUndefined();
  },
);

test('an initial schema that was never needed does not make older files new', async () => {
  await deploy({ ...A, ...view('v', 1) });
  const withSchema = { 'initial_schema.sql': 'create table elsewhere (x int);', ...A, ...view('v', 1) };
  await deploy(withSchema);
  await deploy({ ...withSchema, ...view('v', 2) });
  expect(await deploy(withSchema)).toMatchObject({ status: 'nothing-to-do', older: {} });
  expect(await database.query('select x from v')).toEqual([{ x: 2 }]);
});

const byHand = async (files: Files, target?: { steps: number }) =>
  target
    ? down(await compile(files), settingsFor(database.url), target, { who: 'a person' })
    : up(await compile(files), settingsFor(database.url), { who: 'a person' });
const pair = (name: string): Files => ({
  [`${name}.up.sql`]: `create table t${name} (x int);`,
  [`${name}.down.sql`]: `drop table t${name};`,
});

describe('whoever goes back on purpose does it by hand; the deploy after that is no rollback', () => {
  test('a repeatable file', async () => {
    const [older, newer] = [
      { ...A, ...view('v', 1) },
      { ...A, ...view('v', 2) },
    ];
    await deploy(older);
    await deploy(newer);
    expect(await byHand(older)).toMatchObject({ status: 'applied' });
    expect(await database.query('select x from v')).toEqual([{ x: 1 }]);
    expect(await deploy(newer)).toMatchObject({ status: 'applied', applied: [{ version: 'R_v' }] });
    expect(await database.query('select x from v')).toEqual([{ x: 2 }]);
    // And if that deploy fails after it, what ran before it is older again.
    expect(await deploy(older)).toMatchObject({ status: 'nothing-to-do', older: { who: 'deploy' } });
  });

  test('a pair that was undone', async () => {
    const [older, newer] = [pair('1_a'), { ...pair('1_a'), ...pair('2_b') }];
    await deploy(older);
    await deploy(newer);
    await byHand(newer, { steps: 1 });
    await byHand(older);
    expect(await deploy(newer)).toMatchObject({ status: 'applied', applied: [{ version: '2' }] });
  });

  test('a rollback from there is one', async () => {
    const [older, newer] = [
      { ...A, ...view('v', 1) },
      { ...A, ...view('v', 2) },
    ];
    await deploy(older);
    await deploy(newer);
    await byHand(older);
    // The deploy of what is there already; when the rest of it fails, the function with the other files runs.
    await deploy(older);
    expect(await deploy(newer)).toMatchObject({ status: 'nothing-to-do', older: { pending: [] } });
    expect(await database.query('select x from v')).toEqual([{ x: 1 }]);
  });

  test('a person who is ahead of the deploy does not make it the newer one', async () => {
    const [older, newer] = [
      { ...A, ...view('v', 1) },
      { ...A, ...view('v', 2) },
    ];
    await deploy(older);
    await byHand(newer);
    expect(await deploy(older)).toMatchObject({ status: 'nothing-to-do', older: { who: 'a person' } });
  });
});

test('what older files lack in the database is counted, and named', async () => {
  const [older, newer] = [
    { ...pair('1_a'), ...pair('2_b') },
    { ...pair('1_a'), ...pair('2_b'), ...pair('3_c') },
  ];
  await deploy(older);
  await deploy(newer);
  await byHand(newer, { steps: 2 });
  const report = await deploy(older);
  expect(report).toMatchObject({ status: 'nothing-to-do', older: { pending: ['2'] } });
  expect(renderMigrationReport(report)).toContain('2 of these is not applied');
});
