import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type CliDatabase,
  cli,
  cliInProcess,
  createCliDatabase,
  createProject,
  steady,
  writeFiles,
} from '../support/cli.ts';

let database: CliDatabase;
beforeEach(async () => {
  database = await createCliDatabase();
});
afterEach(() => database.drop());

const files = {
  'migrations/001_people.sql': `CREATE TABLE people (id int PRIMARY KEY, name text);\n`,
  'migrations/002_names.sql': `INSERT INTO people VALUES (1, 'Ada');\n\nINSERT INTO people VALUES (2, 'Zoë');\n`,
  'migrations/003_ages.sql': `ALTER TABLE people ADD COLUMN age int;\n`,
};
const place = () => `${database.name} on 127.0.0.1 as ${database.name}_user`;
const versions = async () =>
  (await database.query<{ version: string }>('SELECT version FROM schema_migrations ORDER BY version')).map(
    ({ version }) => version,
  );

test('the first run applies everything, the second has nothing to do, and status says so', async () => {
  const folder = createProject(files, database);
  const first = await cli(['up', '--env', 'test'], { folder });
  expect({ ...first, stdout: steady(first.stdout) }).toEqual({
    code: 0,
    stdout: [
      'Applied migrations/001_people.sql in N ms (1 statement)',
      'Applied migrations/002_names.sql in N ms (2 statements)',
      'Applied migrations/003_ages.sql in N ms (1 statement)',
      `3 migrations applied to ${place()} in N ms.\n`,
    ].join('\n'),
    stderr: [
      '[1/3] migrations/001_people.sql',
      '[2/3] migrations/002_names.sql',
      '[3/3] migrations/003_ages.sql\n',
    ].join('\n'),
  });

  const second = await cli(['up', '--env', 'test'], { folder });
  expect({ ...second, stdout: steady(second.stdout) }).toEqual({
    code: 0,
    stdout: `Nothing to do: ${place()} has all 3 migrations (N ms).\n`,
    stderr: '',
  });
  expect(await database.query('SELECT id, name FROM people ORDER BY id')).toEqual([
    { id: 1, name: 'Ada' },
    { id: 2, name: 'Zoë' },
  ]);

  const status = await cliInProcess(['status', '-e', 'test', '--check'], { folder });
  expect(status.code).toBe(0);
  const [heading, ...table] = steady(status.stdout).split('\n');
  expect(heading).toMatch(
    new RegExp(`^${database.name} on 127\\.0\\.0\\.1:\\d+ as ${database.name}_user \\(Postgres [\\d.]+\\)$`),
  );
  expect(table).toEqual([
    'state    version     finished                took',
    'applied  001_people  TIME N ms',
    'applied  002_names   TIME N ms',
    'applied  003_ages    TIME N ms',
    'Up to date.',
    '',
  ]);
});

test('two runs at the same moment on an empty database: each file once, both succeed', async () => {
  const folder = createProject(
    {
      ...files,
      'migrations/002_names.sql': `INSERT INTO people SELECT coalesce(max(id), 0) + 1 FROM people;\n`,
    },
    database,
  );
  const runs = await Promise.all([1, 2].map(() => cli(['up', '-e', 'test', '--json'], { folder })));
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  const reports = runs.map(({ stdout }) => JSON.parse(stdout));
  expect(reports.flatMap(({ applied }) => applied.map((it: { file: string }) => it.file)).sort()).toEqual(
    Object.keys(files),
  );
  expect(await versions()).toEqual(['001_people', '002_names', '003_ages']);
  expect(await database.query('SELECT id FROM people')).toEqual([{ id: 1 }]);
});

test('a statement that fails at run time: files before it stay, its own leaves nothing, mended it goes on from there', async () => {
  const broken = `INSERT INTO people VALUES (1, 'Ada');\nINSERT INTO\n  pepole VALUES (2, 'Bob');\n`;
  const folder = createProject({ ...files, 'migrations/002_names.sql': broken }, database);
  const failed = await cli(['up', '-e', 'test'], { folder });
  expect({ ...failed, stdout: steady(failed.stdout) }).toEqual({
    code: 1,
    stdout: [
      'Applied migrations/001_people.sql in N ms (1 statement)',
      'Failed  migrations/002_names.sql after N ms',
      'migrations/002_names.sql:3:3: relation "pepole" does not exist (SQLSTATE 42P01) [statement-failed]',
      `3 |   pepole VALUES (2, 'Bob');`,
      '  |   ^',
      'What to do: Correct the file and run again: nothing of it was kept.',
      'State: 1 migration before it was applied and stays; 1 migration after it was not run.\n',
    ].join('\n'),
    stderr: '[1/3] migrations/001_people.sql\n[2/3] migrations/002_names.sql\n',
  });
  expect(await versions()).toEqual(['001_people']);
  expect(await database.query('SELECT * FROM people')).toEqual([]);

  const pending = await cliInProcess(['status', '-e', 'test', '--check'], { folder });
  expect([pending.code, pending.stdout.split('\n').slice(2)]).toEqual([
    3,
    [
      expect.stringMatching(/^applied {2}001_people /),
      'pending  002_names',
      'pending  003_ages',
      '2 migrations pending.',
      '',
    ],
  ]);
  expect((await cliInProcess(['status', '-e', 'test'], { folder })).code).toBe(0);

  writeFiles(folder, files);
  const mended = await cliInProcess(['up', '-e', 'test'], { folder });
  expect([mended.code, steady(mended.stdout).split('\n').slice(0, 2)]).toEqual([
    0,
    [
      'Applied migrations/002_names.sql in N ms (2 statements)',
      'Applied migrations/003_ages.sql in N ms (1 statement)',
    ],
  ]);
  expect(await versions()).toEqual(['001_people', '002_names', '003_ages']);
});

