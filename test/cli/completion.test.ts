import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { ENVIRONMENTS } from '../../lib/cli/commands/completion.ts';
import { bashCompletion } from '../../lib/cli/completion/bash.ts';
import { describeCommands } from '../../lib/cli/completion/describe.ts';
import { fishCompletion } from '../../lib/cli/completion/fish.ts';
import { listVersions } from '../../lib/cli/completion/versions.ts';
import { zshCompletion } from '../../lib/cli/completion/zsh.ts';
import { cliInProcess, createProject } from '../support/cli.ts';
import { hasShell, programFolder, propose, type ShellName, typeInBash } from '../support/shells.ts';
import { hasTerminal } from '../support/terminal.ts';

/** Its files have names that a shell would make something of, if it were let. */
const EVIL = 'x$(touch evil)';
const folder = createProject({
  'migrations/001_a.sql': '',
  'my files/20240101_add users.up.sql': '',
  'my files/20240101_add users.down.sql': '',
  'schema.sql': '',
  [`.env.${EVIL}`]: '',
  '.env.development': '',
});

/** Stands in for the program where versions are asked for: proposes the words that it was given, as one. */
const echo = programFolder(`IFS=+; printf '%s\\tA title\\n' 7_seven "$*"`);
const asked = (...words: string[]) => ['7_seven', ['completion-versions', ...words].join('+')].sort();

const environments = ['demo', 'development', 'production', 'staging', 'test', EVIL];
const folders = ['migrations', 'my files'];

