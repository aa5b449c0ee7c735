import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { metricDimensions, metrics } from '../../lib/contract.ts';
import { type Synthesized, synth } from '../support/synth.ts';
import { watchedNothing } from '../support/written-down.ts';

/** The dashboard's JSON with every reference as the logical id it names. */
function readDashboard({ find }: Synthesized) {
  const [, { Properties }] = find('AWS::CloudWatch::Dashboard');
  const [, parts] = Properties.DashboardBody['Fn::Join'];
  const text = parts.map((part: string | Record<string, string | string[]>) =>
    typeof part === 'string' ? part : String(Object.values(part).flat()[0]),
  );
  return { name: Properties.DashboardName, ...JSON.parse(text.join('')) };
}

// With all that may be watched.
const staging = synth({
  environment: { ...chooseEnvironment('staging'), watchDrift: true, approval: 'required' },
  props: { migrations: watchedNothing() },
});
const { name, widgets } = readDashboard(staging);

test('it is found by the names of its stack and region', () => {
  expect(name).toBe('registry-jobs-staging-eu-central-1');
});

test('the first thing on it is every alarm of the stack', () => {
  const alarms = Object.entries(staging.resources).filter(([, it]) => it.Type === 'AWS::CloudWatch::Alarm');
  expect(widgets[0].type).toBe('alarm');
  expect([...widgets[0].properties.alarms].sort()).toEqual(alarms.map(([id]) => id).sort());
});

test('it shows every metric that the jobs write, with all their dimensions, and the connections', () => {
  const shown: unknown[][] = widgets.flatMap(
    (it: { properties: { metrics?: unknown[][] } }) => it.properties.metrics ?? [],
  );
  const { namespace, service: _, ...own } = metrics;
  const ours = shown.filter(([first]) => first === namespace);
  // Of both jobs: what a deploy left undone, and what the ledger lacks every hour.
  const twice = [...Object.values(own), metrics.migrationsPending];
  expect(ours.map(([, metric]) => metric).sort()).toEqual(twice.sort());
  for (const [, metric, ...rest] of ours) {
    const isMissing = (rest.at(-1) as { label?: string }).label === 'missing in the ledger';
    const job = /^(Migration|Approval)/.test(String(metric)) && !isMissing ? 'migrate' : 'refresh-statistics';
    const pairs = rest.filter((it) => typeof it === 'string');
    expect(pairs.sort()).toEqual(Object.entries(metricDimensions('staging', job)).flat().sort());
  }
  expect(shown).toContainEqual(
    expect.arrayContaining(['AWS/RDS', 'DatabaseConnections', 'DBInstanceIdentifier', 'registry']),
  );
});

test('it finds whatever is measured for each statistics function', () => {
  const searches = widgets
    .flatMap((it: { properties: { metrics?: { expression?: string }[][] } }) => it.properties.metrics ?? [])
    .flatMap(([first]: [{ expression?: string }]) => first.expression ?? []);
  const where = 'service="registry-jobs" environment="staging" job="refresh-statistics"';
  expect(searches).toEqual(
    [
      ['StatisticsDuration', 'Maximum'],
      ['StatisticsRefreshed', 'Sum'],
      ['StatisticsSkipped', 'Sum'],
      ['StatisticsFailed', 'Sum'],
    ].map(
      ([metric, statistic]) =>
        `SEARCH('{RegistryJobs,environment,function,job,service} MetricName="${metric}" ${where}', '${statistic}', 3600)`,
    ),
  );
});

test('without the name of the database its connections are left out', () => {
  const { databaseInstanceId: _, ...unnamed } = chooseEnvironment('staging');
  expect(JSON.stringify(readDashboard(synth({ environment: unnamed })))).not.toContain('AWS/RDS');
});
