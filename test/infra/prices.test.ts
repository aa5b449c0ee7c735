import { expect, test } from 'vitest';
import { fixedCosts, ownMetrics, questionsIn, watchedDeploy, watchingCost } from '../../bench/price-table.ts';
import { chooseEnvironment, environments } from '../../environments.ts';
import { synth } from '../support/synth.ts';
import { newEnvironment, synthCreated } from '../support/synth-database.ts';
import { watchedNothing } from '../support/written-down.ts';

test.each([...environments.keys()])('%s has nothing whose price nobody looked up', (environment) => {
  const metrics = ownMetrics(chooseEnvironment(environment));
  const costs = fixedCosts(Object.values(synth({ environment }).resources), { metrics, keys: 1 });
  const counts = Object.fromEntries(costs.map(({ item, count }) => [item, count]));
  expect(counts).toEqual({
    'interface endpoint in a zone': 2,
    // The alarm on a formula watches two.
    'metric watched by an alarm': 14,
    dashboard: 1,
    'metric of our own': 22,
    key: 1,
  });
});

test('a watch for drift costs its metric and the alarm on it', () => {
  const environment = { ...chooseEnvironment('staging'), watchDrift: true };
  const { resources } = synth({ environment, props: { migrations: watchedNothing() } });
  const costs = fixedCosts(Object.values(resources), { metrics: ownMetrics(environment), keys: 1 });
  const counts = Object.fromEntries(costs.map(({ item, count }) => [item, count]));
  expect(counts).toMatchObject({ 'metric watched by an alarm': 15, 'metric of our own': 23 });
});

test('evidence for others costs an advanced parameter, and asking for it nothing', () => {
  const environment = {
    ...chooseEnvironment('staging'),
    publishEvidence: true,
    requireEvidenceFrom: '/registry/demo/evidence',
  };
  const costs = (it: Parameters<typeof synth>[0]) =>
    fixedCosts(Object.values(synth(it).resources), { metrics: 0, keys: 0 });
  const plain = costs({ environment: 'staging' });
  expect(costs({ environment })).toEqual(
    expect.arrayContaining([...plain, { item: 'advanced parameter', count: 1, each: 0.05, perMonth: 0.05 }]),
  );
  expect(costs({ environment })).toHaveLength(plain.length + 1);
});

test('a network and a database of its own', () => {
  const { jobs, database } = synthCreated(newEnvironment({ protected: true }));
  const resources = [jobs, database].flatMap((it) => Object.values(it.resources));
  const costs = fixedCosts(resources, { metrics: 0, keys: 0 });
  const counts = Object.fromEntries(costs.map(({ item, count }) => [item, count]));
  // With a standby.
  expect(counts).toMatchObject({ 'db.t4g.micro': 2, 'GB of database storage': 40, secret: 2 });
});

test('an unknown type of resource is an error and not free', () => {
  expect(() => fixedCosts([{ Type: 'AWS::EC2::NatGateway' }], { metrics: 0, keys: 0 })).toThrow(
    'What does AWS::EC2::NatGateway cost?',
  );
});

test('an approval costs its metric and the alarm on it', () => {
  const environment = { ...chooseEnvironment('staging'), approval: 'required' } as const;
  const costs = fixedCosts(Object.values(synth({ environment }).resources), {
    metrics: ownMetrics(environment),
    keys: 1,
  });
  const counts = Object.fromEntries(costs.map(({ item, count }) => [item, count]));
  expect(counts).toMatchObject({ 'metric watched by an alarm': 15, 'metric of our own': 23 });
});

test('a watched hour costs half a cent', () => {
  expect([
    questionsIn(0, watchedDeploy),
    questionsIn(5, watchedDeploy),
    questionsIn(3_600, watchedDeploy),
  ]).toEqual([1, 2, 125]);
  const cost = watchingCost(3_600, watchedDeploy, 1);
  expect(cost).toBeGreaterThan(0.004);
  expect(cost).toBeLessThan(0.006);
});
