import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { chooseEnvironment, environments } from '../../environments.ts';
import type { EnvironmentNetwork } from '../../lib/infra/environment.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { RegistryDatabase } from '../../lib/infra/registry-database.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { RegistryJobsStack } from '../../lib/infra/stack.ts';
import { createForeignStack, migrating, refreshing } from '../support/foreign-stack.ts';
import { noMigrations, placeholderCode, readResources, synth } from '../support/synth.ts';
import { newEnvironment } from '../support/synth-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const all = [...environments.values()];

/** What tells one place from another: accounts, ids, ARNs. */
function identifiers(environment: (typeof all)[number]): string[] {
  const network = environment.network as EnvironmentNetwork;
  return [
    environment.account,
    network.vpcId,
    network.databaseSecurityGroupId,
    ...network.subnets.map(({ subnetId }) => subnetId),
    ...[environment.parameterKeyArn, environment.alarmTopicArn].flatMap((it) => it ?? []),
    `/registry/${environment.name}/`,
  ];
}

test.each(all)('$name: nothing of another environment is in its template', (environment) => {
  const text = JSON.stringify(synth({ environment }).template.toJSON());
  const [account] = identifiers(environment);
  expect(text).toContain(account);
  const others = all.filter((it) => it !== environment).flatMap(identifiers);
  expect(others.length).toBeGreaterThan(12);
  expect(others.filter((it) => text.includes(it))).toEqual([]);
});

test('no environment begins with the values of another: what it leaves out would be those', () => {
  const file = path.join(import.meta.dirname, '../../environments.ts');
  const text = readFileSync(file, 'utf8');
  const spread = [...text.matchAll(/\.\.\.(\w+)/g)].map(([, name]) => name);
  expect(spread.filter((name) => environments.has(String(name)))).toEqual([]);
  // And what they do share says nothing of a place.
  const [, shared = ''] = /^const usual = \{\n(.*?)^\}/ms.exec(text) ?? [];
  expect(shared).toContain('memoryMb');
  expect(shared).not.toMatch(
    /\d{12}|arn:|-[0-9a-f]{8,}|central|Id:|Arn:|name:|account:|region:|network:|protected:/,
  );
});

const props = () => ({ migrations: noMigrations, codeFolders: placeholderCode() });
const app = () => new App({ outdir: temporaryFolder(), analyticsReporting: false });

test('a dashboard is called by its stack and region, so that no two of one account fight for it', () => {
  const staging = chooseEnvironment('staging');
  const names = ['registry-jobs-staging', 'shop-jobs-staging'].map((id) => {
    const apart = app();
    const stack = new RegistryJobsStack(apart, id, { environment: staging, ...props() });
    return readResources(apart, stack).find('AWS::CloudWatch::Dashboard')[1].Properties.DashboardName;
  });
  expect(names).toEqual(['registry-jobs-staging-eu-central-1', 'shop-jobs-staging-eu-central-1']);
});

const same = (job: string, environment: string, first: string, second: string) =>
  expect.objectContaining({
    name: 'UsageError',
    code: 'same-identity',
    message: `${second} and ${first} would count as one: both are ${job} of the environment "${environment}", whose metrics and settings they would share.`,
    hint: expect.stringContaining('environment'),
  });

test('two stacks of one environment in one account and region are refused', () => {
  const both = app();
  const environment = chooseEnvironment('staging');
  new RegistryJobsStack(both, 'one', { environment, ...props() });
  expect(() => new RegistryJobsStack(both, 'two', { environment, ...props() })).toThrow(
    same('migrate', 'staging', 'one/Migrations', 'two/Migrations'),
  );
});

test('in another account, in another region or by another name they are not', () => {
  const both = app();
  const environment = chooseEnvironment('staging');
  new RegistryJobsStack(both, 'one', { environment, ...props() });
  new RegistryJobsStack(both, 'two', {
    environment: { ...environment, account: '444444444444' },
    ...props(),
  });
  new RegistryJobsStack(both, 'three', { environment: { ...environment, region: 'eu-west-1' }, ...props() });
  new RegistryJobsStack(both, 'four', { environment: { ...environment, name: 'shop-staging' }, ...props() });
  new RegistryJobsStack(app(), 'one', { environment, ...props() });
});

test('nor in two stages, each in its own account', () => {
  const pipeline = app();
  for (const account of ['111111111111', '222222222222']) {
    const stage = new Stage(pipeline, `in-${account}`, { env: { account, region: 'eu-central-1' } });
    new RegistryJobsStack(stage, 'jobs', {
      environment: { ...chooseEnvironment('staging'), account },
      ...props(),
    });
  }
});

test('two constructs of one stack need names of their own', () => {
  const { stack, vpc, database } = createForeignStack();
  const { network } = new MigrateOnDeploy(stack, 'One', { ...migrating, vpc, database });
  expect(() => new MigrateOnDeploy(stack, 'Two', { ...migrating, network })).toThrow(
    same('migrate', 'Shop', 'Shop/One', 'Shop/Two'),
  );
  new MigrateOnDeploy(stack, 'Three', { ...migrating, network, environment: 'shop-archive' });
  new ScheduledStatistics(stack, 'Four', { ...refreshing, network });
  expect(
    () => new ScheduledStatistics(stack, 'Five', { ...refreshing, network, environment: 'Shop' }),
  ).toThrow(same('refresh-statistics', 'Shop', 'Shop/Four', 'Shop/Five'));
});

test('two databases of one environment are refused: they would have one name and the same parameters', () => {
  const stack = new Stack(app(), 'Shop', { env: { account: '111111111111', region: 'eu-central-1' } });
  const { name } = newEnvironment();
  const codeFolder = placeholderCode()['store-password'];
  new RegistryDatabase(stack, 'One', { environment: name, codeFolder });
  expect(() => new RegistryDatabase(stack, 'Two', { environment: name, codeFolder })).toThrow(
    same('database', 'staging', 'Shop/One', 'Shop/Two'),
  );
});
