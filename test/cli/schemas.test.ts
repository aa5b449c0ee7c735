import type { ValidateFunction } from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliInProcess, createProject } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { schema } from '../support/schemas.ts';

let database: TestDatabase;
let project: string;

beforeAll(async () => {
  database = await createTestDatabase();
  project = createProject(
    {
      'migrations/001_a.sql': "create table if not exists a (x int); do $$ begin raise notice 'hi'; end $$;",
      'migrations/002_b.sql': 'begin; insert into a select 1 from a; commit',
      'more/001_a.sql': 'selec 1',
      'renamed/001_a.sql': 'select 2',
      'renamed/3_b.sql': 'begin; insert into a select 1 from a; commit',
      'dbmate/1_a.sql': '-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n',
      'dbmate/2_b.go': 'package migrations',
    },
    database,
  );
});
afterAll(() => database.drop());

const run = (...args: string[]) =>
  cliInProcess(args, { folder: project, env: { REGISTRY_JOBS_ENVIRONMENT: 'test' } });

function expectValid(validate: ValidateFunction, document: unknown): void {
  expect([validate(document), validate.errors]).toEqual([true, null]);
}

test('each line of --json-events is what the schema says, the report last', async () => {
  const { code, stdout, stderr } = await run('up', '--json-events');
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const validate = schema('json-events');
  for (const line of lines) expectValid(validate, line);
  const types = lines.map(({ type }) => type);
  expect(types.at(-1)).toBe('report');
  for (const type of ['warned', 'migration-started', 'statement-started', 'notice', 'migration-applied'])
    expect(types).toContain(type);
  expect(lines.at(-1)).toMatchObject({ command: 'up', status: 'applied', applied: [{}, {}] });
  // A schema that takes anything says nothing.
  expect(validate({ type: 'migration-applied', at: 'x' })).toBe(false);
});

test('an error is a line as well', async () => {
  const { code, stdout } = await run('up', '-m', 'more', '--json-events');
  const line = JSON.parse(stdout);
  expect([code, line.type, line.error.code]).toEqual([1, 'error', 'syntax-error']);
  expectValid(schema('json-events'), line);
});

test.each([
  ['up', '-m', 'more'],
  ['lint', '-m', 'nowhere'],
  ['down', '-m', 'migrations', '--to', '9'],
  ['audit', '--database-url', 'postgres://127.0.0.1:1/x'],
])('what keeps %s from beginning is an error', async (...args) => {
  const { stdout, code } = await run(...args, '--json');
  expect(code).toBeGreaterThan(0);
  expectValid(schema('error'), JSON.parse(stdout));
});

test('a line of watch is what the schema says', async () => {
  const { stdout } = await run('watch', '--json');
  const validate = schema('watch-lines');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const line of lines) expectValid(validate, line);
  expect(lines.at(-1)).toMatchObject({ type: 'not-running' });
  expect(validate({ type: 'not-running' })).toBe(false);
});

test('refresh tells of each function', async () => {
  const { stdout } = await run('refresh', '--json-events');
  const lines = stdout.trimEnd().split('\n');
  const validate = schema('json-events');
  for (const line of lines) expectValid(validate, JSON.parse(line));
  expect(lines.map((line) => JSON.parse(line).type)).toEqual([
    ...['function-started', 'function-finished'],
    ...['function-started', 'function-finished'],
    ...['function-started', 'function-finished'],
    'report',
  ]);
});

test.each([
  ['migration-report', 'up'],
  ['status-report', 'status', '--history', '5'],
  ['plan-report', 'plan'],
  ['verify-report', 'verify'],
  ['history-report', 'history'],
  ['doctor-report', 'doctor'],
  ['lint-report', 'lint'],
  ['dump-report', 'dump', '--file', 'schema.sql'],
  ['ledger-report', 'baseline', '2'],
  ['ledger-report', 'adopt'],
  ['ledger-report', 'renumber', '-m', 'renamed'],
  ['ledger-report', 'force', '002_b', '--remove', '-m', 'renamed', '--yes'],
  ['import-report', 'import', 'dbmate', 'new'],
  ['statistics-report', 'refresh'],
])('%s is what %s --json prints', async (name, ...args) => {
  const { stdout } = await run(...args, '--json');
  const validate = schema(name);
  const document = JSON.parse(stdout);
  expectValid(validate, document);
  const { command: _, ...without } = document;
  expect(validate(without)).toBe(false);
});
