import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createEnvironmentDatabase, type EnvironmentDatabase } from '../support/aws-database.ts';
import { createCdk, succeed } from '../support/aws-deploy.ts';
import { type Aws, connectToAws } from '../support/aws-observer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const stack = 'registry-jobs-staging';
const folder = temporaryFolder();
const network = join(folder, 'network.json');

/** bin/app.ts as it is, from an empty account to what it deploys: in an emulator only, where staging is nobody's. */
describe.skipIf(!where?.emulatorFolder)('the app of the project', () => {
  let aws: Aws;
  let database: EnvironmentDatabase;
  const variables = { ...where?.variables, EMULATED_NETWORK: network };
  const own = createCdk(folder, variables, 'node --import ./test/aws/emulated.ts bin/app.ts');
  const gaps = createGaps(knownGaps).context();

  beforeAll(async () => {
    if (!where) return;
    aws = connectToAws(where.variables);
    database = await createEnvironmentDatabase();
    for (const [index, job] of (['migrate', 'refresh-statistics'] as const).entries())
      await database.storeParameters(aws, 'staging', job, String(database.passwords[index]));
  });
  afterAll(async () => {
    if (!where) return;
    await own.run(['destroy', stack, '--force'], { env: 'staging', ...gaps });
    await createCdk(folder, where.variables).run(['destroy', 'registry-network', '--force']);
    await database.drop();
  });

  test('npx cdk bootstrap works as it is written, without an environment', async () => {
    const plain = createCdk(folder, where?.variables ?? {}, 'node bin/app.ts');
    await succeed(plain.run(['bootstrap']));
    // The VPC is there before, as a customer's is.
    const customer = createCdk(folder, where?.variables ?? {});
    await succeed(customer.run(['deploy', 'registry-network']));
    writeFileSync(network, JSON.stringify({ 'registry-network': customer.outputs('registry-network') }));
  });

  test('a deploy without an environment deploys nothing, and names the known ones', async () => {
    const { code, output } = await own.run(['deploy', '--all']);
    expect(code).not.toBe(0);
    expect(output).toContain('No environment was chosen. Known are staging, demo, production.');
  });

  test('npx cdk deploy -c env=staging applies the migrations of the project', async () => {
    await succeed(own.run(['deploy', stack], { env: 'staging', ...gaps }));
    expect(await aws.stackStatus(stack)).toBe('CREATE_COMPLETE');
    const [row] = await database.query('SELECT count(*)::int AS applied FROM schema_migrations');
    expect(row?.applied).toBeGreaterThanOrEqual(26);
  });
});
