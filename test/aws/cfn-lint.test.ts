import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { environments } from '../../environments.ts';
import { installPython, NotInstallable } from '../support/python.ts';
import { synth } from '../support/synth.ts';
import { synthCreated } from '../support/synth-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
let python: string | undefined;

beforeAll(async () => {
  try {
    python = await installPython(join(import.meta.dirname, 'requirements-cfn-lint.txt'));
  } catch (error) {
    if (!(error instanceof NotInstallable)) throw error;
    console.warn(`\n!!! NO TEMPLATE IS CHECKED BY CFN-LINT HERE: ${error.message}\n`);
  }
}, 180_000);

const lint = (template: object) => {
  const file = join(folder, 'template.json');
  writeFileSync(file, JSON.stringify(template));
  // W3005: CDK writes dependencies that follow from references anyhow. Harmless, and not ours to change.
  return promisify(execFile)(python ?? '', [
    '-c',
    'from cfnlint.runner import main; main()',
    '--ignore-checks',
    'W3005',
    '--template',
    file,
  ]);
};

test.for([...environments.keys()])('cfn-lint finds nothing in %s', async (environment, context) => {
  if (!python) return context.skip();
  await lint(synth({ environment }).template.toJSON());
});

test('nor in what an environment without a network and a database makes', async (context) => {
  if (!python) return context.skip();
  const { jobs, database } = synthCreated();
  await lint(jobs.template.toJSON());
  await lint(database.template);
});

test('and it would', async (context) => {
  if (!python) return context.skip();
  const template = synth().template.toJSON();
  const [fn] = Object.values<{ Type: string; Properties: Record<string, unknown> }>(
    template.Resources,
  ).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  if (fn) fn.Properties.Timeout = 901;
  await expect(lint(template)).rejects.toMatchObject({ stdout: expect.stringContaining('901') });
});
