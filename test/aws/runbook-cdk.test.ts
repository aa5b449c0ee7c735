import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parameterPath } from '../../lib/contract.ts';
import { readParameters } from '../../lib/settings/parameter-store.ts';
import type { EnvironmentDatabase } from '../support/aws-database.ts';
import type { Cdk } from '../support/aws-deploy.ts';
import { type Instance, startInstance } from '../support/aws-instance.ts';
import type { Aws } from '../support/aws-observer.ts';
import { cdkCommands } from '../support/runbook.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contextOf, prepareEnvironment, removeEnvironment } from './environment.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const root = resolve(import.meta.dirname, '../..');
const folder = temporaryFolder();
const printed = ['docs/guides/aws.md', 'README.md'].flatMap((file) =>
  cdkCommands(readFileSync(join(root, file), 'utf8')),
);
const jobs = ['migrate', 'refresh-statistics'] as const;
/** Those of the emulator, whose name of the account is nobody's. */
const PLACES = { ACCOUNT: '000000000000', REGION: 'eu-central-1' };

/**
 * The runbook, by the command line of CDK, letter by letter: typed in a folder that has a `cdk.json` of its own, which names the app of
 * this folder and says what cannot be asked in a test.
 */
describe.skipIf(!where?.emulatorFolder)('the commands of the runbook for CDK', () => {
  let cdk: Cdk;
  let aws: Aws;
  let database: EnvironmentDatabase;
  let instance: Instance;
  const gaps = createGaps(knownGaps);
  const context = () => contextOf(folder, gaps);
  const typed = new Set<string>();

  beforeAll(async () => {
    if (!where) return;
    ({ cdk, aws, database } = await prepareEnvironment(folder, where.variables));
    for (const environment of ['staging', 'demo', 'production'])
      for (const [index, job] of jobs.entries())
        await database.storeParameters(aws, environment, job, String(database.passwords[index]));
    writeFileSync(join(folder, 'migrations/001_shops.sql'), 'create table shops (id int);\n');
    instance = await startInstance();
    makeProject('own', context());
    makeProject('create', { ...context(), network: 'create' });
  }, 400_000);
  afterAll(async () => {
    await instance?.stop();
    if (where) await removeEnvironment({ cdk, aws, database }, context());
  });

  function makeProject(name: string, values: Readonly<Record<string, string | readonly string[]>>) {
    const home = join(folder, name);
    mkdirSync(home);
    symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
    const { context: flags } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
    const given = Object.entries(values).map(([key, value]) => [key, [value].flat().join(',')]);
    const settings = {
      app: `node ${join(root, 'test/aws/app.ts')}`,
      ...{ requireApproval: 'never', versionReporting: false, notices: false },
      context: { ...flags, ...Object.fromEntries(given.filter(([, value]) => value !== '')) },
    };
    writeFileSync(join(home, 'cdk.json'), JSON.stringify(settings));
  }

  /** Types a command that is printed in the guide or the README. */
  async function type(command: string, ENV = 'emulator', project = 'own'): Promise<string> {
    expect(printed).toContain(command);
    typed.add(command);
    // What is asked whether it is meant asks a person, who sits at a terminal.
    const isAsked = command.includes(' destroy ');
    const shell = isAsked ? ['script', '-qefc', command, '/dev/null'] : ['bash', '-c', command];
    const running = promisify(execFile)(String(shell[0]), shell.slice(1), {
      cwd: join(folder, project),
      env: {
        PATH: `${join(root, 'node_modules/.bin')}:/usr/local/bin:/usr/bin:/bin`,
        ...{ HOME: folder, CDK_DISABLE_CLI_TELEMETRY: 'true', NO_COLOR: '1', ...PLACES, ENV },
        ...{ SHELL: '/bin/bash', ...where?.variables },
      },
      timeout: 230_000,
      maxBuffer: 64 * 2 ** 20,
    });
    if (!isAsked) running.child.stdin?.end();
    running.child.stdout?.on('data', (text: string) => {
      if (isAsked && /\(y\/n\)/.test(text)) running.child.stdin?.write('y\r');
    });
    return running.then(
      ({ stdout, stderr }) => stdout + stderr,
      ({ code, stdout, stderr }) => expect.fail(`${command}: ${code}\n${stdout}${stderr}`),
    );
  }
  const status = (environment: string) => aws.stackStatus(`registry-jobs-${environment}`);
  const applied = () => database.query('select version from schema_migrations');

  test('the first deploy: bootstrap, a look, the deploy, another one that finds nothing to do', async () => {
    expect(await type('npx cdk bootstrap aws://$ACCOUNT/$REGION')).toMatch(/bootstrapped/);
    expect(await type('npx cdk synth -c env=staging')).toContain('AWS::Lambda::Function');
    expect(await type('npx cdk diff -c env=$ENV')).toContain('AWS::Lambda::Function');
    expect(await status('emulator')).toBeUndefined();
    await type('npx cdk deploy -c env=$ENV');
    expect(await status('emulator')).toBe('CREATE_COMPLETE');
    expect(await applied()).toEqual([{ version: '001_shops' }]);
    expect(await type('npx cdk deploy -c env=$ENV')).toContain('(no changes)');
  });

  test('promotion: one environment after the other, here with one database, in which nothing is done twice', async () => {
    const commands = ['staging', 'demo', 'production'].map((name) => `npx cdk deploy -c env=${name}`);
    for (const command of commands) await type(command);
    for (const name of ['staging', 'demo', 'production']) expect(await status(name)).toBe('CREATE_COMPLETE');
    expect(await applied()).toEqual([{ version: '001_shops' }]);
    const tried = await database.query('select version from schema_migrations_journal');
    expect(tried).toHaveLength(1);
  }, 400_000);

  test('removed, it leaves the database and the parameters', async () => {
    await type('npx cdk destroy -c env=$ENV');
    expect(await status('emulator')).toBeUndefined();
    expect(await applied()).toEqual([{ version: '001_shops' }]);
    expect((await readParameters(parameterPath('emulator', 'migrate'))).user?.value).toBe(
      database.users.migrate,
    );
    for (const name of ['staging', 'demo', 'production']) {
      await type('npx cdk destroy -c env=$ENV', name);
      expect(await status(name)).toBeUndefined();
    }
  });

  test('without a VPC and a database: both stacks at once, and then away', async () => {
    const databaseStack = 'registry-jobs-beginner-database';
    let isOver = false;
    // The instance of the emulator is none that answers: one of this machine takes its place as soon as its settings are there.
    const opening = (async () => {
      while ((await aws.stackStatus(databaseStack)) !== 'CREATE_COMPLETE' && !isOver) await sleep(200);
      const { password } = await readParameters(parameterPath('beginner', 'migrate'));
      await instance.open('registry', 'migrator', String(password?.value));
      for (const job of jobs) await instance.storeAddress(aws, parameterPath('beginner', job));
    })();
    await type('npx cdk deploy -c env=$ENV --all', 'beginner', 'create').finally(() => {
      isOver = true;
    });
    await opening;
    expect(await instance.query('select version from schema_migrations')).toEqual([{ version: '001_shops' }]);
    await type('npx cdk destroy -c env=$ENV registry-jobs-$ENV', 'beginner', 'create');
    expect(await status('beginner')).toBeUndefined();
    expect(await aws.stackStatus(databaseStack)).toBe('CREATE_COMPLETE');
    await aws.unprotect(databaseStack);
    await type('npx cdk destroy -c env=$ENV registry-jobs-$ENV-database', 'beginner', 'create');
    expect(await aws.stackStatus(databaseStack)).toBeUndefined();
  }, 400_000);

  test('no command that is printed was left out', () => {
    expect([...typed].sort()).toEqual([...new Set(printed)].sort());
  });
});
