/** A shop with a database of its own: each deploy applies the migrations, each half hour the totals are refreshed. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { JobAlarms, MigrateOnDeploy, ScheduledStatistics } from 'registry-jobs/cdk';

const stack = new Stack(new App(), 'shop');
const vpcSubnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
const vpc = new Vpc(stack, 'Vpc', {
  natGateways: 0,
  subnetConfiguration: [{ name: 'isolated', ...vpcSubnets }],
});
const database = new DatabaseInstance(stack, 'Database', {
  engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 }),
  databaseName: 'shop',
  credentials: Credentials.fromGeneratedSecret('migrator'),
  storageEncrypted: true,
  vpc,
  vpcSubnets,
});
// There is one, since the credentials are generated.
const secret = database.secret as ISecret;

const migrations = new MigrateOnDeploy(stack, 'Migrations', {
  migrations: 'db/migrations',
  vpc,
  database,
  secret,
  parameterPath: '/shop/migrate',
  // A file that takes long runs on in the server; the deploy waits for it so long, and the next one goes on waiting.
  deployTimeout: Duration.minutes(45),
  // What db/migrations/proof.json says was proved, and nothing else.
  requireProof: true,
});
const statistics = new ScheduledStatistics(stack, 'Statistics', {
  functions: ['refresh_totals'],
  every: Duration.minutes(30),
  migrations,
  // Beside the files lies what they make: catalog.json.
  watchDrift: true,
  network: migrations.network,
  secret,
  parameterPath: '/shop/statistics',
});
migrations.executeBefore(statistics);
new JobAlarms(stack, 'Alarms', { migrations, statistics });
