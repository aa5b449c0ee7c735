import { expect, test } from 'vitest';
import { newEnvironment, synthCreated } from '../support/synth-database.ts';

const { database, jobs } = synthCreated();
const { template, resources, entries, find } = database;
const [instanceId, instance] = find('AWS::RDS::DBInstance');
const [groupId, group] = find('AWS::EC2::SecurityGroup');
const [vpcId] = find('AWS::EC2::VPC');
const subnetIds = entries('AWS::EC2::Subnet').map(([id]) => id);
const types = new Set(Object.values(resources).map((it) => it.Type));

test('nothing leads into the network or out of it', () => {
  const doors = /Gateway|NAT|EIP|Route$|Peering|TransitGateway|VPN|Endpoint|LoadBalancer|Url$/i;
  expect([...types].filter((type) => doors.test(type))).toEqual([]);
  for (const [, { Properties }] of entries('AWS::EC2::Subnet')) {
    expect(Properties).toMatchObject({ MapPublicIpOnLaunch: false, VpcId: { Ref: vpcId } });
  }
});

test('it spans two zones that CloudFormation chooses, so that the synthesis asks nobody', () => {
  expect(entries('AWS::EC2::Subnet').map(([, it]) => it.Properties.AvailabilityZone)).toEqual(
    [0, 1].map((index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] })),
  );
});

test('the default security group loses its rules', () => {
  expect(find('Custom::VpcRestrictDefaultSG')[1].Properties.DefaultSecurityGroupId).toEqual({
    'Fn::GetAtt': [vpcId, 'DefaultSecurityGroup'],
  });
});

test('the database answers inside of its two subnets only, to whom a rule lets in, and calls nobody', () => {
  const [subnetGroupId, subnetGroup] = find('AWS::RDS::DBSubnetGroup');
  expect(instance.Properties).toMatchObject({
    PubliclyAccessible: false,
    DBSubnetGroupName: { Ref: subnetGroupId },
    VPCSecurityGroups: [{ 'Fn::GetAtt': [groupId, 'GroupId'] }],
  });
  expect(subnetGroup.Properties.SubnetIds).toEqual(subnetIds.map((Ref) => ({ Ref })));
  expect(group.Properties.SecurityGroupIngress).toBeUndefined();
  expect(group.Properties.SecurityGroupEgress).toEqual([
    expect.objectContaining({ CidrIp: '255.255.255.255/32', IpProtocol: 'icmp' }),
  ]);
  expect(types).not.toContain('AWS::EC2::SecurityGroupIngress');
});

test('only the functions of the jobs have such a rule, and it is theirs', () => {
  const outputs = Object.entries<{ Value: object }>(template.Outputs);
  const [name] = outputs.find(([, { Value }]) => JSON.stringify(Value).includes(groupId)) ?? [];
  const [functions] = jobs.find('AWS::EC2::SecurityGroup', 'NetworkFunctions');
  const rules = Object.values(jobs.resources)
    .filter((it) => it.Type === 'AWS::EC2::SecurityGroupIngress')
    .filter((it) => JSON.stringify(it.Properties.GroupId).includes(`"${name}"`));
  expect(rules.map(({ Properties: { Description, GroupId, ...rule } }) => rule)).toEqual([
    {
      SourceSecurityGroupId: { 'Fn::GetAtt': [functions, 'GroupId'] },
      IpProtocol: 'tcp',
      FromPort: 5432,
      ToPort: 5432,
    },
  ]);
});

test('nobody connects without TLS, whose authority comes with the functions', () => {
  const [parameterGroupId, parameterGroup] = find('AWS::RDS::DBParameterGroup');
  expect(parameterGroup.Properties).toMatchObject({
    Family: 'postgres18',
    Parameters: { 'rds.force_ssl': '1' },
  });
  expect(instance.Properties).toMatchObject({
    DBParameterGroupName: { Ref: parameterGroupId },
    CACertificateIdentifier: 'rds-ca-rsa2048-g1',
  });
});

