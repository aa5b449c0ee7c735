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
  ['doctor-report', 'doctor'],
  ['lint-report', 'lint'],
  ['dump-report', 'dump', '--file', 'schema.sql'],
  ['statistics-report', 'refresh'],
])('%s is what %s --json prints', async (name, ...args) => {
  const { stdout } = await run(...args, '--json');
  const validate = schema(name);
  const document = JSON.parse(stdout);
  expectValid(validate, document);
  const { command: _, ...without } = document;
  expect(validate(without)).toBe(false);
});
