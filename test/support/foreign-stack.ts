import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance, DatabaseInstanceEngine } from 'aws-cdk-lib/aws-rds';
import { App, Stack } from 'aws-cdk-lib/core';
import { cdkJson, noMigrations, placeholderCode, type Resources, readResources } from './synth.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A stack of somebody else, who has a VPC and a database there and knows nothing of our environments. */
export interface ForeignStack {
  readonly app: App;
  readonly stack: Stack;
  readonly vpc: IVpc;
  readonly database: DatabaseInstance;
  synth(): Resources;
}

export function createForeignStack(): ForeignStack {
  // With the flag that has CDK find circles, and properties that do not exist.
  const app = new App({ outdir: temporaryFolder(), analyticsReporting: false, context: cdkJson.context });
  const stack = new Stack(app, 'Shop');
  const vpcSubnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
  const subnetConfiguration = [{ name: 'isolated', ...vpcSubnets }];
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration }) as IVpc;
  const engine = DatabaseInstanceEngine.POSTGRES;
  const database = new DatabaseInstance(stack, 'Database', {
    engine,
    vpc,
    vpcSubnets,
    storageEncrypted: true,
  });
  return { app, stack, vpc, database, synth: () => readResources(app, stack) };
}

/** What MigrateOnDeploy has to be told besides its network, here without work and without a bundler. */
export const migrating = {
  migrations: noMigrations,
  // Made when asked for: the folders of a test file go when it is done.
  get codeFolder() {
    return placeholderCode().migrate;
  },
};

/** The same for ScheduledStatistics. */
export const refreshing = {
  get codeFolder() {
    return placeholderCode()['refresh-statistics'];
  },
};
