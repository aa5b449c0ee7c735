import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { type InstalledPackage, installPackage, type Outcome, root } from '../support/installed-package.ts';
import { codeBlocks } from '../support/markdown.ts';
import type { Resource } from '../support/synth.ts';

/*
 * A CDK app of somebody else, which has the package and CDK itself installed, and nothing of this checkout.
 */
let pack: InstalledPackage;
const document = readFileSync(path.join(root, 'docs/guides/constructs.md'), 'utf8');
const [main = '', ...examples] = codeBlocks(document, 'ts');
const stackExample = examples.at(-1) ?? '';

/** The three that are shown, synthesized by one process: CDK and its check of templates take seconds to load. */
let shown: Outcome;

beforeAll(async () => {
  pack = await installPackage(['aws-cdk-lib', 'constructs']);
  pack.write('package.json', '{ "type": "module" }');
  pack.write('db/migrations/001_shops.sql', 'CREATE TABLE shops (name text);');
  pack.write('shop.ts', main);
  pack.write('stack.ts', stackExample);
  pack.write('newcomer.ts', stackExample.replace(/network: \{.*?\n {2}\},/s, "network: 'create',"));
  pack.write(
    'all.ts',
    `for (const name of ['newcomer', 'stack', 'shop']) {
  process.env.CDK_OUTDIR = import.meta.dirname + '/' + name + '.out';
  await import('./' + name + '.ts');
}`,
  );
  // CDK checks templates by WebAssembly of 9 MB: to optimize it takes longer than it saves in three of them.
  shown = await pack.runNode(['--liftoff-only', 'all.ts']);
}, 180_000);

/** Reads what an app made when it was run as the CDK command line does. */
function readApp(name: string) {
  const folder = path.join(pack.project, `${name}.out`);
  const files = globSync('*.template.json', { cwd: folder });
  const templates = files.map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
  const resources = templates.flatMap(({ Resources }) => Object.values<Resource>(Resources));
  return {
    only: (type: string, about = '') => {
      const found = resources.filter((it) => it.Type === type && JSON.stringify(it).includes(about));
      expect(found, `${type} ${about}`).toHaveLength(1);
      return found[0]?.Properties;
    },
    readAsset: (S3Key: string, asset: string) =>
      readFileSync(path.join(folder, `asset.${S3Key.replace('.zip', '')}`, asset), 'utf8'),
  };
}

test('the first example of docs/guides/constructs.md synthesizes: function, deploy, schedule, with the user’s SQL and functions', () => {
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  const { only, readAsset } = readApp('shop');
  const migrate = only('AWS::Lambda::Function', 'Applies the migrations');
  expect(migrate.Environment.Variables.REGISTRY_JOBS_PARAMETER_PATH).toBe('/shop/migrate');
  const { migrations } = JSON.parse(readAsset(migrate.Code.S3Key, 'migrations.json'));
  expect(migrations.map((it: { up: object }) => it.up)).toEqual([
    expect.objectContaining({ file: 'db/migrations/001_shops.sql', text: 'CREATE TABLE shops (name text);' }),
  ]);
  expect(readAsset(migrate.Code.S3Key, 'index.mjs')).toBe(
    readFileSync(path.join(pack.home, 'dist/package/lambdas/migrate/index.mjs'), 'utf8'),
  );
  // What a new account lacks, the stack brings: nobody has to write a parameter.
  expect(migrate.Environment.Variables).toHaveProperty('REGISTRY_JOBS_SECRET_ARN');
  expect(only('AWS::SecretsManager::Secret').GenerateSecretString.SecretStringTemplate).toContain('migrator');
  expect(only('Custom::Migrations')).toMatchObject({
    ServiceTimeout: '3600',
    Version: { Ref: expect.any(String) },
  });

  const refresh = only('AWS::Lambda::Function', 'Refreshes the statistics');
  expect(refresh.Environment.Variables).toMatchObject({
    REGISTRY_JOBS_PARAMETER_PATH: '/shop/statistics',
    REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'refresh_totals',
  });
  expect(only('AWS::Scheduler::Schedule').ScheduleExpression).toBe('rate(30 minutes)');
});

test('the last one synthesizes: the whole stack', () => {
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  const { only } = readApp('stack');
  expect(only('AWS::CloudWatch::Dashboard').DashboardName).toBe('shop-jobs-staging-eu-central-1');
  // Whose database has no audit_statistics().
  only('AWS::Scheduler::Schedule');
});

test('and with a network and a database that it makes', () => {
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  const { only, readAsset } = readApp('newcomer');
  expect(only('AWS::RDS::DBInstance').DBInstanceIdentifier).toBe('registry-staging');
  for (const name of ['store-password', 'create-roles'] as const) {
    const about = {
      'store-password': 'Copies generated passwords',
      'create-roles': 'Creates the database user',
    };
    const { Code } = only('AWS::Lambda::Function', about[name]);
    const code = readFileSync(path.join(pack.home, `dist/package/lambdas/${name}/index.mjs`), 'utf8');
    expect(readAsset(Code.S3Key, 'index.mjs')).toBe(code);
  }
  const parameters = only('Custom::PasswordParameter', 'migrator');
  expect(parameters.ParameterName).toBe('/shop/staging/migrate/db/password');
});

