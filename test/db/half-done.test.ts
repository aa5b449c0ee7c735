import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { baseline } from '../../lib/jobs/baseline.ts';
import { force } from '../../lib/jobs/force.ts';
import { resume } from '../../lib/jobs/resume.ts';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('create table n (x int)');
  expect(await up(await compile({ '2_c.sql': STOPS }), settings())).toMatchObject({
    failed: { outcome: 'half-done', done: 1 },
  });
});
afterEach(() => database.drop());

const OFF = '-- registry-jobs: transaction off\n';
const STOPS = `${OFF}insert into n values (1);\nselect 1 / 0;\ninsert into n values (3);`;
const MENDED = STOPS.replace('1 / 0', '1 / 1');
const settings = () => settingsFor(database.url);
const values = async () => (await database.query('select x from n order by 1')).map(({ x }) => x);

describe('a half-done file that was renamed', () => {
  const MOVED = {
    code: 'half-done',
    message:
      'migrations/2_c.sql runs without a transaction and stopped after statement 1 of 3; it is not there any more, and migrations/3_c.sql begins with the statement that is done.',
    hint: 'If that is another file, say what became of the old one: registry-jobs force 2_c\nOr, if that was undone: registry-jobs force 2_c --remove\nIf it is the same, give it its old name until it is applied: mv migrations/3_c.sql migrations/2_c.sql && registry-jobs resume',
  };

  test.each([
    ['up', {}],
    // A deploy forgives versions without a file, but not this.
    ['a deploy', { missingFiles: 'warn' }],
  ] as const)('%s says so, and runs nothing twice', async (_, options) => {
    const compiled = await compile({ '3_c.sql': MENDED });
    expect(await rejection(up(compiled, settings(), options))).toMatchObject(MOVED);
    expect((await status(compiled, settings())).problems).toMatchObject([MOVED]);
    expect(await rejection(resume(compiled, settings()))).toMatchObject({ ...MOVED, code: 'cannot-resume' });
    expect(await values()).toEqual([1]);
    expect(await resume(await compile({ '2_c.sql': MENDED }), settings())).toMatchObject({
      status: 'applied',
    });
    expect(await values()).toEqual([1, 3]);
  });

  test('another file is none of it', async () => {
    const compiled = await compile({ '3_d.sql': `${OFF}insert into n values (7);` });
    expect((await status(compiled, settings())).problems).toMatchObject([
      { message: 'migrations/2_c.sql runs without a transaction and stopped after statement 1 of 3.' },
    ]);
  });
});

test('baseline does not call it applied: that is what force says, by its name', async () => {
  const compiled = await compile({ '1_a.sql': 'select 1;', '2_c.sql': MENDED, '3_d.sql': 'select 1;' });
  expect(await rejection(baseline(compiled, settings(), '3', { apply: true }))).toMatchObject({
    code: 'half-done',
    message: 'migrations/2_c.sql runs without a transaction and stopped after statement 1 of 3.',
  });
  expect(await database.query('select version from schema_migrations')).toEqual([]);
  expect(await baseline(compiled, settings(), '1', { apply: true })).toMatchObject({ status: 'changed' });
  await force(compiled, settings(), '2_c', { apply: true });
  expect(await baseline(compiled, settings(), '3', { apply: true })).toMatchObject({ status: 'changed' });
});
