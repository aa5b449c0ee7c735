import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEnvironmentDatabase, type EnvironmentDatabase } from '../support/aws-database.ts';
import { type Cdk, type CdkContext, createCdk, succeed } from '../support/aws-deploy.ts';
import type { AwsVariables } from '../support/aws-emulator.ts';
import { type Aws, connectToAws } from '../support/aws-observer.ts';
import type { Gaps } from './gaps.ts';

/** The stack of the jobs in an emulator, beside which no other stack is. */
export const stack = 'registry-jobs-emulator';

/** What is there before the jobs are deployed. */
export interface Prepared {
  readonly cdk: Cdk;
  readonly aws: Aws;
  readonly database: EnvironmentDatabase;
}

/** Bootstraps an emulator, with a network, a database, and the parameters of both jobs. */
export async function prepareEnvironment(folder: string, variables: AwsVariables): Promise<Prepared> {
  const aws = connectToAws(variables);
  const cdk = createCdk(folder, variables);
  const database = await createEnvironmentDatabase();
  mkdirSync(join(folder, 'migrations'));
  for (const [index, job] of (['migrate', 'refresh-statistics'] as const).entries())
    await database.storeParameters(aws, 'emulator', job, String(database.passwords[index]));
  await succeed(cdk.run(['bootstrap']));
  await succeed(cdk.run(['deploy', 'registry-network']));
  writeFileSync(join(folder, 'network.json'), readFileSync(join(folder, 'outputs.json')));
  return { cdk, aws, database };
}

/** Removes what was deployed into it, and the rest. */
export async function removeEnvironment({ cdk, database }: Prepared, context: CdkContext): Promise<void> {
  await cdk.run(['destroy', stack, '--force', '--exclusively'], context);
  await cdk.run(['destroy', 'registry-network', '--force']);
  await database.drop();
}

/** What the app in this folder is told of such an environment. */
export function contextOf(folder: string, gaps: Pick<Gaps, 'context'>): CdkContext {
  return {
    network: join(folder, 'network.json'),
    migrations: join(folder, 'migrations'),
    bundles: join(folder, 'bundles'),
    ...gaps.context(),
  };
}