test('a syntax error anywhere: nothing runs', async () => {
  const folder = createProject(
    { ...files, 'migrations/003_ages.sql': `SELECT 1;\nALTER TABEL people;\n` },
    database,
  );
  const result = await cli(['up', '-e', 'test'], { folder });
  expect(result).toEqual({
    code: 1,
    stdout: '',
    stderr: [
      'error: migrations/003_ages.sql:2:7: syntax error at or near "TABEL" [syntax-error]',
      '2 | ALTER TABEL people;',
      '  |       ^',
      'What to do: Correct the statement; nothing was run.\n',
    ].join('\n'),
  });
  expect(await database.query(`SELECT to_regclass('schema_migrations') AS ledger`)).toEqual([
    { ledger: null },
  ]);
});

describe('--json: one document on standard output', () => {
  test('of a success, and nothing else anywhere', async () => {
    const folder = createProject(files, database);
    const { code, stdout, stderr } = await cli(['up', '-e', 'test', '--json'], { folder });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'up',
      status: 'applied',
      environment: 'test',
      database: { name: database.name, user: `${database.name}_user` },
      applied: Object.keys(files).map((file) => ({ file, attempts: 1 })),
      notRun: [],
      alreadyApplied: 0,
    });
    const status = await cliInProcess(['status', '-e', 'test', '--json', '--check'], { folder });
    expect([status.code, status.stderr]).toEqual([0, '']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      command: 'status',
      status: 'up-to-date',
      entries: [{ version: '001_people', state: 'applied' }, { state: 'applied' }, { state: 'applied' }],
    });
  });

  test('of a migration that failed', async () => {
    const folder = createProject({ ...files, 'migrations/002_names.sql': 'SELECT 1/0' }, database);
    const { code, stdout, stderr } = await cliInProcess(['up', '-e', 'test', '--json'], { folder });
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'failed',
      applied: [{ version: '001_people' }],
      failed: {
        version: '002_names',
        error: {
          code: 'statement-failed',
          sqlstate: '22012',
          location: { file: 'migrations/002_names.sql', line: 1, column: 1 },
        },
      },
      notRun: ['003_ages'],
    });
  });

  test('of an error', async () => {
    const folder = createProject(files);
    const env = { DATABASE_URL: 'postgres://me:a-secret@127.0.0.1:1/shop' };
    const { code, stdout, stderr } = await cli(['up', '--json'], { folder, env });
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'connect-refused',
        message: 'Nothing accepts connections at 127.0.0.1:1.',
        hint: 'Start the server, or correct the host and port.',
      },
    });
  });

  test('also when the password looks like something else in it', async () => {
    const folder = createProject(files);
    const url = new URL(database.url);
    const [{ user }] = (await database.query('SELECT current_user AS user')) as [{ user: string }];
    expect(user).not.toBe(url.username);
    await database.query(`ALTER ROLE "${url.username}" PASSWORD '${url.port}'`);
    url.password = url.port;
    const options = { folder, env: { DATABASE_URL: url.toString() } };
    const { code, stdout } = await cliInProcess(['status', '--json'], options);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).database.port).toBe(Number(url.port));
  });
});

test('files and ledger disagree: up refuses, and status --check says so with the same code', async () => {
  const folder = createProject(files, database);
  await cliInProcess(['up', '-e', 'test'], { folder });
  writeFiles(folder, { 'migrations/002_names.sql': 'SELECT 2;' });
  const up = await cliInProcess(['up', '-e', 'test'], { folder });
  expect([up.code, up.stdout, up.stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/^error: .*002_names\.sql .* \[edited\]\n/),
  ]);
  const check = await cliInProcess(['status', '-e', 'test', '--check'], { folder });
  expect([check.code, check.stdout]).toEqual([
    1,
    expect.stringMatching(/\nedited {3}002_names [\s\S]*\n1 problem: up would refuse to run\.\n$/),
  ]);
});

test('any folder, any database', async () => {
  const folder = createProject({ 'db/sql/7_only.sql': 'CREATE TABLE only_one ();' });
  const { code, stdout } = await cliInProcess(['up', '-m', 'db/sql', '--database-url', database.url], {
    folder,
  });
  expect([code, steady(stdout).split('\n')[0]]).toEqual([
    0,
    'Applied db/sql/7_only.sql in N ms (1 statement)',
  ]);
  expect(await versions()).toEqual(['7_only']);
});
