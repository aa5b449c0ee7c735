import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Peer, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Stack } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import type { MigrateOnDeployProps } from '../../lib/infra/migrate-options.ts';
import { JobNetwork } from '../../lib/infra/network.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { createForeignStack, migrating, refreshing } from '../support/foreign-stack.ts';
import { placeholderCode } from '../support/synth.ts';

/** Code that may read a secret, and does nothing. */
function withClient(name: 'migrate' | 'refresh-statistics' = 'migrate'): string {
  const folder = placeholderCode()[name];
  writeFileSync(join(folder, 'fetch-secret.mjs'), '');
  return folder;
}

/** A stack whose migrations read this secret. */
function stackWith(choose: (stack: Stack, database: { secret?: ISecret }) => ISecret, network: object = {}) {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const secret = choose(stack, database);
  const props = { ...migrating, vpc, database, secret, ...network, codeFolder: withClient() };
  const migrations = new MigrateOnDeploy(stack, 'Migrations', props as MigrateOnDeployProps);
  return { ...foreign, migrations };
}

const own = (_: Stack, database: { secret?: ISecret }) => database.secret as ISecret;
const statements = (properties: { PolicyDocument: { Statement: { Sid?: string }[] } }) =>
  properties.PolicyDocument.Statement.filter(({ Sid }) => Sid?.endsWith('OwnSecret'));

test('a job may read the secret of its database, by its ARN, and is told where it is', () => {
  const { find } = stackWith(own).synth();
  const [attachment] = find('AWS::SecretsManager::SecretTargetAttachment');
  const [, policy] = find('AWS::IAM::Policy', 'MigrationsJobRole');
  expect(statements(policy.Properties)).toEqual([
    {
      Sid: 'ReadOwnSecret',
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: { Ref: attachment },
    },
  ]);
  const { Variables } = find('AWS::Lambda::Function', 'MigrationsJob')[1].Properties.Environment;
  expect(Variables).toMatchObject({
    REGISTRY_JOBS_SECRET_ARN: { Ref: attachment },
    AWS_ENDPOINT_URL_SSM: expect.anything(),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: expect.anything(),
  });
  // Only then does the secret say where the database is.
  expect(find('Custom::Migrations')[1].DependsOn).toContain(attachment);
});

test('with its key, through Secrets Manager only and for this secret only', () => {
  const { find } = stackWith((stack) => {
    const encryptionKey = Key.fromKeyArn(
      stack,
      'Key',
      'arn:aws:kms:eu-central-1:111111111111:key/11111111-1111-1111-1111-111111111111',
    );
    return new Secret(stack, 'Secret', { encryptionKey }) as ISecret;
  }).synth();
  const [secret] = find('AWS::SecretsManager::Secret', 'Secret');
  const [, policy] = find('AWS::IAM::Policy', 'MigrationsJobRole');
  expect(statements(policy.Properties)[1]).toEqual({
    Sid: 'DecryptOwnSecret',
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: 'arn:aws:kms:eu-central-1:111111111111:key/11111111-1111-1111-1111-111111111111',
    Condition: {
      StringEquals: {
        'kms:ViaService': { 'Fn::Join': ['', ['secretsmanager.', { Ref: 'AWS::Region' }, '.amazonaws.com']] },
      },
      StringLike: { 'kms:EncryptionContext:SecretARN': { Ref: secret } },
    },
  });
});

test('a secret that is known by name only has six characters more', () => {
  const { find } = stackWith((stack) => Secret.fromSecretNameV2(stack, 'Secret', 'shop/migrate')).synth();
  const [, policy] = find('AWS::IAM::Policy', 'MigrationsJobRole');
  expect(JSON.stringify(statements(policy.Properties))).toContain(':secret:shop/migrate-??????');
});

test('one endpoint more, however many jobs have a secret, and it lets only these secrets pass', () => {
  const foreign = stackWith(own);
  const { stack, migrations } = foreign;
  const arn = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:other-AbCdEf';
  const secret = Secret.fromSecretCompleteArn(stack, 'Other', arn);
  new ScheduledStatistics(stack, 'Statistics', {
    ...refreshing,
    codeFolder: withClient('refresh-statistics'),
    network: migrations.network,
    secret,
  });
  const { all, find, resources } = foreign.synth();
  const [attachment] = find('AWS::SecretsManager::SecretTargetAttachment');
  expect(all('AWS::EC2::VPCEndpoint')).toHaveLength(2);
  const [endpoint, { Properties }] = find('AWS::EC2::VPCEndpoint', 'MigrationsNetworkSecrets');
  expect(Properties).toMatchObject({
    ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.secretsmanager']] },
    PrivateDnsEnabled: false,
    PolicyDocument: {
      Statement: [
        {
          Action: 'secretsmanager:GetSecretValue',
          Effect: 'Allow',
          Resource: [arn, { Ref: attachment }],
          Condition: { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    },
  });
  // Before the migration: the endpoint, and the rules on both of its sides.
  const { DependsOn = [] } = find('Custom::Migrations')[1];
  expect(DependsOn).toContain(endpoint);
  const rules = Object.entries(resources).filter(([, it]) =>
    JSON.stringify(it.Properties ?? {}).includes('registry-jobs to Secrets Manager'),
  );
  expect(rules.map(([, { Type }]) => Type).sort()).toEqual([
    'AWS::EC2::SecurityGroupEgress',
    'AWS::EC2::SecurityGroupIngress',
  ]);
  for (const [id] of rules) expect(DependsOn, id).toContain(id);
});

test.each([
  [
    'a security group',
    (stack: Stack) => SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0'),
  ],
  ['a NAT gateway', () => Peer.anyIpv4()],
])('no endpoint where %s leads there already', (_, choose) => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const secretsManager = choose(stack);
  const network = new JobNetwork(stack, 'Network', { vpc, database, secretsManager });
  const secret = database.secret as ISecret;
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, codeFolder: withClient(), network, secret });
  const { all, find } = foreign.synth();
  expect(all('AWS::EC2::VPCEndpoint')).toHaveLength(1);
  const { Variables } = find('AWS::Lambda::Function', 'MigrationsJob')[1].Properties.Environment;
  expect(Variables).not.toHaveProperty('AWS_ENDPOINT_URL_SECRETS_MANAGER');
  expect(Variables).toHaveProperty('AWS_ENDPOINT_URL_SSM');
});

test('without a secret: no right, no variable, no endpoint, nothing to pay for', () => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database });
  const { all } = foreign.synth();
  const found = JSON.stringify([all('AWS::Lambda::Function'), all('AWS::IAM::Policy')]);
  expect(found).not.toMatch(/secretsmanager|SECRET/);
  expect(all('AWS::EC2::VPCEndpoint')).toHaveLength(1);
});
