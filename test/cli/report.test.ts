import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliDatabase, cli, cliInProcess, createCliDatabase, createProject } from '../support/cli.ts';
import { startParameterStore } from '../support/parameter-store.ts';

let database: CliDatabase;
beforeAll(async () => {
  database = await createCliDatabase();
});
afterAll(() => database.drop());

const inTest = ['report', '-e', 'test'];

test('as a process: writes the page, and prints its path', async () => {
  const folder = createProject({}, database);
  const file = path.join(folder, 'deposits.html');
  expect(await cli([...inTest, '--html', 'deposits.html'], { folder })).toEqual({
    code: 0,
    stdout: `${file}\n`,
    stderr: '',
  });
  const page = readFileSync(file, 'utf8');
  expect(page).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
  expect(page).toContain(`<h1>Deposits in ${database.name}</h1>`);
  expect(page).toContain('never refreshed');
});

test('- is standard output, with nothing around the page and no colours in it', async () => {
  const { code, stdout, stderr } = await cliInProcess(
    [...inTest, '--html', '-'],
    { folder: createProject({}, database) },
    { hasColor: true },
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
});

test('--json is the data, with or without a page', async () => {
  const folder = createProject({}, database);
  for (const more of [[], ['--html', 'page.html']]) {
    const { code, stdout } = await cliInProcess([...inTest, '--json', ...more], { folder });
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { command: 'report', environment: 'test', current: [] },
    ]);
  }
  expect(existsSync(path.join(folder, 'page.html'))).toBe(true);
});

test.each([
  [[], 'Where should the page go?', 'no-output'],
  [['--html', '-', '--json'], 'Standard output takes the page or the JSON, not both.', 'no-output'],
  [['--html', 'nowhere/page.html'], 'cannot be written', 'not-written'],
])('%j is wrong use', async (args, message, code) => {
  const result = await cliInProcess([...inTest, ...args], { folder: createProject({}, database) });
  expect(result.code).toBe(2);
  const told = result.stderr + result.stdout;
  expect(told).toContain(message);
  expect(told).toContain(code);
});

test('a password that an old error quotes is masked in the page', async () => {
  const own = await createCliDatabase();
  try {
    const { password } = new URL(own.url);
    await own.query(
      `CREATE TABLE schema_migrations_journal AS SELECT gen_random_uuid() AS id, gen_random_uuid() AS run_id,
      '001' AS version, '001.sql' AS file, '' AS checksum, 'up' AS direction, true AS transaction, 'failed' AS status,
      1 AS statements, 0 AS done, null::text AS done_checksum, now()::timestamp AS started_at, now()::timestamp AS finished_at,
      'me' AS who, 'me' AS db_user, '1' AS tool_version, 'bad: ' || $1::text AS error`,
      [decodeURIComponent(password)],
    );
    await own.query(`GRANT SELECT ON schema_migrations_journal TO PUBLIC`);
    const { stdout } = await cliInProcess([...inTest, '--html', '-'], { folder: createProject({}, own) });
    expect(stdout).toContain('bad: ***');
  } finally {
    await own.drop();
  }
});

test('a live environment is read as the user who may read the statistics only', async () => {
  const store = await startParameterStore();
  const env = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIAFAKE',
    AWS_SECRET_ACCESS_KEY: 'fake',
    AWS_ENDPOINT_URL_SSM: store.url,
  };
  const { stdout } = await cli(['report', '-e', 'staging', '--json'], { folder: createProject({}), env });
  await store.close();
  expect(store.requests.map(({ body }) => body.Path)).toEqual(['/registry/staging/refresh-statistics']);
  expect(stdout).toContain('Parameter Store has nothing below /registry/staging/refresh-statistics/.');
});
