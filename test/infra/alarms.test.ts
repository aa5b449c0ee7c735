import { expect, test } from 'vitest';
import { metricDimensions } from '../../lib/contract.ts';
import { synth } from '../support/synth.ts';

const { resources, find } = synth();
const names = (id: string) => id.replace(/^Alarms/, '').replace(/[0-9A-F]{8}$/, '');
const alarms = new Map(
  Object.entries(resources)
    .filter(([, it]) => it.Type === 'AWS::CloudWatch::Alarm')
    .map(([id, it]) => [names(id), it.Properties]),
);
const [migrate] = find('AWS::Lambda::Function', 'Migrations');
const [refresh] = find('AWS::Lambda::Function', 'Statistics');
const [queue] = find('AWS::SQS::Queue');

test.each([
  ['MigrateFailed', 'AWS/Lambda', 'Errors', 'Sum', 1, { Ref: migrate }],
  ['MigrateSlow', 'AWS/Lambda', 'Duration', 'Maximum', 576_000, { Ref: migrate }],
  ['MigrateThrottled', 'AWS/Lambda', 'Throttles', 'Sum', 1, { Ref: migrate }],
  ['RefreshFailed', 'AWS/Lambda', 'Errors', 'Sum', 1, { Ref: refresh }],
  ['RefreshSlow', 'AWS/Lambda', 'Duration', 'Maximum', 672_000, { Ref: refresh }],
  ['RefreshThrottled', 'AWS/Lambda', 'Throttles', 'Sum', 1, { Ref: refresh }],
  [
    'DeadLetters',
    'AWS/SQS',
    'ApproximateNumberOfMessagesVisible',
    'Maximum',
    1,
    { 'Fn::GetAtt': [queue, 'QueueName'] },
  ],
])('%s watches %s %s', (name, Namespace, MetricName, Statistic, Threshold, of) => {
  expect(alarms.get(name)).toMatchObject({
    Namespace,
    MetricName,
    Statistic,
    Threshold,
    Period: 300,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    Dimensions: [{ Value: of }],
  });
});

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

test('AuditDiffers starts at the first cell that differs', () => {
  expect(alarms.get('AuditDiffers')).toMatchObject({
    Namespace: 'RegistryJobs',
    MetricName: 'AuditDifferences',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
});

test('these are all, and each says in a sentence what happened', () => {
  expect(alarms.size).toBe(9);
  for (const { AlarmDescription } of alarms.values()) expect(AlarmDescription).toMatch(/^staging: .+\.$/);
});

test('production tells its topic when an alarm starts and ends; staging has none to tell', () => {
  const topic = 'arn:aws:sns:eu-central-1:333333333333:registry-alarms';
  const production = Object.values(synth({ environment: 'production' }).resources).filter(
    (it) => it.Type === 'AWS::CloudWatch::Alarm',
  );
  expect(production).toHaveLength(9);
  for (const { Properties } of production) {
    expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
  }
  for (const alarm of alarms.values()) expect(alarm.AlarmActions).toBeUndefined();
});
