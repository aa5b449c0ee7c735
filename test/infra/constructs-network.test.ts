import { type IConnectable, type IVpc, Peer, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Stack } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { JobNetwork } from '../../lib/infra/network.ts';
import { ScheduledStatistics } from '../../lib/infra/scheduled-statistics.ts';
import { createForeignStack, type ForeignStack, migrating, refreshing } from '../support/foreign-stack.ts';
import { readResources } from '../support/synth.ts';

/** What somebody else runs in the same stack, on the same database, and only on the new schema. */
function createApplication({ stack, vpc, database }: ForeignStack): LambdaFunction {
  const application = new LambdaFunction(stack, 'Application', {
    code: Code.fromInline('exports.handler = () => {}'),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
  });
  database.connections.allowDefaultPortFrom(application);
  return application;
}

test('the migration waits for the database and the way to it; the application and the statistics wait for the migration', () => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const migrations = new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database });
  const statistics = new ScheduledStatistics(stack, 'Statistics', { ...refreshing, vpc, database });
  const application = createApplication(foreign);
  migrations.executeBefore(application, statistics);
  const { find } = foreign.synth();
  const [deployId, deploy] = find('Custom::Migrations');
  const [rule] = find('AWS::EC2::SecurityGroupIngress', 'DatabaseSecurityGroupfromShopMigrations');
  expect(deploy.DependsOn).toEqual(expect.arrayContaining([find('AWS::RDS::DBInstance')[0], rule]));
  expect(find('AWS::Lambda::Function', 'Application')[1].DependsOn).toContain(deployId);
  expect(find('AWS::Scheduler::Schedule')[1].DependsOn).toContain(deployId);
});

test('resources that wait for each other in a circle fail the synthesis', () => {
  const { stack, vpc, database, synth } = createForeignStack();
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database }).executeBefore(database);
  expect(synth).toThrow('Circular dependency');
});

test('the endpoint passes what the jobs of its network read', () => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const network = new JobNetwork(stack, 'Network', { vpc, database });
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, network, parameterPath: '/shop/a' });
  new ScheduledStatistics(stack, 'Statistics', { ...refreshing, network, parameterPath: '/shop/b' });
  const [, { Properties }] = foreign.synth().find('AWS::EC2::VPCEndpoint');
  const [{ Resource }] = Properties.PolicyDocument.Statement;
  expect(Resource.map((arn: { 'Fn::Join': [string, string[]] }) => arn['Fn::Join'][1].at(-1))).toEqual([
    ':parameter/shop/a',
    ':parameter/shop/b',
  ]);
});

test.each<[string, (foreign: ForeignStack) => IConnectable, object]>([
  ['a NAT gateway', () => Peer.anyIpv4(), { CidrIp: '0.0.0.0/0' }],
  [
    'an endpoint that is there',
    ({ stack }) => SecurityGroup.fromSecurityGroupId(stack, 'Given', 'sg-0123456789abcdef0'),
    { DestinationSecurityGroupId: 'sg-0123456789abcdef0' },
  ],
])('through %s: a rule more and no endpoint', (_, parameterStoreOf, to) => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const parameterStore = parameterStoreOf(foreign);
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database, parameterStore });
  const { all, find } = foreign.synth();
  expect(all('AWS::EC2::VPCEndpoint')).toEqual([]);
  expect(all('AWS::EC2::SecurityGroupEgress').map((it) => it.Properties)).toContainEqual(
    expect.objectContaining({ ...to, FromPort: 443, ToPort: 443 }),
  );
  // And the group never has the rule that lets everything out.
  expect(
    find('AWS::EC2::SecurityGroup', 'MigrationsNetworkFunctions')[1].Properties.SecurityGroupEgress,
  ).toEqual([expect.objectContaining({ CidrIp: '255.255.255.255/32', IpProtocol: 'icmp' })]);
});

test('the functions run in private subnets where there are no isolated ones, and in those that are named', () => {
  const { stack, database, ...foreign } = createForeignStack();
  const vpc = new Vpc(stack, 'Other', { maxAzs: 1, natGateways: 1 }) as IVpc;
  new MigrateOnDeploy(stack, 'Private', { ...migrating, vpc, database, parameterStore: Peer.anyIpv4() });
  const vpcSubnets = { availabilityZones: vpc.availabilityZones, subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  const named = { vpc, vpcSubnets, database, databasePort: 6543, parameterStore: Peer.anyIpv4() };
  new MigrateOnDeploy(stack, 'Named', { ...migrating, ...named, environment: 'named' });
  const { find, all } = foreign.synth();
  for (const id of ['Private', 'Named']) {
    const { SubnetIds } = find('AWS::Lambda::Function', `${id}Job`)[1].Properties.VpcConfig;
    expect(SubnetIds).toEqual([{ Ref: expect.stringMatching(/^OtherPrivateSubnet1/) }]);
  }
  const ports = all('AWS::EC2::SecurityGroupIngress').map((it) => it.Properties.FromPort);
  expect(ports).toContain(6543);
});

test('a database of another stack gets its rule from here, so that neither stack needs the other twice', () => {
  const { app, vpc, database, stack: theirs } = createForeignStack();
  const stack = new Stack(app, 'Jobs');
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database });
  const { find } = readResources(app, stack);
  const [rule] = find('AWS::EC2::SecurityGroupIngress', 'MigrationsNetworkFunctionsShopDatabase');
  expect(find('Custom::Migrations')[1].DependsOn).toContain(rule);
  expect([stack.dependencies, theirs.dependencies]).toEqual([[theirs], []]);
});
