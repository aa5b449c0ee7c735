import { UsageError } from './lib/errors/error.ts';
import type { Environment } from './lib/infra/environment.ts';

/*
 * PLACEHOLDERS: every account, id and ARN below is made up, in the shape that AWS gives them. Replace an environment's
 * values before its first deploy; until then its account is 1111..., 2222... or 3333..., which no one can deploy to.
 */
/**
 * What is alike in all of ours, and says nothing of any: an environment that began with the values of another one would have
 * whatever it forgets to name from there, down to the key and the database.
 */
const usual = {
  memoryMb: 512,
  migrateMinutes: 12,
  refreshMinutes: 14,
  refreshEveryMinutes: 60,
  refreshMissingHours: 3,
} as const;

const staging: Environment = {
  ...usual,
  name: 'staging',
  account: '111111111111',
  region: 'eu-central-1',
  network: {
    vpcId: 'vpc-11111111111111111',
    subnets: [
      { subnetId: 'subnet-1111111111111111a', availabilityZone: 'eu-central-1a' },
      { subnetId: 'subnet-1111111111111111b', availabilityZone: 'eu-central-1b' },
    ],
    databaseSecurityGroupId: 'sg-11111111111111111',
    databasePort: 5432,
    parameterStoreEndpoint: 'create',
  },
  databaseInstanceId: 'registry',
  parameterKeyArn: 'arn:aws:kms:eu-central-1:111111111111:key/11111111-1111-1111-1111-111111111111',
  logRetentionDays: 30,
  protected: false,
};

const demo: Environment = {
  ...usual,
  name: 'demo',
  account: '222222222222',
  region: 'eu-central-1',
  network: {
    vpcId: 'vpc-22222222222222222',
    subnets: [
      { subnetId: 'subnet-2222222222222222a', availabilityZone: 'eu-central-1a' },
      { subnetId: 'subnet-2222222222222222b', availabilityZone: 'eu-central-1b' },
    ],
    databaseSecurityGroupId: 'sg-22222222222222222',
    databasePort: 5432,
    parameterStoreEndpoint: 'create',
  },
  databaseInstanceId: 'registry',
  parameterKeyArn: 'arn:aws:kms:eu-central-1:222222222222:key/22222222-2222-2222-2222-222222222222',
  logRetentionDays: 30,
  protected: true,
};

const production: Environment = {
  ...usual,
  name: 'production',
  account: '333333333333',
  region: 'eu-central-1',
  network: {
    vpcId: 'vpc-33333333333333333',
    subnets: [
      { subnetId: 'subnet-3333333333333333a', availabilityZone: 'eu-central-1a' },
      { subnetId: 'subnet-3333333333333333b', availabilityZone: 'eu-central-1b' },
    ],
    databaseSecurityGroupId: 'sg-33333333333333333',
    databasePort: 5432,
    parameterStoreEndpoint: 'create',
  },
  databaseInstanceId: 'registry',
  parameterKeyArn: 'arn:aws:kms:eu-central-1:333333333333:key/33333333-3333-3333-3333-333333333333',
  alarmTopicArn: 'arn:aws:sns:eu-central-1:333333333333:registry-alarms',
  logRetentionDays: 365,
  protected: true,
};

/** All environments by name. */
export const environments: ReadonlyMap<string, Environment> = new Map(
  [staging, demo, production].map((environment) => [environment.name, environment]),
);

/**
 * Finds the environment that `-c env=` names.
 *
 * @throws UsageError naming the known ones: a guess, or a default, would be a deploy to the wrong account.
 */
export function chooseEnvironment(name: unknown): Environment {
  const environment = typeof name === 'string' ? environments.get(name) : undefined;
  if (environment) return environment;
  const known = [...environments.keys()];
  const problem =
    name === undefined ? 'No environment was chosen.' : `There is no environment ${JSON.stringify(name)}.`;
  throw new UsageError('unknown-environment', `${problem} Known are ${known.join(', ')}.`, {
    hint: `Name one of them, for example: npx cdk synth -c env=${known[0]}`,
  });
}
