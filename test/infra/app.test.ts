import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { compileCache } from '../support/compile-cache.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Each runs the command line and the app in processes of their own, with a folder of their own: they need not wait for each other.
vi.setConfig({ testTimeout: 180_000 });

const root = path.resolve(import.meta.dirname, '../..');

/** Runs the CDK command line on bin/app.ts, as a new machine has it: no credentials, nobody to ask. */
function cdk(args: readonly string[]): Promise<{ code: number | null; text: string; out: string }> {
  const out = path.join(temporaryFolder(), 'cdk.out');
  const program = path.join(root, 'node_modules/aws-cdk/bin/cdk');
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
    const child = spawn(process.execPath, [program, ...args, '--output', out], { cwd: root, env });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    child.once('error', fail);
    child.once('close', (code) => done({ code, text, out }));
  });
}

test.concurrent.each(['synth', 'deploy', 'diff'])(
  'cdk %s without an environment is an error that names them',
  async (command) => {
    const { code, text, out } = await cdk([command]);
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

test.concurrent('cdk list and cdk destroy without an environment see none of them, so that nothing is removed by mistake', async () => {
  const list = await cdk(['list']);
  expect([list.code, list.text.trim()]).toEqual([0, 'no-environment-chosen']);
  const { out } = await cdk(['destroy', '--all', '--force']);
  expect(readdirSync(out).filter((file) => file.endsWith('.template.json'))).toEqual([
    'no-environment-chosen.template.json',
  ]);
});

test.concurrent('cdk bootstrap gets past the app without an environment, to where it needs credentials', async () => {
  for (const place of [[], ['aws://111111111111/eu-central-1']]) {
    const { text } = await cdk(['bootstrap', ...place]);
    expect(text).not.toMatch(/No environment|no stacks/);
    expect(text).toMatch(/credentials|Unable to (?:resolve|determine)|Need to perform AWS calls/i);
  }
});

test.concurrent('cdk list with one shows its stack, and cdk synth makes it', async () => {
  expect((await cdk(['list', '-c', 'env=demo'])).text.trim()).toBe('registry-jobs-demo');
  const { code, text, out } = await cdk(['synth', '-c', 'env=demo', '--quiet']);
  expect(code, text).toBe(0);
  expect(readdirSync(out)).toContain('registry-jobs-demo.template.json');
});

test.concurrent('an environment that nobody knows is an error of every command', async () => {
  const { code, text } = await cdk(['list', '-c', 'env=prod']);
  expect(code).toBe(1);
  expect(text).toContain('There is no environment "prod". Known are staging, demo, production.');
});
