import { Duration } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { metricDimensions } from '../../lib/contract.ts';
import { JobAlarms } from '../../lib/infra/alarms.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { createForeignStack, refreshing } from '../support/foreign-stack.ts';
import { synth } from '../support/synth.ts';

const { resources, find } = synth();
const names = (id: string) => id.replace(/^Alarms/, '').replace(/[0-9A-F]{8}$/, '');
const alarms = new Map(
  Object.entries(resources)
    .filter(([, it]) => it.Type === 'AWS::CloudWatch::Alarm')
    .map(([id, it]) => [names(id), it.Properties]),
);
const [migrate] = find('AWS::Lambda::Function', 'MigrationsJob');
const [refresh] = find('AWS::Lambda::Function', 'Statistics');
const [queue] = find('AWS::SQS::Queue');

// Lambda dates what it says of a run with the run's beginning: 12 and 14 minutes, and five for the way.
test.each([
  ['MigrateFailed', 'AWS/Lambda', 'Errors', 'Sum', 17, 1, { Ref: migrate }],
  ['MigrateSlow', 'AWS/Lambda', 'Duration', 'Maximum', 17, 576_000, { Ref: migrate }],
  ['MigrateThrottled', 'AWS/Lambda', 'Throttles', 'Sum', 5, 1, { Ref: migrate }],
  ['RefreshFailed', 'AWS/Lambda', 'Errors', 'Sum', 19, 1, { Ref: refresh }],
  ['RefreshSlow', 'AWS/Lambda', 'Duration', 'Maximum', 19, 672_000, { Ref: refresh }],
  ['RefreshThrottled', 'AWS/Lambda', 'Throttles', 'Sum', 5, 1, { Ref: refresh }],
  [
    'DeadLetters',
    'AWS/SQS',
    'ApproximateNumberOfMessagesVisible',
    'Maximum',
    5,
    1,
    { 'Fn::GetAtt': [queue, 'QueueName'] },
  ],
])('%s watches %s %s', (name, Namespace, MetricName, Statistic, minutes, Threshold, of) => {
  expect(alarms.get(name)).toMatchObject({
    Namespace,
    MetricName,
    Statistic,
    Threshold,
    Period: minutes * 60,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    Dimensions: [{ Value: of }],
  });
});

test.each([
  [1, 6],
  [13.5, 19],
  [15, 20],
])(
  'a run of %d minutes is heard of %i minutes after its beginning, whatever the environment says',
  (runs, period) => {
    const foreign = createForeignStack();
    const { stack, vpc, database } = foreign;
    const timeout = Duration.seconds(runs * 60);
    const statistics = new ScheduledStatistics(stack, 'Own', { ...refreshing, vpc, database, timeout });
    new JobAlarms(stack, 'Alarms', { statistics });
    for (const name of ['RefreshFailed', 'RefreshSlow'])
      expect(foreign.synth().find('AWS::CloudWatch::Alarm', `Alarms${name}`)[1].Properties.Period).toBe(
        period * 60,
      );
  },
);

test('RefreshMissing starts when for three hours nothing was refreshed or found fresh, or nothing was heard', () => {
  const alarm = alarms.get('RefreshMissing');
  expect(alarm).toMatchObject({
    Threshold: 1,
    EvaluationPeriods: 3,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });
  const [sum, ...parts] = alarm.Metrics;
  expect(sum.Expression).toBe('FILL(refreshed, 0) + FILL(skipped, 0)');
  const dimensions = Object.entries(metricDimensions('staging', 'refresh-statistics'));
  for (const [index, name] of ['StatisticsRefreshed', 'StatisticsSkipped'].entries()) {
    const { Metric, Period, Stat } = parts[index].MetricStat;
    expect([Metric.Namespace, Metric.MetricName, Period, Stat]).toEqual(['RegistryJobs', name, 3600, 'Sum']);
    expect(
      Metric.Dimensions.map((it: { Name: string; Value: string }) => [it.Name, it.Value]).sort(),
    ).toEqual(dimensions.sort());
  }
});

test('RefreshLag starts when after a run some statistics are three hours old', () => {
  expect(alarms.get('RefreshLag')).toMatchObject({
    Namespace: 'RegistryJobs',
    MetricName: 'StatisticsLag',
    Statistic: 'Maximum',
    Threshold: 3 * 3600,
    Period: 3600,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
});

test('AuditDiffers starts at the first cell that differs', () => {
  expect(alarms.get('AuditDiffers')).toMatchObject({
    Namespace: 'RegistryJobs',
    MetricName: 'AuditDifferences',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
});

test('MigrationsPending sums up what runs left undone', () => {
  const { Dimensions, ...alarm } = alarms.get('MigrationsPending');
  expect(alarm).toMatchObject({
    Namespace: 'RegistryJobs',
    MetricName: 'MigrationsPending',
    Statistic: 'Sum',
    Threshold: 1,
    TreatMissingData: 'notBreaching',
  });
  const dimensions = Dimensions.map((it: { Name: string; Value: string }) => [it.Name, it.Value]);
  expect(dimensions.sort()).toEqual(Object.entries(metricDimensions('staging', 'migrate')).sort());
});

test('MigrationsMissing watches what the hourly job finds missing in the ledger', () => {
  const { Dimensions, ...alarm } = alarms.get('MigrationsMissing');
  expect(alarm).toMatchObject({
    Namespace: 'RegistryJobs',
    MetricName: 'MigrationsPending',
    Statistic: 'Maximum',
    Threshold: 1,
    Period: 3600,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
  const dimensions = Dimensions.map((it: { Name: string; Value: string }) => [it.Name, it.Value]);
  expect(dimensions.sort()).toEqual(Object.entries(metricDimensions('staging', 'refresh-statistics')).sort());
});

test('the topic takes messages over TLS only, and from the alarms of this account only', () => {
  const [topic] = find('AWS::SNS::Topic');
  const { PolicyDocument, Topics } = find('AWS::SNS::TopicPolicy')[1].Properties;
  expect(Topics).toEqual([{ Ref: topic }]);
  expect(PolicyDocument.Statement).toEqual([
    expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    {
      Sid: 'AlarmsOfThisAccount',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: { Ref: topic },
      Condition: {
        StringEquals: { 'aws:SourceAccount': '111111111111' },
        ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-central-1:111111111111:alarm:*' },
      },
    },
  ]);
});

test('these are all, and each says in a sentence what happened', () => {
  expect(alarms.size).toBe(13);
  for (const { AlarmDescription } of alarms.values()) expect(AlarmDescription).toMatch(/^staging: .+\.$/);
});

test('production tells the topic it names when an alarm starts and ends; staging tells its own', () => {
  const topic = 'arn:aws:sns:eu-central-1:333333333333:registry-alarms';
  const production = Object.values(synth({ environment: 'production' }).resources).filter(
    (it) => it.Type === 'AWS::CloudWatch::Alarm',
  );
  expect(production).toHaveLength(13);
  for (const { Properties } of production) {
    expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
  }
  const [own] = find('AWS::SNS::Topic');
  for (const alarm of alarms.values())
    expect(alarm).toMatchObject({ AlarmActions: [{ Ref: own }], OKActions: [{ Ref: own }] });
});