test('the command line’s application may be CommonJS', async () => {
  const script = `const { MigrateOnDeploy } = require('registry-jobs/cdk'); console.log(typeof MigrateOnDeploy);`;
  expect(await pack.runNode(['--input-type=commonjs', '--eval', script])).toEqual({
    code: 0,
    stdout: 'function\n',
    stderr: '',
  });
});

test('bad SQL ends the synthesis with the message that is shown there', async () => {
  pack.write('db/broken/001_shops.sql', 'CREATE TABLE shops (name text);');
  pack.write('db/broken/002_orders.sql', 'CREATE TABEL orders (id int);');
  pack.write('broken.ts', main.replace('db/migrations', 'db/broken'));
  const CDK_OUTDIR = path.join(pack.project, 'broken.out');
  const { code, stderr } = await pack.runNode(['broken.ts'], { CDK_OUTDIR });
  expect(code).toBe(1);
  const [message = ''] = codeBlocks(document).filter((it) => it.startsWith('UsageError'));
  expect(stderr).toContain(message.replace('db/migrations', 'db/broken'));
});

test('the statistics function that is shown there refreshes, and then has nothing to do', async () => {
  const [sql = ''] = codeBlocks(document, 'sql');
  const database = await createTestDatabase();
  await database.query('CREATE TABLE orders (id int)');
  await database.query('CREATE TABLE totals (day date PRIMARY KEY, number bigint)');
  await database.query(sql);
  const refresh = async () => (await database.query('SELECT refresh_totals() AS result'))[0]?.result;
  expect([await refresh(), await refresh()]).toEqual([1, 0]);
  await database.query('INSERT INTO orders VALUES (1)');
  expect([await refresh(), await refresh()]).toEqual([1, 0]);
  await database.drop();
});

test('every example of the documents and of the declarations has the right types, and wrong use has not', async () => {
  pack.write('fixture.d.ts', fixture);
  pack.write('misuse.ts', misuse);
  const documents = globSync('{README.md,docs/**/*.md}', { cwd: root }).flatMap((file) =>
    codeBlocks(readFileSync(path.join(root, file), 'utf8'), 'ts'),
  );
  const declarations = globSync('dist/package/lib/**/*.d.ts', { cwd: pack.home }).flatMap((file) =>
    readExamples(readFileSync(path.join(pack.home, file), 'utf8')),
  );
  expect(documents.length).toBeGreaterThan(5);
  expect(declarations.length).toBeGreaterThan(4);
  const files = ['fixture.d.ts', 'misuse.ts'];
  for (const [index, code] of [...documents, ...declarations].entries()) {
    pack.write(`examples/${index}.ts`, `${code}\nexport {};\n`);
    files.push(`examples/${index}.ts`);
  }
  expect(await pack.checkTypes(files, { exactOptionalPropertyTypes: false })).toBe('');
});

/** The code of `@example`s that make something; others show a value. */
function readExamples(declarations: string): string[] {
  return [...declarations.matchAll(/^ \* @example\n((?: \*(?!\/| @).*\n)*)/gm)].map(([, text = '']) =>
    text.replace(/^ \* ?/gm, ''),
  );
}

const misuse = `const migrations = 'db/migrations';
const functions = ['refresh'];
// @ts-expect-error neither a network nor its parts
new MigrateOnDeploy(stack, 'A', { migrations });
// @ts-expect-error both
new MigrateOnDeploy(stack, 'B', { migrations, vpc, database, network });
// @ts-expect-error a part of one beside another
new ScheduledStatistics(stack, 'C', { functions, network, vpcSubnets: {} });
// @ts-expect-error no database
new MigrateOnDeploy(stack, 'D', { migrations, vpc });
// @ts-expect-error no migrations
new MigrateOnDeploy(stack, 'E', { network });
// @ts-expect-error an option that is not there
new ScheduledStatistics(stack, 'F', { functions, network, schedule: 'rate(1 hour)' });
export {};`;

/** What examples may take as given. */
const fixture = `
import type { App, Stack } from 'aws-cdk-lib';
import type * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import type { DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import type * as core from 'aws-cdk-lib/core';
import type * as jobs from 'registry-jobs/cdk';
declare global {
  const app: App;
  const stack: Stack;
  const vpc: ec2.IVpc;
  const database: DatabaseInstance;
  const endpoint: ec2.IInterfaceVpcEndpoint;
  const application: Function;
  const topic: sns.Topic;
  const environment: jobs.Environment;
  const network: jobs.JobNetwork;
  const migrations: jobs.MigrateOnDeploy;
  const statistics: jobs.ScheduledStatistics;
  const Duration: typeof core.Duration;
  const Peer: typeof ec2.Peer;
  const Role: typeof iam.Role;
  const SnsAction: typeof actions.SnsAction;
  const StringParameter: typeof ssm.StringParameter;
  const Topic: typeof sns.Topic;
  const DatabaseRoles: typeof jobs.DatabaseRoles;
  const PasswordParameters: typeof jobs.PasswordParameters;
  const RegistryDatabase: typeof jobs.RegistryDatabase;
  const JobAlarms: typeof jobs.JobAlarms;
  const JobNetwork: typeof jobs.JobNetwork;
  const MigrateOnDeploy: typeof jobs.MigrateOnDeploy;
  const RegistryJobsStack: typeof jobs.RegistryJobsStack;
  const ScheduledStatistics: typeof jobs.ScheduledStatistics;
}
`;
