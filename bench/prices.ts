/**
 * `npm run prices`: what an environment costs per month while nothing happens in it, item by item, counted in its
 * synthesized template. What is used comes on top: a refresh every hour is some cents of Lambda, logs and messages.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { chooseEnvironment, environments } from '../environments.ts';
import type { Environment } from '../lib/infra/environment.ts';
import { RegistryJobsStack } from '../lib/infra/stack.ts';
import { FORMAT_VERSION } from '../lib/migrations/compiled.ts';
import { recordCatalog } from '../lib/plan/expected-catalog.ts';
import {
  type FixedCost,
  fixedCosts,
  HOURS_PER_MONTH,
  ownMetrics,
  pricesOf,
  questionsIn,
  type Resource,
  watchedDeploy,
  watchingCost,
} from './price-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'registry-jobs-prices-'));
try {
  const code = (job: string) => {
    const path = mkdtempSync(join(folder, job));
    writeFileSync(join(path, 'index.mjs'), `export const handler = () => '${job}';\n`);
    return path;
  };
  const all: [string, Environment][] = [...environments];
  all.push([
    'staging, with a network and a database of its own',
    { ...chooseEnvironment('staging'), network: 'create' },
  ]);
  all.push([
    'staging, with plans that are approved',
    { ...chooseEnvironment('staging'), approval: 'required' },
  ]);
  all.push(['staging, with a watch for drift', { ...chooseEnvironment('staging'), watchDrift: true }]);
  // What no file makes.
  const nothing = recordCatalog({ snapshot: new Map(), role: 'postgres', serverVersion: '18' }, []);
  writeFileSync(join(folder, 'catalog.json'), JSON.stringify(nothing));
  for (const [title, environment] of all) {
    const app = new App({ outdir: join(folder, title), analyticsReporting: false });
    const codeFolders = {
      migrate: code('migrate'),
      'refresh-statistics': code('refresh'),
      'store-password': code('store'),
      'create-roles': code('roles'),
    };
    const migrations = { formatVersion: FORMAT_VERSION, folder, migrations: [] };
    new RegistryJobsStack(app, environment.name, { environment, migrations, codeFolders });
    const resources = app
      .synth()
      .stacks.flatMap(({ template }) => Object.values<Resource>(template.Resources));
    const outside = environment.parameterKeyArn ? { keys: 1 } : { keys: 0 };
    print(title, fixedCosts(resources, { metrics: ownMetrics(environment), ...outside }));
  }
  console.log(
    `A migration that runs on in the server for an hour is looked at ${questionsIn(3_600, watchedDeploy)} times: ` +
      `US$ ${watchingCost(3_600, watchedDeploy, 1).toFixed(3)}, with a second of each function for each look.`,
  );
  console.log(
    `List prices of ${pricesOf.region} in US$, ${pricesOf.date}; a month has ${HOURS_PER_MONTH} hours.`,
  );
  console.log('Other regions cost up to a fifth more; free tiers are not taken off.');
} finally {
  rmSync(folder, { recursive: true });
}

function print(name: string, costs: readonly FixedCost[]): void {
  const total = costs.reduce((sum, { perMonth }) => sum + perMonth, 0);
  const line = (what: string, amount: number) =>
    console.log(`  ${what.padEnd(60)} ${amount.toFixed(2).padStart(8)}`);
  console.log(name);
  for (const { item, count, each, perMonth } of costs)
    line(`${count} x ${item} at ${each.toFixed(2)}`, perMonth);
  line('per month', total);
  console.log();
}
