import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { taskAlias } from '../../lib/contract.ts';
import type { EnvironmentDatabase } from '../support/aws-database.ts';
import { type Cdk, succeed } from '../support/aws-deploy.ts';
import type { Aws } from '../support/aws-observer.ts';
import { cli, createProject } from '../support/cli.ts';
import { codeBlocks } from '../support/markdown.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contextOf, prepareEnvironment, removeEnvironment, stack } from './environment.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const folder = temporaryFolder();
const migrations = join(folder, 'migrations');

/** What an operator does whose machine reaches AWS and no database: each command a process of its own. */
describe.skipIf(!where?.emulatorFolder)('a deployed function that is asked', () => {
  let cdk: Cdk;
  let aws: Aws;
  let database: EnvironmentDatabase;
  let laptop: string;
  let name: string;
  const gaps = createGaps(knownGaps);

  beforeAll(async () => {
    if (!where) return;
    ({ cdk, aws, database } = await prepareEnvironment(folder, where.variables));
    write('001_shops.sql', 'create table shops (id int);\n');
    write(
      '002_goods.sql',
      '-- registry-jobs: detach on\ncreate table goods (id int);\nselect pg_sleep(12);\n',
    );
    await succeed(cdk.run(['deploy', stack, '--exclusively'], context()));
    name = String(cdk.outputs(stack).MigrateFunctionName);
    laptop = createProject({ '.env.production': `REGISTRY_JOBS_FUNCTION=${name}\n` });
  }, 400_000);
  afterAll(async () => {
    if (!where) return;
    await removeEnvironment({ cdk, aws, database }, context());
  });

  const write = (file: string, sql: string) => writeFileSync(join(migrations, file), sql);
  const context = () => contextOf(folder, gaps);
  const run = (...args: string[]) =>
    cli([...args, '--remote', '--env', 'production'], { folder: laptop, env: { ...where?.variables } });
  /** As if the deploy had come no further. */
  const undo = () =>
    database.query(`drop table goods; delete from schema_migrations where version = '002_goods'`);

  test('says what is deployed, and what of it is applied', async () => {
    const { code, stdout } = await run('status');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\nUp to date\.\n$/)]);
    expect(stdout.split('\n')[0]).toMatch(
      new RegExp(
        `^Of what is deployed as ${name}: 2 files, the last one 002_goods \\(registry-jobs .*; first run `,
      ),
    );
    expect((await run('verify')).code).toBe(0);
    expect((await run('history', '--limit', '1')).stdout).toContain(
      'registry-jobs history --env production --remote --before ',
    );
    expect((await run('watch')).stdout).toContain('No run is at work on ');
    expect((await run('cancel', '--yes')).stdout).toContain('nothing was cancelled');
  });

  test('shows a plan, and has it approved in Parameter Store', async () => {
    await undo();
    const { stdout } = await run('plan');
    const [, hash = ''] = /--plan ([0-9a-f]{16})/.exec(stdout) ?? [];
    expect(await run('approve', '0123456789abcdef', '--yes')).toMatchObject({ code: 1 });
    expect(await run('approve', hash, '--yes')).toMatchObject({ code: 0, stderr: expect.any(String) });
    expect(await aws.parameter('/registry/emulator/migrate/approved-plan')).toBe(hash);
  });

  test('runs it in the server, watched from another process, and ends it when it is cancelled', async () => {
    const started = await run('up', '--detach');
    expect([started.code, started.stdout]).toEqual([
      0,
      expect.stringContaining('002_goods.sql in the server'),
    ]);
    expect(await run('cancel', '--yes')).toMatchObject({ code: 0 });
    expect(await database.query(`select to_regclass('goods') as there`)).toEqual([{ there: null }]);
    const [up, watched] = await Promise.all([run('up'), later(1_500, () => run('watch'))]);
    expect([up.code, up.stdout]).toEqual([0, expect.stringContaining('\n1 migration applied to ')]);
    expect([watched.code, watched.stdout]).toEqual([
      0,
      expect.stringMatching(/1 file done \(.*002_goods\.sql\)/),
    ]);
  });

  test('does what the runbook says, by its commands as they are printed there', async () => {
    const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/aws.md'), 'utf8');
    const commands = (section: string) => {
      const [, text = ''] = guide.split(`\n## ${section}\n`);
      return codeBlocks(text.split('\n## ')[0] ?? '', 'sh').flatMap((block) => block.trimEnd().split('\n'));
    };
    let hash = '';
    const type = async (line: string) => {
      const [npx, tool, ...args] = line.replaceAll('$ENV', 'production').replace('$HASH', hash).split(' ');
      expect([npx, tool]).toEqual(['npx', 'registry-jobs']);
      const done = await cli(args, { folder: laptop, env: { ...where?.variables } });
      expect([line, done.code, done.stderr]).toEqual([line, 0, expect.any(String)]);
      hash = /--plan ([0-9a-f]{16})/.exec(done.stdout)?.[1] ?? hash;
      return done.stdout;
    };
    const goods = () => database.query(`select to_regclass('goods') as there`);
    await undo();
    const [watchNothing, plan, up, watch, history, ...more] = commands('A long migration').map(String);
    const [approvePlan, approve] = commands('Approve a plan').map(String);
    const [cancel, lately] = commands('Cancel').map(String);
    expect(more).toEqual([]);
    expect(await type(String(watchNothing))).toContain('No run is at work');
    await type(String(plan));
    expect(await type(String(up))).toContain('002_goods.sql in the server');
    expect(await type(String(cancel))).toContain('Nothing of it was kept.');
    expect(await goods()).toEqual([{ there: null }]);
    expect(await type(String(lately))).toMatch(/ failed +up +002_goods /);
    await type(String(approvePlan));
    await type(String(approve));
    expect(await aws.parameter('/registry/emulator/migrate/approved-plan')).toBe(hash);
    expect(await type(String(up))).toContain('002_goods.sql in the server');
    expect(await type(String(watch))).toContain('002_goods.sql');
    expect(await goods()).toEqual([{ there: 'goods' }]);
    expect(await type(String(history))).toMatch(/ applied +up +002_goods /);
  });

  test('is not called where it is of a version that knows no tasks', async () => {
    await undo();
    const client = new LambdaClient({
      endpoint: where?.variables.AWS_ENDPOINT_URL ?? '',
      region: where?.variables.AWS_REGION ?? '',
      credentials: {
        accessKeyId: where?.variables.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: where?.variables.AWS_SECRET_ACCESS_KEY ?? '',
      },
    });
    await client.send(new DeleteAliasCommand({ FunctionName: name, Name: taskAlias }));
    for (const command of ['status', 'up'])
      expect(await run(command)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('[lambda-older]'),
      });
    expect(await database.query(`select to_regclass('goods') as there`)).toEqual([{ there: null }]);
    const nobody = await run('status', '--function', 'nobody');
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('[lambda-missing]') });
  });
});

async function later<T>(ms: number, work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return work();
}
