import { InstanceClass, InstanceSize, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { App, DefaultStackSynthesizer, type IStackSynthesizer, Tags } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { RegistryJobsStack, type RegistryJobsStackProps } from '../../lib/infra/stack.ts';
import { createForeignStack, migrating } from '../support/foreign-stack.ts';
import { noMigrations, placeholderCode, type Resources, synth } from '../support/synth.ts';
import { newEnvironment, synthCreated } from '../support/synth-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Tag = { readonly Key: string; readonly Value: string };
const tagsOf = (properties: { Tags?: readonly Tag[] }) =>
  Object.fromEntries((properties.Tags ?? []).map(({ Key, Value }) => [Key, Value]));

test('every function and role of a stack has its tags, those of CDK as well', () => {
  const { jobs, database } = synthCreated();
  for (const { resources } of [jobs, database]) {
    const tagged = Object.entries(resources).filter(([, { Type }]) =>
      ['AWS::Lambda::Function', 'AWS::IAM::Role'].includes(Type),
    );
    expect(tagged.length).toBeGreaterThan(3);
    for (const [id, { Properties }] of tagged)
      expect(tagsOf(Properties), id).toEqual({ project: 'registry-jobs', environment: 'staging' });
  }
});

test('a user’s own tags reach CDK’s function too, and without any there are none', () => {
  const create = () => {
    const foreign = createForeignStack();
    const { stack, vpc, database } = foreign;
    new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database });
    return foreign;
  };
  const ofCdk = ({ all }: Resources) =>
    all('AWS::Lambda::Function').filter(({ Properties }) => /^framework\./.test(Properties.Handler));
  for (const { Properties } of ofCdk(create().synth())) expect(Properties).not.toHaveProperty('Tags');
  const foreign = create();
  Tags.of(foreign.app).add('team', 'archive');
  const tagged = foreign.synth();
  const roles = tagged
    .all('AWS::IAM::Role')
    .filter(({ Properties }) => /begins|watches/.test(String(Properties.Description)));
  const tellers = [...ofCdk(tagged), ...roles, tagged.find('AWS::StepFunctions::StateMachine')[1]];
  expect(tellers).toHaveLength(6);
  for (const { Properties } of tellers) expect(tagsOf(Properties)).toEqual({ team: 'archive' });
});

function artifactsOf(props: Partial<RegistryJobsStackProps>) {
  const app = new App({ outdir: temporaryFolder(), analyticsReporting: false });
  new RegistryJobsStack(app, 'jobs', {
    environment: newEnvironment({ protected: true }),
    migrations: noMigrations,
    codeFolders: placeholderCode(),
    ...props,
  });
  return app.synth().stacks;
}

test('a stack is told what CDK lets every stack be told; account and region are the environment’s', () => {
  const stacks = artifactsOf({
    stackName: 'archive-jobs',
    description: 'Ours',
    terminationProtection: false,
    tags: { cost: '42' },
    synthesizer: new DefaultStackSynthesizer({ qualifier: 'archive' }) as IStackSynthesizer,
    // What a caller without types might pass on.
    ...({ env: { account: '999999999999', region: 'us-east-1' } } as object),
  });
  const [jobs, database] = ['archive-jobs', 'archive-jobs-database'].map((name) =>
    stacks.find(({ stackName }) => stackName === name),
  );
  expect(jobs?.template.Description).toBe('Ours');
  expect(database?.template.Description).toBe('Network and database of the staging registry');
  expect([jobs?.terminationProtection, database?.terminationProtection]).toEqual([false, true]);
  for (const stack of [jobs, database]) {
    expect(stack?.environment).toMatchObject({ account: '111111111111', region: 'eu-central-1' });
    expect(stack?.tags).toMatchObject({ cost: '42', project: 'registry-jobs', environment: 'staging' });
    expect(stack?.assumeRoleArn).toContain('cdk-archive-deploy-role-111111111111-eu-central-1');
  }
});

test('without them everything is as it was', () => {
  const [jobs, database] = [...artifactsOf({})].sort((a, b) => a.stackName.length - b.stackName.length);
  expect([jobs?.stackName, database?.stackName]).toEqual(['jobs', 'jobs-database']);
  expect(jobs?.template.Description).toBe('Migrations and statistics of the staging registry');
  expect([jobs?.terminationProtection, database?.terminationProtection]).toEqual([true, true]);
});

test('a database that is made here is small and logs to RDS alone, unless it is told otherwise', () => {
  const instanceOf = (props: Partial<RegistryJobsStackProps>) =>
    synthCreated(newEnvironment(), props).database;
  const usual = instanceOf({}).entries('AWS::RDS::DBInstance')[0]?.[1].Properties;
  expect(usual).toMatchObject({
    DBInstanceClass: 'db.t4g.micro',
    AllocatedStorage: '20',
    MaxAllocatedStorage: 100,
  });
  expect(usual).not.toHaveProperty('EnableCloudwatchLogsExports');
  const database = {
    instanceType: InstanceType.of(InstanceClass.M7G, InstanceSize.LARGE),
    allocatedStorage: 200,
    maxAllocatedStorage: 1000,
    logExports: ['postgresql', 'upgrade'],
  } as const;
  const large = instanceOf({ database });
  const [, { Properties, DependsOn }] = large.entries('AWS::RDS::DBInstance')[0] ?? expect.fail();
  expect(Properties).toMatchObject({
    DBInstanceClass: 'db.m7g.large',
    AllocatedStorage: '200',
    MaxAllocatedStorage: 1000,
    EnableCloudwatchLogsExports: ['postgresql', 'upgrade'],
  });
  const groups = large.entries('AWS::Logs::LogGroup').filter(([, it]) => it.Properties.LogGroupName);
  expect(groups.map(([, it]) => [it.Properties.LogGroupName, it.Properties.RetentionInDays])).toEqual([
    ['/aws/rds/instance/registry-staging/postgresql', 30],
    ['/aws/rds/instance/registry-staging/upgrade', 30],
  ]);
  for (const [id] of groups) expect(DependsOn).toContain(id);
});

test('the storage of the database is watched, where it is known which', () => {
  const alarmOf = (jobs: ReturnType<typeof synth>) =>
    jobs.find('AWS::CloudWatch::Alarm', 'AlarmsStorageLow')[1].Properties;
  for (const [jobs, instance] of [
    [synth(), 'registry'],
    [synthCreated().jobs, 'registry-staging'],
  ] as const)
    expect(alarmOf(jobs)).toMatchObject({
      Namespace: 'AWS/RDS',
      MetricName: 'FreeStorageSpace',
      Dimensions: [{ Name: 'DBInstanceIdentifier', Value: instance }],
      Statistic: 'Minimum',
      Threshold: 2 * 1024 ** 3,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  const { databaseInstanceId: _, ...unnamed } = chooseEnvironment('staging');
  expect(Object.keys(synth({ environment: unnamed }).resources).join()).not.toContain('StorageLow');
});