test('a small Postgres that grows, keeps itself up to date and is encrypted', () => {
  expect(instance.Properties).toMatchObject({
    Engine: 'postgres',
    // A minor version would be taken back by a later deploy.
    EngineVersion: '18',
    AutoMinorVersionUpgrade: true,
    DBInstanceIdentifier: 'registry-staging',
    DBInstanceClass: 'db.t4g.micro',
    StorageType: 'gp3',
    AllocatedStorage: '20',
    MaxAllocatedStorage: 100,
    StorageEncrypted: true,
    EnableIAMDatabaseAuthentication: true,
    MultiAZ: false,
  });
});

test('it is backed up for a week, also when it is gone, and is not deleted by a deploy', () => {
  expect(instance.Properties).toMatchObject({
    BackupRetentionPeriod: 7,
    DeleteAutomatedBackups: false,
    CopyTagsToSnapshot: true,
    DeletionProtection: true,
  });
  expect(instance).toMatchObject({ DeletionPolicy: 'Snapshot', UpdateReplacePolicy: 'Retain' });
});

test('the jobs are removed without it: its stack is another one, which is always protected', () => {
  expect(Object.values(jobs.resources).filter((it) => /RDS|VPC$|Subnet|Secret/.test(it.Type))).toEqual([]);
  expect(database.terminationProtection).toBe(true);
});

test('an environment that people depend on has a standby', () => {
  const { database } = synthCreated(newEnvironment({ name: 'production', protected: true }));
  const [, { Properties }] = database.find('AWS::RDS::DBInstance');
  expect(Properties).toMatchObject({ MultiAZ: true, DBInstanceIdentifier: 'registry-production' });
});

test('both jobs find their settings, as long as the database is there', () => {
  const parameters = entries('AWS::SSM::Parameter');
  const values = parameters.map(([, { Properties }]) => [Properties.Name, Properties.Value]);
  const host = { 'Fn::GetAtt': [instanceId, 'Endpoint.Address'] };
  const settings = (user: string) => ({ port: '5432', name: 'registry', user, host });
  for (const [path, user] of [
    ['/registry/staging/migrate/db/', 'migrator'],
    ['/registry/staging/refresh-statistics/db/', 'refresher'],
  ] as const) {
    const own = values.filter(([name]) => name.startsWith(path));
    expect(Object.fromEntries(own.map(([name, value]) => [name.slice(path.length), value]))).toEqual(
      settings(user),
    );
  }
  expect(parameters).toHaveLength(8);
  for (const [, { Properties, DeletionPolicy }] of parameters) {
    expect([Properties.Type, DeletionPolicy]).toEqual(['String', 'RetainExceptOnCreate']);
  }
  expect(instance.Properties).toMatchObject({ DBName: 'registry', MasterUsername: 'migrator' });
});

test('parameters of another database are found before any password is overwritten, and that before the instance', () => {
  const passwords = entries('Custom::PasswordParameter');
  for (const [id, { DependsOn = [], Properties }] of passwords) {
    const own = entries('AWS::SSM::Parameter').filter(([, it]) =>
      it.Properties.Name.startsWith(Properties.ParameterName.replace(/password$/, '')),
    );
    const known = own.filter(([, it]) => !it.Properties.Name.endsWith('/host')).map(([name]) => name);
    expect(known).toHaveLength(3);
    expect(DependsOn).toEqual(expect.arrayContaining(known));
    expect(instance.DependsOn).toContain(id);
  }
});

test('the dashboard shows its connections, and the stack where it is', () => {
  const [, { Properties }] = jobs.find('AWS::CloudWatch::Dashboard');
  expect(JSON.stringify(Properties)).toContain('registry-staging');
  expect(Object.keys(template.Outputs)).toEqual(
    expect.arrayContaining(['DatabaseHost', 'MigratorSecretArn', 'RefresherSecretArn']),
  );
});
