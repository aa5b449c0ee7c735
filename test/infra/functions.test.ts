import { expect, test } from 'vitest';
import { chooseEnvironment, environments } from '../../environments.ts';
import { taskAlias } from '../../lib/contract.ts';
import { synth } from '../support/synth.ts';

const all = new Map([...environments.keys()].map((name) => [name, synth({ environment: name })]));
const { resources, find, template } = all.get('staging') ?? synth();
const functionOf = (id: string) => find('AWS::Lambda::Function', id)[1].Properties;
const [deployId, deploy] = find('Custom::Migrations');
const ofCdk = Object.values(resources).filter(
  ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && /^framework\./.test(Properties.Handler),
);

test.each(['MigrationsJob', 'StatisticsJob'])(
  '%s runs on the newest runtime, on ARM, with JSON logs of its own',
  (id) => {
    const [logs] = find('AWS::Logs::LogGroup', `${id}Logs`);
    expect(functionOf(id)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
      LoggingConfig: {
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'INFO',
        LogGroup: { Ref: logs },
      },
    });
  },
);

test('a function is told its environment and its own parameter path, and no secret', () => {
  const { AWS_ENDPOINT_URL_SSM: _, ...migrate } = functionOf('MigrationsJob').Environment.Variables;
  expect(migrate).toEqual({
    REGISTRY_JOBS_ENVIRONMENT: 'staging',
    REGISTRY_JOBS_PARAMETER_PATH: '/registry/staging/migrate',
    REGISTRY_JOBS_DEPLOY_SECONDS: '3480',
    POWERTOOLS_SERVICE_NAME: 'registry-jobs',
  });
  expect(functionOf('Statistics').Environment.Variables.REGISTRY_JOBS_PARAMETER_PATH).toBe(
    '/registry/staging/refresh-statistics',
  );
});

test('no concurrency is reserved: a new account has none to reserve', () => {
  expect(JSON.stringify(resources)).not.toContain('ReservedConcurrentExecutions');
});

test('time runs out from the inside to the outside: one run, who waits for it; the deploy, who waits for that', () => {
  const { Timeout, Environment } = functionOf('MigrationsJob');
  expect(ofCdk.map(({ Properties }) => Properties.Timeout)).toEqual([900, 900, 900]);
  const seconds = [
    Number(Environment.Variables.REGISTRY_JOBS_DEPLOY_SECONDS),
    deploy.Properties.ServiceTimeout,
  ];
  expect([Timeout, ...seconds.map(Number)]).toEqual([720, 3480, 3600]);
});

test('a deploy asks when the version of the function is another one, and only then', () => {
  const [version] = find('AWS::Lambda::Version');
  const [begins] = find('AWS::Lambda::Function', 'MigrationsProviderFrameworkframeworkonEvent');
  expect(deploy.Properties).toEqual({
    ServiceToken: { 'Fn::GetAtt': [begins, 'Arn'] },
    ServiceTimeout: '3600',
    Version: { Ref: version },
  });
});

test('it asks after two seconds, then ever more seldom, at most every half minute, and never for the last time', () => {
  const [, machine] = find('AWS::StepFunctions::StateMachine');
  const text = machine.Properties.DefinitionString['Fn::Join'][1]
    .map((part: unknown) => (typeof part === 'string' ? part : 'arn'))
    .join('');
  const [retry] = JSON.parse(text).States['framework-isComplete-task'].Retry;
  expect(retry).toMatchObject({ IntervalSeconds: 2, BackoffRate: 1.5, MaxDelaySeconds: 30 });
  let [pause, asked] = [retry.IntervalSeconds, 0];
  for (let at = 0; at < 3_600; at += pause, asked++)
    pause = Math.min(pause * retry.BackoffRate, retry.MaxDelaySeconds);
  expect(asked).toBe(124);
  expect(retry.MaxAttempts).toBeGreaterThan(asked);
});

test('before the migration: every rule and endpoint of the network', () => {
  const network = Object.keys(resources).filter((id) => id.startsWith('Network'));
  expect(network).toHaveLength(7);
  expect([...(deploy.DependsOn ?? [])].sort()).toEqual(network.sort());
});

test('after the migration: everything of the statistics, so that neither code nor schedule meets an old schema', () => {
  const statistics = Object.entries(resources).filter(([id]) => id.startsWith('Statistics'));
  expect(statistics.map(([, it]) => it.Type)).toContain('AWS::Scheduler::Schedule');
  for (const [id, it] of statistics) expect(it.DependsOn, id).toContain(deployId);
});

test('the statistics run every hour, delivered three times at most, then read by a person', () => {
  const [fn] = find('AWS::Lambda::Function', 'Statistics');
  const [queue] = find('AWS::SQS::Queue');
  expect(find('AWS::Scheduler::Schedule', 'StatisticsSchedule')[1].Properties).toMatchObject({
    ScheduleExpression: 'rate(1 hour)',
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    Target: {
      Arn: { 'Fn::GetAtt': [fn, 'Arn'] },
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 1800 },
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queue, 'Arn'] } },
    },
  });
});

