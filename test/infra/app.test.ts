import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { compileCache } from '../support/compile-cache.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The app is a process of its own each time, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 });

const root = path.resolve(import.meta.dirname, '../..');

interface Outcome {
  readonly code: number;
  readonly text: string;
  readonly out: string;
}

/** Runs the CDK command line on bin/app.ts, as a new machine has it: no credentials, nobody to ask. What it wrote is out and err. */
function start(args: readonly string[]): Promise<{ code: number | null; written: [string, string] }> {
  const env = {
    ...compileCache,
    PATH: `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: temporaryFolder(),
    CI: 'true',
    NO_COLOR: '1',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: root, env });
    const written: [string, string] = ['', ''];
    child.stdout.on('data', (chunk) => (written[0] += chunk));
    child.stderr.on('data', (chunk) => (written[1] += chunk));
    child.once('error', fail);
    child.once('close', (code) => done({ code, written }));
  });
}

/** One command as a process of its own, as people run it. */
async function cdk(args: readonly string[]): Promise<Outcome> {
  const out = path.join(temporaryFolder(), 'cdk.out');
  const { code, written } = await start([
    path.join(root, 'node_modules/aws-cdk/bin/cdk'),
    ...args,
    '--output',
    out,
  ]);
  return { code: code ?? -1, text: written.join(''), out };
}

/** Many in one process, each with a folder of its own for what it makes. */
async function cdkEach<Name extends string>(
  commands: Readonly<Record<Name, string>>,
): Promise<Record<Name, Outcome>> {
  const all = Object.entries<string>(commands).map(([name, text]) => {
    const out = path.join(temporaryFolder(), 'cdk.out');
    return { name, out, args: [...text.split(' '), '--output', out] };
  });
  const { code, written } = await start([
    path.join(root, 'test/support/cdk-commands.mjs'),
    path.join(root, 'node_modules/aws-cdk/lib/index.js'),
    JSON.stringify(all.map(({ args }) => args)),
  ]);
  // Of each command what it wrote, and its exit code after it.
  const [stdout, stderr] = written.map((text) => text.split(/\0(\d+)\n/));
  expect([code, stdout?.length, stderr?.length], written.join('')).toEqual([
    0,
    all.length * 2 + 1,
    all.length * 2 + 1,
  ]);
  const outcomes = all.map(({ name, out }, index) => {
    const text = `${stdout?.[index * 2]}${stderr?.[index * 2]}`;
    return [name, { code: Number(stdout?.[index * 2 + 1]), text, out }];
  });
  return Object.fromEntries(outcomes);
}

let outcomes: Awaited<ReturnType<typeof runAll>>;
const runAll = () =>
  cdkEach({
    synth: 'synth',
    deploy: 'deploy',
    diff: 'diff',
    list: 'list',
    destroy: 'destroy --all --force',
    bootstrap: 'bootstrap',
    'bootstrap of a place': 'bootstrap aws://111111111111/eu-central-1',
    'list of demo': 'list -c env=demo',
    'list of nobody': 'list -c env=prod',
  });
beforeAll(async () => {
  outcomes = await runAll();
}, 180_000);

test.each(['synth', 'deploy', 'diff'] as const)(
  'cdk %s without an environment is an error that names them',
  (command) => {
    const { code, text, out } = outcomes[command];
    expect(code).toBe(1);
    expect(text).toContain(
      'No environment was chosen. Known are staging, demo, production. [unknown-environment]',
    );
    expect(text).toContain('What to do: Name one of them, for example: npx cdk synth -c env=staging');
    expect(existsSync(out) ? readdirSync(out).filter((file) => file.endsWith('.template.json')) : []).toEqual(
      [],
    );
  },
);

test('cdk list and cdk destroy without an environment see none of them, so that nothing is removed by mistake', () => {
  const { list, destroy } = outcomes;
  expect([list.code, list.text.trim()]).toEqual([0, 'no-environment-chosen']);
  expect(readdirSync(destroy.out).filter((file) => file.endsWith('.template.json'))).toEqual([
    'no-environment-chosen.template.json',
  ]);
});

test('cdk bootstrap gets past the app without an environment, to where it needs credentials', () => {
  for (const { text } of [outcomes.bootstrap, outcomes['bootstrap of a place']]) {
    expect(text).not.toMatch(/No environment|no stacks/);
    expect(text).toMatch(/credentials|Unable to (?:resolve|determine)|Need to perform AWS calls/i);
  }
});

test('cdk list with one shows its stack, and cdk synth makes it', async () => {
  expect(outcomes['list of demo'].text.trim()).toBe('registry-jobs-demo');
  const { code, text, out } = await cdk(['synth', '-c', 'env=demo', '--quiet']);
  expect(code, text).toBe(0);
  expect(readdirSync(out)).toContain('registry-jobs-demo.template.json');
});

test('an environment that nobody knows is an error of every command', () => {
  const { code, text } = outcomes['list of nobody'];
  expect(code).toBe(1);
  expect(text).toContain('There is no environment "prod". Known are staging, demo, production.');
});
