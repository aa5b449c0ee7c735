import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliDatabase, cliInProcess, createCliDatabase, createProject } from '../support/cli.ts';

/* No report names an environment whose database it was not. */
let database: CliDatabase;
let folder: string;
let elsewhere: string;

beforeAll(async () => {
  database = await createCliDatabase();
  await database.query(`create function one() returns int language sql as 'select 1';
    create function audit_statistics() returns table (statistic text, cell jsonb, recorded jsonb, recomputed jsonb)
      language sql as 'select null::text, null::jsonb, null::jsonb, null::jsonb where false';
    create function rebuild_statistics() returns void language sql as ''`);
  const files = { 'migrations/001_a.sql': 'create table if not exists a (x int)' };
  const variables = { REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'one' };
  folder = createProject(files, database, variables);
  elsewhere = createProject(files, { url: 'postgres://nobody@127.0.0.1:1/nowhere_test' }, variables);
});
afterAll(() => database.drop());

const commands = [
  ['up'],
  ['status'],
  ['plan'],
  ['verify'],
  ['resume'],
  ['force', '001', '--remove', '--yes'],
  ['baseline', '001', '--yes'],
  ['renumber'],
  ['refresh'],
  ['audit'],
  ['rebuild'],
  ['report'],
];

describe.each(commands)('%s %s', (...args) => {
  const words = args.filter((word) => typeof word === 'string');

  test('names the environment whose settings say which database', async () => {
    const { code, stdout } = await cliInProcess([...words, '-e', 'test', '--json'], { folder });
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { command: words[0], environment: 'test' }]);
  });

  test.each<[string, string[], () => Record<string, string>]>([
    ['--database-url', ['--database-url'], () => ({})],
    ['DATABASE_URL', [], () => ({ DATABASE_URL: database.url })],
  ])('names none where %s says it', async (_, flag, env) => {
    const more = flag.length > 0 ? [...flag, database.url] : [];
    const { code, stdout } = await cliInProcess([...words, '-e', 'test', '--json', ...more], {
      folder: elsewhere,
      env: env(),
    });
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.command).toBe(words[0]);
    expect(report).not.toHaveProperty('environment');
    expect(JSON.stringify(report.database)).toContain(database.name);
  });
});

test.each([
  ['refresh', /^Refreshed the statistics of (.+) in [\d.]+ m?s\.$/m],
  ['audit', /^The statistics of (.+) are exact \(/m],
  ['rebuild', /^Counted the statistics of (.+) anew in /m],
])('%s says the database, as the other commands do', async (command, pattern) => {
  const { stdout } = await cliInProcess([command, '--database-url', database.url], {
    folder: elsewhere,
    env: { REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'one' },
  });
  expect(pattern.exec(stdout)?.[1]).toBe(`${database.name} on 127.0.0.1 as ${database.name}_user`);
});

test('the page says none either', async () => {
  const args = ['report', '--database-url', database.url, '--html', 'page.html'];
  expect((await cliInProcess(args, { folder: elsewhere })).code).toBe(0);
  const page = readFileSync(path.join(elsewhere, 'page.html'), 'utf8');
  expect(page).not.toContain('Environment');
  expect(page).toContain('<p>Page made ');
});

test('nor does a fault of the settings', async () => {
  const { stderr } = await cliInProcess(['status', '--database-url', database.url], {
    folder: elsewhere,
    env: { REGISTRY_JOBS_LOCK_TIMEOUT: 'soon' },
  });
  expect(stderr).toMatch(/^error: The settings have a fault: /m);
});
