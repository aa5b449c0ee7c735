import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parameterPath } from '../../lib/contract.ts';
import { redact } from '../../lib/secrets/redact.ts';
import { readParameters } from '../../lib/settings/parameter-store.ts';
import { type Cdk, createCdk, succeed } from '../support/aws-deploy.ts';
import { type Instance, startInstance } from '../support/aws-instance.ts';
import { type Aws, connectToAws } from '../support/aws-observer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const folder = temporaryFolder();
const jobsStack = 'registry-jobs-newcomer';
const databaseStack = `${jobsStack}-database`;
const jobs = ['migrate', 'refresh-statistics'] as const;

/** An environment that makes its network and database. In an emulator only: an account would keep a database that costs. */
describe.skipIf(!where?.emulatorFolder)('an environment of a newcomer', () => {
  let cdk: Cdk;
  let aws: Aws;
  let instance: Instance;
  // Not found out here what rights an emulator misses: functions wait for rights, together for minutes.
  const gaps = createGaps(knownGaps.filter(({ context }) => context.allow));

  beforeAll(async () => {
    if (!where) return;
    aws = connectToAws(where.variables);
    cdk = createCdk(folder, where.variables);
    instance = await startInstance();
    await succeed(cdk.run(['bootstrap']));
  });
  afterAll(() => instance?.stop());
  afterAll(() => {
    console.log(gaps.describe('Not deployed for a newcomer, because this emulator cannot do it:'));
  });

  const context = () => ({
    network: 'create',
    migrations: join(import.meta.dirname, '../../migrations'),
    bundles: join(folder, 'bundles'),
    ...gaps.context(),
  });
  const deploy = async (stack: string): Promise<string> => {
    for (;;) {
      const { code, output } = await cdk.run(['deploy', stack, '--exclusively'], context());
      if (code === 0) return output;
      if (!gaps.find(output)) expect.fail(output);
      // As an operator has to do before a second try, see docs/guides/aws.md.
      if (stack === databaseStack) await aws.unprotect(stack);
    }
  };
  const settingsOf = (job: (typeof jobs)[number]) => readParameters(parameterPath('newcomer', job));
  const passwords = async () => {
    const all = await Promise.all(jobs.map(settingsOf));
    return all.map(({ password }) => String(password?.value));
  };

  test('the first stack makes network and database, and writes the settings of both jobs', async () => {
    await deploy(databaseStack);
    expect(await aws.stackStatus(databaseStack)).toBe('CREATE_COMPLETE');
    const { DatabaseHost, MigratorSecretArn, RefresherSecretArn } = cdk.outputs(databaseStack);
    for (const [job, user, arn] of [
      ['migrate', 'migrator', MigratorSecretArn],
      ['refresh-statistics', 'refresher', RefresherSecretArn],
    ] as const) {
      const password = await aws.secret(String(arn));
      expect(password).toHaveLength(40);
      const found = Object.entries(await settingsOf(job)).map(([key, { value }]) => [key, value]);
      expect(Object.fromEntries(found)).toEqual({
        host: DatabaseHost,
        port: '5432',
        database: 'registry',
        user,
        password,
      });
    }
  });

  test('the second makes the refresher, applies the migrations as the migrator, and refreshes as the refresher', async () => {
    await instance.open('registry', 'migrator', String((await passwords())[0]));
    for (const job of jobs) await instance.storeAddress(aws, parameterPath('newcomer', job));
    await deploy(jobsStack);
    // Meanwhile the refresher alone could do it.
    await instance.query('ALTER ROLE migrator NOLOGIN');
    const { RefreshFunctionName } = cdk.outputs(jobsStack);
    expect(await aws.invoke(String(RefreshFunctionName))).toMatchObject({
      failed: false,
      payload: { status: 'refreshed' },
    });
    await instance.query('ALTER ROLE migrator LOGIN');
    expect(await instance.query('select distinct db_user from schema_migrations_journal')).toEqual([
      { db_user: 'migrator' },
    ]);
  });

  test('another deploy finds nothing to do', async () => {
    expect(await deploy(jobsStack)).toContain('(no changes)');
  });

  test('removing the jobs leaves the database and its settings; removing the database is refused', async () => {
    const before = await passwords();
    const destroy = (stack: string) => cdk.run(['destroy', stack, '--force', '--exclusively'], context());
    expect((await destroy(jobsStack)).code).toBe(0);
    expect(await aws.stackStatus(jobsStack)).toBeUndefined();
    const refused = await destroy(databaseStack);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/TerminationProtection is enabled/);
    expect(await aws.stackStatus(databaseStack)).toBe('CREATE_COMPLETE');
    expect(await passwords()).toEqual(before);
  });

  test('no password in any byte that was printed, logged, recorded or uploaded', async () => {
    const secrets = await passwords();
    const texts = [
      cdk.printed(),
      JSON.stringify(await aws.stackEvents(databaseStack)),
      await aws.template(databaseStack),
      ...(await Promise.all((await aws.logGroups()).map((group) => aws.log(group)))),
    ];
    for (const root of [folder, String(where?.emulatorFolder)]) {
      for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
        if (statSync(join(root, file)).isFile()) texts.push(readFileSync(join(root, file), 'latin1'));
      }
    }
    // There was something to search.
    expect(texts.join('').length).toBeGreaterThan(1_000_000);
    expect(texts.some((text) => text.includes('/registry/newcomer/migrate/db/password'))).toBe(true);
    // What only looks like a secret, as code that reads one does, is masked on both sides.
    expect(texts.filter((text) => redact(text, secrets) !== redact(text)).length).toBe(0);
  });
});
