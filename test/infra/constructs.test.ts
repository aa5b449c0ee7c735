import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { JobAlarms } from '../../lib/infra/alarms.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { addNagChecks } from '../../lib/infra/nag.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { createForeignStack, migrating, refreshing } from '../support/foreign-stack.ts';
import { cdkJson } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('jobs are called by the name of their stack, and are told what they were given', () => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const { network } = new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database });
  const functions = ['refresh_totals', 'reporting.Refresh'];
  const given = {
    functions,
    parameterPath: '/shop/statistics',
    environment: 'shop',
    every: Duration.minutes(10),
  };
  new ScheduledStatistics(stack, 'Statistics', { ...refreshing, network, ...given });
  const { find, all } = foreign.synth();
  const variables = (id: string) => find('AWS::Lambda::Function', id)[1].Properties.Environment.Variables;
  expect(variables('MigrationsJob')).toMatchObject({
    REGISTRY_JOBS_ENVIRONMENT: 'Shop',
    REGISTRY_JOBS_PARAMETER_PATH: '/registry/Shop/migrate',
  });
  expect(variables('StatisticsJob')).toMatchObject({
    REGISTRY_JOBS_ENVIRONMENT: 'shop',
    REGISTRY_JOBS_PARAMETER_PATH: '/shop/statistics',
    REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'refresh_totals,reporting.Refresh',
  });
  expect(variables('MigrationsJob')).not.toHaveProperty('REGISTRY_JOBS_STATISTICS_FUNCTIONS');
  const [, schedule] = find('AWS::Scheduler::Schedule');
  expect(schedule.Properties.ScheduleExpression).toBe('rate(10 minutes)');
  // One network, and a queue for each.
  expect([all('AWS::EC2::VPCEndpoint').length, all('AWS::SQS::Queue').length]).toEqual([1, 2]);
});

test('two that migrate in one stack have each what calls it in a deploy, and its log group', () => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const { network } = new MigrateOnDeploy(stack, 'One', { ...migrating, vpc, database });
  new MigrateOnDeploy(stack, 'Two', { ...migrating, network, environment: 'two' });
  const { all, find } = foreign.synth();
  expect(all('AWS::Logs::LogGroup')).toHaveLength(4);
  for (const id of ['One', 'Two']) {
    const [begins, { Properties }] = find('AWS::Lambda::Function', `${id}ProviderFrameworkframeworkonEvent`);
    const [logs] = find('AWS::Logs::LogGroup', `${id}ProviderLogs`);
    expect(Properties.LoggingConfig.LogGroup).toEqual({ Ref: logs });
    expect(find('Custom::Migrations', id)[1].Properties.ServiceToken).toEqual({
      'Fn::GetAtt': [begins, 'Arn'],
    });
  }
});

test('alarms watch what they are given: one queue for two jobs once, two queues each', () => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const migrations = new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database });
  const { network } = migrations;
  const { deadLetterQueue } = migrations.job;
  const own = new ScheduledStatistics(stack, 'Own', { ...refreshing, network });
  const shared = new ScheduledStatistics(stack, 'Shared', {
    ...refreshing,
    network,
    deadLetterQueue,
    environment: 'shared',
  });
  const names = (props: object) =>
    new JobAlarms(stack, JSON.stringify(Object.keys(props)), props).all.map((it) => it.node.id);
  expect(names({ migrations })).toEqual([
    'MigrateFailed',
    'MigrateSlow',
    'MigrateThrottled',
    'MigrationsPending',
    'DeadLetters',
  ]);
  expect(names({ statistics: own })).toEqual([
    'RefreshFailed',
    'RefreshSlow',
    'RefreshThrottled',
    'RefreshMissing',
    'RefreshLag',
    'DeadLetters',
  ]);
  const watching = new ScheduledStatistics(stack, 'Watching', {
    ...refreshing,
    network,
    migrations,
    environment: 'watching',
  });
  expect(names({ statistics: watching, action: undefined })).toContain('MigrationsMissing');
  expect(names({ migrations, statistics: own }).slice(-2)).toEqual(['DeadLetters', 'DeadLetters2']);
  expect(names({ statistics: shared, migrations }).slice(-2)).toEqual(['RefreshLag', 'DeadLetters']);
});

test('the rule packs find nothing in them', () => {
  const app = new App({ outdir: temporaryFolder(), analyticsReporting: false, context: cdkJson.context });
  const stack = new Stack(app, 'Shop', { env: { account: '111111111111', region: 'eu-central-1' } });
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a'],
    isolatedSubnetIds: ['subnet-0123456789abcdef0'],
    isolatedSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
  });
  const database = SecurityGroup.fromSecurityGroupId(stack, 'Database', 'sg-0123456789abcdef0');
  const migrations = new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database });
  const { network } = migrations;
  const statistics = new ScheduledStatistics(stack, 'Statistics', { ...refreshing, network, auditHour: 2 });
  new JobAlarms(stack, 'Alarms', { migrations, statistics });
  addNagChecks(app);
  expect(() => app.synth()).not.toThrow();
});

test.each([
  [['refresh totals'], 'Not the name of a function: "refresh totals".'],
  [['ok', 'f()', '"Quoted"', 'a.b.c', ''], 'Not the name of a function: "f()", "\\"Quoted\\"", "a.b.c", "".'],
  [['f\n'], 'Not the name of a function: "f\\n".'],
  [[], 'The list of statistics functions is empty.'],
])('functions %j fail the synthesis', (functions, message) => {
  const { stack, vpc, database } = createForeignStack();
  const create = () =>
    new ScheduledStatistics(stack, 'Statistics', { ...refreshing, vpc, database, functions });
  expect(create).toThrow(
    expect.objectContaining({
      code: 'bad-statistics-functions',
      message,
      hint: expect.stringContaining('schema.name'),
    }),
  );
});

test.each(['shop/migrate', '/shop/', '/', ''])(
  'the parameter path "%s" fails the synthesis',
  (parameterPath) => {
    const { stack, vpc, database } = createForeignStack();
    const create = () =>
      new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database, parameterPath });
    expect(create).toThrow(`"${parameterPath}" is not a path of Parameter Store.`);
  },
);
