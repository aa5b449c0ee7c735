import { expect, test } from 'vitest';
import { fixedCosts } from '../../bench/price-table.ts';
import { environments } from '../../lib/infra/environments.ts';
import { synth } from '../support/synth.ts';

test.each([...environments.keys()])('%s has nothing whose price nobody looked up', (environment) => {
  const costs = fixedCosts(Object.values(synth({ environment }).resources), { metrics: 21, keys: 1 });
  const counts = Object.fromEntries(costs.map(({ item, count }) => [item, count]));
  expect(counts).toEqual({
    'interface endpoint in a zone': 2,
    // The alarm on a formula watches two.
    'metric watched by an alarm': 12,
    dashboard: 1,
    'metric of our own': 21,
    key: 1,
  });
});

test('an unknown type of resource is an error and not free', () => {
  expect(() => fixedCosts([{ Type: 'AWS::EC2::NatGateway' }], { metrics: 0, keys: 0 })).toThrow(
    'What does AWS::EC2::NatGateway cost?',
  );
});
