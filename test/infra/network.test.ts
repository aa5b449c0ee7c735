import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import type { EnvironmentNetwork } from '../../lib/infra/environment.ts';
import { synth } from '../support/synth.ts';

const staging = chooseEnvironment('staging');
const { resources, find } = synth();

const [functions, functionsGroup] = find('AWS::EC2::SecurityGroup', 'NetworkFunctions');
const [endpointGroupId, endpointGroup] = find('AWS::EC2::SecurityGroup', 'NetworkParameterStore');
const functionsId = { 'Fn::GetAtt': [functions, 'GroupId'] };
const endpointId = { 'Fn::GetAtt': [endpointGroupId, 'GroupId'] };

const rulesOf = (type: string, from = resources) =>
  Object.values(from)
    .filter((it) => it.Type === type)
    .map(({ Properties: { Description, ...rule } }) => rule);

test('functions reach the database and Parameter Store, each on its port, and nothing else', () => {
  expect(rulesOf('AWS::EC2::SecurityGroupEgress')).toEqual([
    {
      GroupId: functionsId,
      DestinationSecurityGroupId: 'sg-11111111111111111',
      IpProtocol: 'tcp',
      FromPort: 5432,
      ToPort: 5432,
    },
    {
      GroupId: functionsId,
      DestinationSecurityGroupId: endpointId,
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
    },
  ]);
});

test('the other side lets them in, and nobody else', () => {
  expect(rulesOf('AWS::EC2::SecurityGroupIngress')).toEqual([
    {
      GroupId: 'sg-11111111111111111',
      SourceSecurityGroupId: functionsId,
      IpProtocol: 'tcp',
      FromPort: 5432,
      ToPort: 5432,
    },
    {
      GroupId: endpointId,
      SourceSecurityGroupId: functionsId,
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
    },
  ]);
});

test('both groups start with a rule that matches nothing, never with the default that allows everything', () => {
  for (const { Properties } of [functionsGroup, endpointGroup]) {
    expect(Properties.SecurityGroupIngress).toBeUndefined();
    expect(Properties.SecurityGroupEgress).toEqual([
      expect.objectContaining({ CidrIp: '255.255.255.255/32', IpProtocol: 'icmp' }),
    ]);
  }
});

test('no rule names an address range', () => {
  const ranges = JSON.stringify(resources).match(/"Cidr[^"]*":"[^"]*"/g) ?? [];
  expect([...new Set(ranges)]).toEqual(['"CidrIp":"255.255.255.255/32"']);
});

test('functions run in the subnets of the environment', () => {
  for (const id of ['MigrationsJob', 'StatisticsJob']) {
    expect(find('AWS::Lambda::Function', id)[1].Properties.VpcConfig).toEqual({
      SecurityGroupIds: [functionsId],
      SubnetIds: ['subnet-1111111111111111a', 'subnet-1111111111111111b'],
    });
  }
});

test('the endpoint serves our two paths to this account and takes over no name of the VPC', () => {
  const [, { Properties }] = find('AWS::EC2::VPCEndpoint');
  const parameter = 'arn:aws:ssm:eu-central-1:111111111111:parameter/registry/staging';
  expect(Properties).toMatchObject({
    ServiceName: 'com.amazonaws.eu-central-1.ssm',
    VpcEndpointType: 'Interface',
    PrivateDnsEnabled: false,
    SecurityGroupIds: [endpointId],
  });
  expect(Properties.PolicyDocument.Statement).toEqual([
    {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: 'ssm:GetParametersByPath',
      Resource: [`${parameter}/migrate`, `${parameter}/refresh-statistics`],
      Condition: { StringEquals: { 'aws:PrincipalAccount': '111111111111' } },
    },
  ]);
});

test('functions find the endpoint by its own name', () => {
  const [endpoint] = find('AWS::EC2::VPCEndpoint');
  const entry = { 'Fn::Select': [0, { 'Fn::GetAtt': [endpoint, 'DnsEntries'] }] };
  const name = { 'Fn::Select': [1, { 'Fn::Split': [':', entry] }] };
  for (const id of ['MigrationsJob', 'StatisticsJob']) {
    const { Variables } = find('AWS::Lambda::Function', id)[1].Properties.Environment;
    expect(Variables.AWS_ENDPOINT_URL_SSM).toEqual({ 'Fn::Join': ['', ['https://', name]] });
  }
});

test('a VPC that has an endpoint keeps it: a rule is added, nothing is made', () => {
  const network = staging.network as EnvironmentNetwork;
  const parameterStoreEndpoint = { securityGroupId: 'sg-0123456789abcdef0' };
  const existing = synth({
    environment: { ...staging, network: { ...network, parameterStoreEndpoint, databasePort: 6543 } },
  });
  existing.template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  expect(JSON.stringify(existing.resources)).not.toContain('AWS_ENDPOINT_URL');
  const groups = rulesOf('AWS::EC2::SecurityGroupIngress', existing.resources).map((it) => [
    it.GroupId,
    it.ToPort,
  ]);
  expect(groups).toEqual([
    ['sg-11111111111111111', 6543],
    ['sg-0123456789abcdef0', 443],
  ]);
});
