import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CliDatabase,
  cli,
  cliInProcess,
  createCliDatabase,
  createProject,
  steady,
} from '../support/cli.ts';

let database: CliDatabase;

beforeAll(async () => {
  database = await createCliDatabase();
  await database.query(`
    CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
    CREATE FUNCTION zero() RETURNS int LANGUAGE sql AS $$ SELECT 0 $$;
    CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more room'; END $$`);
});
afterAll(() => database.drop());

const project = (functions: string, more = {}) =>
  createProject({}, database, { REGISTRY_JOBS_STATISTICS_FUNCTIONS: functions, ...more });

test('as a process: a function that fails does not stop the others, but ends the command with 1', async () => {
  const result = await cli(['refresh', '-e', 'test'], { folder: project('one, broken, zero') });
  expect({ ...result, stdout: steady(result.stdout) }).toEqual({
    code: 1,
    stdout: [
      '  refreshed  one N ms',
      '  failed     broken N ms',
      '  skipped    zero N ms  nothing to do',
      'broken: no more room (SQLSTATE P0001) [function-failed]',
      'CONTEXT: PL/pgSQL function broken() line 1 at RAISE',
      'What to do: Correct the function; the next run tries again.',
      `1 of 3 statistics functions failed in ${database.name} on 127.0.0.1 as ${database.name}_user in N ms.\n`,
    ].join('\n'),
    stderr: '[1/3] one()\n[2/3] broken()\n[3/3] zero()\n',
  });
});

test.each([
  ['one,zero', {}, 'Refreshed the statistics of DATABASE on 127.0.0.1 as DATABASE_user in N ms.'],
  ['zero', {}, 'Nothing to refresh in DATABASE on 127.0.0.1 as DATABASE_user in N ms.'],
  [
    'broken',
    { REGISTRY_JOBS_MAINTENANCE: 'on' },
    'Skipped the statistics of DATABASE on 127.0.0.1 as DATABASE_user: maintenance is on.',
  ],
])('%s %j: a success', async (functions, variables, last) => {
  const { code, stdout } = await cliInProcess(['refresh', '-e', 'test'], {
    folder: project(functions, variables),
  });
  expect([code, steady(stdout).trimEnd().split('\n').at(-1)]).toEqual([
    0,
    last.replaceAll('DATABASE', database.name),
  ]);
});

test('--json of a failure is one document', async () => {
  const { code, stdout, stderr } = await cliInProcess(['refresh', '-e', 'test', '--json'], {
    folder: project('broken,one'),
  });
  expect([code, stderr]).toEqual([1, '']);
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'refresh',
    status: 'failed',
    functions: [
      { name: 'broken', outcome: 'failed', error: { code: 'function-failed', sqlstate: 'P0001' } },
      { name: 'one', outcome: 'refreshed' },
    ],
  });
});

test('on a terminal the line of what runs is redrawn, and gone in the end', async () => {
  const { stderr } = await cliInProcess(
    ['refresh', '-e', 'test'],
    { folder: project('one,zero') },
    { isTerminal: true, columns: () => 80 },
  );
  const CLEAR = '\r\u001B[2K';
  const drawn = stderr.split(CLEAR).map((text) => steady(text));
  // The second one is drawn only where the first takes longer than a redraw waits.
  expect(drawn.slice(0, 2)).toEqual(['', '[1/2] one() N ms']);
  expect(stderr.endsWith(CLEAR)).toBe(true);
});
