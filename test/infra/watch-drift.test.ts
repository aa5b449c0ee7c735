import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { bundleFiles, metricDimensions } from '../../lib/contract.ts';
import { JobAlarms } from '../../lib/infra/alarms.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { createForeignStack, migrating, refreshing } from '../support/foreign-stack.ts';
import { writeBelow } from '../support/packed-package.ts';
import { type Synthesized, synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchedNothing, writeNothingDown } from '../support/written-down.ts';

const watching = synth({
  environment: { ...chooseEnvironment('staging'), watchDrift: true },
  props: { migrations: watchedNothing() },
});
const idle = synth();

function alarmsOf({ resources }: Pick<Synthesized, 'resources'>): string[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id]) => id.replace(/^Alarms/, '').replace(/[0-9A-F]{8}$/, ''));
}

test('CatalogDrift starts at the first object that is not as the files make it, where it is watched for', () => {
  expect(alarmsOf(watching).filter((name) => !alarmsOf(idle).includes(name))).toEqual(['CatalogDrift']);
  const [, { Properties }] = watching.find('AWS::CloudWatch::Alarm', 'AlarmsCatalogDrift');
  expect(Properties).toMatchObject({
    Namespace: 'RegistryJobs',
    MetricName: 'CatalogDrift',
    Statistic: 'Maximum',
    Threshold: 1,
    Period: 3600,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmDescription: expect.stringContaining('registry-jobs verify --deep'),
  });
  expect(Properties.AlarmActions).toHaveLength(1);
  const dimensions = Properties.Dimensions.map((it: { Name: string; Value: string }) => [it.Name, it.Value]);
  expect(Object.fromEntries(dimensions)).toEqual(metricDimensions('staging', 'refresh-statistics'));
});

test('the dashboard shows it, and where nobody watches there is nothing of it', () => {
  const dashboard = ({ find }: Synthesized) =>
    JSON.stringify(find('AWS::CloudWatch::Dashboard')[1].Properties.DashboardBody);
  expect(dashboard(watching)).toContain('Drift of the catalog');
  expect(JSON.stringify(idle.resources)).not.toContain('Drift');
});

test('nothing may be done in the account that was not before', () => {
  const policies = ({ all }: Synthesized) =>
    all('AWS::IAM::Policy').map(({ Properties }) => Properties.PolicyDocument);
  expect(policies(watching)).toEqual(policies(idle));
});

const FILES = {
  '001_a.sql': 'create table a (id int);',
  '002_b.sql': 'create table b (id int);',
};

/** A stack of somebody else whose statistics watch for drift. */
function watch(migrations: string, watchDrift: boolean | string) {
  const { stack, vpc, database, synth: read } = createForeignStack();
  const migrate = new MigrateOnDeploy(stack, 'Migrations', { ...migrating, migrations, vpc, database });
  const { network } = migrate;
  const options = { ...refreshing, network, migrations: migrate, watchDrift };
  const statistics = new ScheduledStatistics(stack, 'Statistics', options);
  new JobAlarms(stack, 'Alarms', { statistics });
  const { find, assetFolder, resources } = read();
  const folder = assetFolder(find('AWS::Lambda::Function', 'Statistics')[1]);
  return { file: path.join(folder, bundleFiles.catalog), resources };
}

test('what was written down goes with the code, from beside the files or from elsewhere', async () => {
  const folder = path.join(temporaryFolder(), 'db');
  for (const [name, sql] of Object.entries(FILES)) writeBelow(folder, name, sql);
  const command = `registry-jobs prove --migrations ${folder} --catalog`;
  expect(() => watch(folder, true)).toThrow(
    expect.objectContaining({
      name: 'UsageError',
      code: 'no-catalog',
      message: `${folder}/catalog.json cannot be read.`,
      hint: `Write down what the files make: ${command}`,
    }),
  );
  const catalog = await writeNothingDown(folder);
  expect(catalog.files.map(({ version }) => version)).toEqual(['001_a', '002_b']);
  const watched = watch(folder, true);
  expect(JSON.parse(readFileSync(watched.file, 'utf8'))).toEqual(catalog);
  expect(alarmsOf(watched)).toContain('CatalogDrift');
  const unwatched = watch(folder, false);
  expect(existsSync(unwatched.file)).toBe(false);
  expect(alarmsOf(unwatched)).not.toContain('CatalogDrift');

  const elsewhere = path.join(folder, 'made.json');
  await writeNothingDown(folder, 'made.json');
  writeBelow(folder, '003_c.sql', 'create table c (id int);');
  expect(() => watch(folder, elsewhere)).toThrow(
    expect.objectContaining({
      code: 'catalog-outdated',
      message: `${elsewhere} is not what the files make now: 003_c is not in it.`,
      hint: `Write it down once more, then deploy: ${command} ${elsewhere}`,
    }),
  );
});

test('without migrations nobody knows what the database should be', () => {
  const { stack, vpc, database } = createForeignStack();
  const make = () =>
    new ScheduledStatistics(stack, 'Statistics', { ...refreshing, vpc, database, watchDrift: true });
  expect(make).toThrow(
    expect.objectContaining({
      code: 'watch-without-migrations',
      message: 'Shop/Statistics watches for drift and knows no migrations.',
    }),
  );
});