const rows: [words: string[], expected: string[]][] = [
  // Commands, by all their names.
  [['stat'], ['status']],
  [['mig'], ['migrate']],
  [['comp'], ['completion']],
  [['help', 'rol'], ['rollback']],
  // Options of each command, and of its other name.
  [['up', '--out'], ['--out-of-order']],
  [['migrate', '--out'], ['--out-of-order']],
  [['status', '--out'], []],
  [['up', '--ta'], ['--table']],
  // The value of an option is no command, and neither is an argument.
  [['up', '--plan', 'status', '--out'], ['--out-of-order']],
  [['new', 'up', '--vers'], ['--versioned']],
  [['up', '--database-url', 'postgres://me:x@h/d', '--out'], ['--out-of-order']],
  [['status', '--history', '3', '--che'], ['--check']],
  // Environments: those that need no file, and files.
  [['up', '--env', ''], environments],
  [['up', '-e', ''], environments],
  [['up', '--env='], environments],
  [['up', '--env=pro'], ['production']],
  [['up', '--env', 'te'], ['test']],
  // Values that are known.
  [
    ['lint', '--format', ''],
    ['github', 'sarif', 'text'],
  ],
  [['lint', '--format=s'], ['sarif']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [
    ['import', '--tool', 'go'],
    ['golang-migrate', 'goose'],
  ],
  // Values that nobody knows.
  [['up', '--steps', ''], []],
  [['up', '--database-url', ''], []],
  [['up', '--ledger', ''], []],
  [['new', ''], []],
  // Folders and files.
  [['up', '--migrations', ''], folders],
  [['up', '-m', 'mig'], ['migrations']],
  [['import', ''], folders],
  [['import', 'migrations', 'my'], ['my files']],
  [['up', '--initial-schema', 'sch'], ['schema.sql']],
  // Versions: the program is told where the files are.
  [['up', '--to', ''], asked()],
  [['up', '--to', '7'], ['7_seven']],
  [['lint', '--since', '7'], ['7_seven']],
  [['force', '7'], ['7_seven']],
  [['baseline', '--yes', '7'], ['7_seven']],
  [['up', '--rerun', '1', '7'], ['7_seven']],
  [['up', '-m', '"my files"', '--to', ''], asked('-m', 'my files')],
  [['up', '-m', 'my\\ files', '--to', ''], asked('-m', 'my files')],
  [['down', '--migrations=db', '--to', ''], asked('--migrations', 'db')],
  [['force', '-e', 'test', ''], asked('-e', 'test')],
];

/** Commands as they may come later: one below another, with values of every kind. */
function laterProgram(): Command {
  const program = new Command('registry-jobs');
  program.command('given-versions', { hidden: true }).option('-m, --migrations <folder>');
  const operators = program
    .command('operators')
    .alias('ops')
    .description("what an operator's [night]: needs $HOME");
  operators
    .command('load')
    .argument('<from>')
    .argument('[files...]')
    .description('b')
    .addOption(new Option('--level [level]').choices(['high', 'low: er']))
    .option('--colours <colour...>', 'some', 'red')
    .option('--as, --output-as <file>')
    .action(() => {});
  operators.command('hide', { hidden: true });
  return program;
}

const laterRows: [words: string[], expected: string[]][] = [
  [['op'], ['operators', 'ops']],
  [['given'], []],
  [
    ['operators', ''],
    ['help', 'load'],
  ],
  [['ops', 'lo'], ['load']],
  [['ops', 'load', '--o'], ['--output-as']],
  [['ops', 'load', '--level', 'h'], ['high']],
  [['ops', 'load', '--level', 'low'], ['low: er']],
  [['ops', 'load', '--as', 'sch'], ['schema.sql']],
  [['ops', 'load', 'my'], ['my files']],
  [['ops', 'load', 'migrations', 'sch'], ['schema.sql']],
  [['ops', 'load', 'migrations', 'a', 'b', 'sch'], ['schema.sql']],
];

const render = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

describe.each<ShellName>(['bash', 'zsh', 'fish'])('%s', (shell) => {
  const isHere = hasShell(shell);

  test.skipIf(!isHere)('proposes what can come next, of the commands that there are', async () => {
    const { code, stdout: script, stderr } = await cliInProcess(['completion', shell], { folder });
    expect([code, stderr]).toEqual([0, '']);
    const lines = rows.map(([words]) => words);
    const found = await propose(shell, lines, { folder, bin: echo, script });
    expect(lines.map((words, index) => [words, found[index]])).toEqual(rows);
    expect(existsSync(path.join(folder, 'evil'))).toBe(false);
  });

  test.skipIf(!isHere)('and of commands that come later', async () => {
    const script = render[shell](describeCommands(laterProgram(), 'given-versions', []));
    const lines = laterRows.map(([words]) => words);
    const found = await propose(shell, lines, { folder, bin: echo, script });
    expect(lines.map((words, index) => [words, found[index]])).toEqual(laterRows);
  });
});

test.skipIf(!hasTerminal)('pressing Tab in bash writes what the shell then reads', async () => {
  const { stdout } = await cliInProcess(['completion', 'bash'], { folder });
  const keys = [
    '-m my\t',
    '--to 7\t--env=prod\t',
    '--initial-schema=sch\t',
    '-e x\t',
    '--database-url postgres://me@h/d --led\tx',
  ];
  const shown = await typeInBash(`registry-jobs up ${keys.join(' ')}`, { folder, bin: echo, script: stdout });
  expect(shown).toContain(
    `up+-m+my files/+--to+7_seven+--env=production+--initial-schema=schema.sql+-e+${EVIL}+--database-url+postgres://me@h/d+--ledger+x`,
  );
  expect(existsSync(path.join(folder, 'evil'))).toBe(false);
});

test('the environments that need no file are those of environments.ts, and the default', () => {
  const [first, ...live] = ENVIRONMENTS;
  expect(first).toBe('development');
  for (const name of live) expect(chooseEnvironment(name).name).toBe(name);
});

test('versions are those of the files that are migrations, in their order', () => {
  const names = [
    ...[
      'R_views.sql',
      '10_b.sql',
      '9_a.sql',
      'README.md',
      'initial_schema.sql',
      'bad name.sql',
      '11_c_rollback.sql',
    ],
    ...['11_c.sql', '20240101_add users.up.sql', '20240101_add users.down.sql'],
  ];
  expect(listVersions(names)).toEqual([
    { version: '9_a' },
    { version: '10_b' },
    { version: '11_c' },
    { version: '20240101', title: 'add users' },
    { version: 'R_views' },
  ]);
});

test('a script that asks for versions is answered, from the folder that a .env file names', async () => {
  const project = createProject({ 'db/001_a.sql': 'not even SQL', 'db/2024_x y.up.sql': '' }, undefined, {
    REGISTRY_JOBS_MIGRATIONS: 'db',
  });
  expect(await cliInProcess(['completion-versions', '--env', 'test'], { folder: project })).toEqual({
    code: 0,
    stdout: '001_a\n2024\tx y\n',
    stderr: '',
  });
});

test('the script is as it is, also where npx called: no command in it gets a word more', async () => {
  const plain = await cliInProcess(['completion', 'fish'], { folder });
  const byNpx = await cliInProcess(
    ['completion', 'fish'],
    { folder, env: { npm_command: 'exec' } },
    { hasColor: true },
  );
  expect(byNpx).toEqual(plain);
});

test('another shell is wrong use, and the help says which there are', async () => {
  const { code, stdout, stderr } = await cliInProcess(['completion', 'tcsh'], { folder });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish.');
});