test('at night they are compared with a full recomputation, by the same function', () => {
  const [fn] = find('AWS::Lambda::Function', 'Statistics');
  expect(find('AWS::Scheduler::Schedule', 'StatisticsAuditSchedule')[1].Properties).toMatchObject({
    ScheduleExpression: 'cron(0 3 * * ? *)',
    ScheduleExpressionTimezone: 'Etc/UTC',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
    Target: { Arn: { 'Fn::GetAtt': [fn, 'Arn'] }, Input: '{"task":"audit"}' },
  });
});

test.each([
  ['Migrations', 0],
  ['Statistics', 1],
])('%s: an event that fails is repeated %i times within 30 minutes and then kept', (id, retries) => {
  const [queue] = find('AWS::SQS::Queue');
  expect(find('AWS::Lambda::EventInvokeConfig', id)[1].Properties).toMatchObject({
    MaximumRetryAttempts: retries,
    MaximumEventAgeInSeconds: 1800,
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
  });
});

test.each([
  ['staging', 30, 'Delete', undefined],
  ['demo', 30, 'Retain', true],
  ['production', 365, 'Retain', true],
])('%s keeps logs %i days, on removal: %s, protected: %s', (name, days, onRemoval, isProtected) => {
  const { resources, terminationProtection } = all.get(name) ?? synth();
  const logs = Object.values(resources).filter((it) => it.Type === 'AWS::Logs::LogGroup');
  expect(logs.map((it) => [it.Properties.RetentionInDays, it.DeletionPolicy])).toEqual(
    Array(3).fill([days, onRemoval]),
  );
  expect(terminationProtection || undefined).toBe(isProtected);
});

test('every function, CDK’s own as well, writes to a log group of this stack', () => {
  const functions = Object.values(resources).filter((it) => it.Type === 'AWS::Lambda::Function');
  expect(functions).toHaveLength(6);
  for (const { Properties } of functions) {
    expect(resources[Properties.LoggingConfig.LogGroup.Ref]?.Type).toBe('AWS::Logs::LogGroup');
  }
});

test('without a schedule the function stays, and its absence alarms nobody', () => {
  const paused = synth({ environment: { ...chooseEnvironment('demo'), refreshEveryMinutes: false } });
  paused.template.resourceCountIs('AWS::Scheduler::Schedule', 0);
  paused.template.resourceCountIs('AWS::Lambda::Function', 6);
  expect(Object.keys(paused.resources).filter((id) => /RefreshMissing|AuditDiffers/.test(id))).toEqual([]);
});

test('the environment decides how long, how often and how much', () => {
  const values = {
    migrateMinutes: 5,
    refreshMinutes: 6,
    refreshEveryMinutes: 120,
    refreshMissingHours: 7,
    memoryMb: 1769,
  };
  const changed = synth({ environment: { ...chooseEnvironment('staging'), ...values } });
  const of = (id: string) => changed.find('AWS::Lambda::Function', id)[1].Properties;
  expect([of('MigrationsJob').Timeout, of('Statistics').Timeout, of('Statistics').MemorySize]).toEqual([
    300, 360, 1769,
  ]);
  expect(
    changed.find('AWS::Scheduler::Schedule', 'StatisticsSchedule')[1].Properties.ScheduleExpression,
  ).toBe('rate(2 hours)');
  expect(changed.find('AWS::CloudWatch::Alarm', 'AlarmsRefreshMissing')[1].Properties.EvaluationPeriods).toBe(
    7,
  );
});

test('a registry of another kind names its functions and its parameters, and is not audited', () => {
  const props = { functions: ['refresh_totals'], parameterPath: '/shop' };
  const { find, template, resources } = synth({ props });
  const variables = (id: string) => find('AWS::Lambda::Function', id)[1].Properties.Environment.Variables;
  expect(variables('MigrationsJob').REGISTRY_JOBS_PARAMETER_PATH).toBe('/shop/migrate');
  expect(variables('Statistics')).toMatchObject({
    REGISTRY_JOBS_PARAMETER_PATH: '/shop/refresh-statistics',
    REGISTRY_JOBS_STATISTICS_FUNCTIONS: 'refresh_totals',
  });
  template.resourceCountIs('AWS::Scheduler::Schedule', 1);
  expect(Object.keys(resources).filter((id) => id.includes('Audit'))).toEqual([]);
  expect(JSON.stringify(find('AWS::CloudWatch::Dashboard')[1])).not.toContain('AuditDifferences');
});

test('the same input gives the same template', () => {
  expect(synth().template.toJSON()).toEqual(synth().template.toJSON());
});

test('outputs name what an operator looks for', () => {
  expect(Object.keys(template.toJSON().Outputs)).toEqual([
    'MigrateFunctionName',
    'MigrateLogGroup',
    'RefreshFunctionName',
    'RefreshLogGroup',
    'DeadLetterQueueUrl',
    'AlarmTopicArn',
  ]);
});

test('an alias says that the function of the migrations answers tasks, and stands for its code as it is', () => {
  const aliases = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::Alias');
  expect(aliases.map(({ Properties }) => Properties)).toMatchObject([
    {
      Name: taskAlias,
      FunctionVersion: '$LATEST',
      FunctionName: { Ref: expect.stringMatching(/^Migrations/) },
    },
  ]);
});
