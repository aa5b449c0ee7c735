import { describe, expect, test } from 'vitest';
import { cli, cliInProcess, createProject } from '../support/cli.ts';

const folder = createProject({ 'migrations/001_a.sql': 'SELECT 1;' });
const ESCAPE = '\u001B';

test.each(['up', 'status', 'refresh', 'reset', 'seed', 'new', 'lint'])(
  '%s --help has examples',
  async (command) => {
    const { code, stdout, stderr } = await cliInProcess([command, '--help'], { folder });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: registry-jobs ${command}(?:\\|\\w+)? `));
    const examples = stdout.split('Examples:\n')[1]?.trimEnd().split('\n') ?? [];
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const example of examples) expect(example).toMatch(new RegExp(`^ {2}registry-jobs ${command}\\b`));
  },
);

test('as a process: help and version succeed, on standard output, without a database or settings', async () => {
  const [help, version] = await Promise.all([cli(['--help'], { folder }), cli(['--version'], { folder })]);
  expect([help.code, help.stderr, version.code, version.stderr]).toEqual([0, '', 0, '']);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  for (const command of ['up', 'status', 'refresh', 'reset', 'seed', 'new', 'lint'])
    expect(help.stdout).toMatch(new RegExp(`^ {2}${command}\\b.*[a-z]`, 'm'));
  expect(help.stdout.replaceAll('\n', ' ')).toContain(
    'Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use, 3 pending (status --check)',
  );
  // In a process that has no terminal, commander takes 80 columns.
  const commands = [...help.stdout.matchAll(/^ {2}([a-z]+)(?:\|[a-z]+)? /gm)].map(([, name = '']) => name);
  expect(commands).toContain('watch');
  for (const command of ['', ...commands]) {
    const { stdout } = await cliInProcess([command, '--help'].filter(Boolean), { folder });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

test('as a process: wrong use ends with 2, on standard error', async () => {
  const [command, option] = await Promise.all([cli(['upp'], { folder }), cli(['up', '--dry'], { folder })]);
  expect(command).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: unknown command 'upp'\n(Did you mean up?)\n(add --help for what it takes)\n`,
  });
  expect(option).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: unknown option '--dry'\n(add --help for what it takes)\n`,
  });
});

test.each<[string, string[], RegExp]>([
  ['an argument too many', ['up', '003'], /^error: too many arguments for 'up'/],
  ['an argument too few', ['new'], /^error: missing required argument 'title'/],
  [
    'an option without its value',
    ['up', '--migrations'],
    /^error: option '-m, --migrations <folder>' argument missing/,
  ],
  [
    'a required option that is not there',
    ['seed'],
    /^error: required option '-n, --files <number>' not specified/,
  ],
  [
    'no number',
    ['seed', '-n', 'many'],
    /^error: option .* argument 'many' is invalid\. not a whole number from 1 to 100000000/,
  ],
  ['not a whole number', ['seed', '-n', '1.5'], /argument '1\.5' is invalid/],
  ['too small a number', ['seed', '-n', '0'], /argument '0' is invalid/],
  ['no number at all', ['seed', '-n', ''], /argument '' is invalid/],
  [
    'no folder',
    ['up', '-m', 'nowhere'],
    /^error: The migrations folder .*nowhere cannot be read\. \[no-migrations-folder\]\nWhat to do: Name the folder, here or as REGISTRY_JOBS_MIGRATIONS: registry-jobs status --migrations DIR\n$/,
  ],
  [
    'no settings',
    ['status'],
    /^error: There is no \.env\.development in .*, and no DATABASE_URL\. \[no-settings\]\nWhat to do: /,
  ],
  [
    'a bad URL',
    ['status', '--database-url', 'shop'],
    /^error: --database-url: not a URL such as postgres:\/\/user:password@host:5432\/database \[invalid-settings\]\nWhat to do: Write it as /,
  ],
])('wrong use: %s', async (_, args, message) => {
  const { code, stdout, stderr } = await cliInProcess(args, { folder });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

test('no command at all shows the help, as an error', async () => {
  const { code, stdout, stderr } = await cliInProcess([], { folder });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^Usage: registry-jobs /);
});

describe('colours', () => {
  const run = (hasColor: boolean) => cliInProcess(['status'], { folder }, { hasColor });

  test('only where there is somebody to see them', async () => {
    expect((await run(true)).stderr).toContain(`${ESCAPE}[31merror:${ESCAPE}[39m`);
    expect((await run(false)).stderr).not.toContain(ESCAPE);
  });

  test('not in a pipe, unless FORCE_COLOR asks for them', async () => {
    const written = async (env: Record<string, string>) => (await cli(['status'], { folder, env })).stderr;
    expect(await written({ TERM: 'xterm-256color' })).toMatch(/^error: /);
    expect(await written({ FORCE_COLOR: '1', TERM: 'dumb' })).toContain(`${ESCAPE}[31merror:${ESCAPE}[39m`);
  });
});

test('an environment that is not local is looked for on AWS, and a laptop without AWS is told so', async () => {
  const { code, stdout, stderr } = await cli(['up', '-e', 'staging'], { folder });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /^error: There is no access to AWS to read \/registry\/staging\/migrate: Region is missing \[parameters-no-access\]\nWhat to do: Log in, and set AWS_REGION; for an environment that is not on AWS, create its \.env file\.\n$/,
  );
});

test.each([
  ['up', 'migrate'],
  ['down', 'rollback'],
  ['status', 'info'],
  ['new', 'create'],
])('%s is also called %s', async (name, alias) => {
  const [one, other] = await Promise.all(
    [name, alias].map((command) => cliInProcess([command, '--help'], { folder })),
  );
  expect(other).toEqual(one);
});

test('the commands stand in groups: for any database, for this registry, dangerous', async () => {
  const { stdout } = await cliInProcess(['--help'], { folder });
  const groups = stdout.split(/^(?=\S.*:$)/m).map((group) => group.split('\n'));
  const namesIn = (heading: string) =>
    groups
      .filter(([first]) => first?.startsWith(heading))
      .flatMap((lines) => lines.flatMap((line) => /^ {2}([a-z]+)/.exec(line)?.[1] ?? []));
  expect(namesIn('For any database')).toEqual(expect.arrayContaining(['up', 'lint', 'import', 'watch']));
  expect(namesIn('For the tables of this registry')).toEqual([
    'refresh',
    'audit',
    'rebuild',
    'report',
    'seed',
  ]);
  expect(namesIn('Dangerous')).toEqual(['down', 'redo', 'cancel', 'force', 'reset']);
});
