import { expect, test } from 'vitest';
import { chooseEnvironment as environmentOf } from '../../environments.ts';
import { type Resource, synth } from '../support/synth.ts';

const { resources, find } = synth();
const region = 'eu-central-1';
const account = '111111111111';

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every statement that gives a role of this stack a right, wherever it is written. */
function statementsOf(resource: Resource): Statement[] {
  const own = resource.Properties.PolicyDocument?.Statement ?? [];
  const inline = resource.Properties.Policies ?? [];
  return [
    ...own,
    ...inline.flatMap((it: { PolicyDocument: { Statement: Statement[] } }) => it.PolicyDocument.Statement),
  ];
}

const identityTypes = new Set(['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::ManagedPolicy']);
const identities = Object.entries(resources).filter(([, it]) => identityTypes.has(it.Type));
const ec2 = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

test('no role has a managed policy', () => {
  for (const [id, { Properties }] of identities) expect(Properties.ManagedPolicyArns, id).toBeUndefined();
});

test('no right is given by a wildcard action', () => {
  const actions = identities.flatMap(([, it]) => statementsOf(it)).flatMap((it) => it.Action);
  expect(actions.length).toBeGreaterThan(10);
  expect(actions.filter((action) => action.includes('*'))).toEqual([]);
});

test('the wildcard resources are these, and no others', () => {
  const wild = identities.flatMap(([id, it]) =>
    statementsOf(it)
      .filter((statement) => statement.Effect === 'Allow' && JSON.stringify(statement.Resource).includes('*'))
      .map((statement) => [id.replace(/[0-9A-F]{8}$/, ''), statement.Action, statement.Resource]),
  );
  expect(wild).toEqual([
    // EC2 gives no narrower resource for attaching a function to its subnets.
    ['MigrationsJobRoleDefaultPolicy', ec2, '*'],
    ['StatisticsJobRoleDefaultPolicy', ec2, '*'],
  ]);
});

test.each([
  ['migrate', 'MigrationsJobRole'],
  ['refresh-statistics', 'StatisticsJobRole'],
])('%s has exactly these rights', (job, role) => {
  const [roleId] = find('AWS::IAM::Role', role);
  const [, policy] = find('AWS::IAM::Policy', role);
  const [logs] = find('AWS::Logs::LogGroup', role.replace('Role', 'Logs'));
  const [queue] = find('AWS::SQS::Queue');
  const path = `arn:aws:ssm:${region}:${account}:parameter/registry/staging/${job}`;

  expect(policy.Properties.Roles).toEqual([{ Ref: roleId }]);
  expect(statementsOf(policy)).toEqual([
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [logs, 'Arn'] },
    },
    { Sid: 'AttachToSubnets', Effect: 'Allow', Action: ec2, Resource: '*' },
    {
      Sid: 'NotFromTheCode',
      Effect: 'Deny',
      Action: ec2,
      Resource: '*',
      Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    },
    { Sid: 'ReadOwnParameters', Effect: 'Allow', Action: 'ssm:GetParametersByPath', Resource: path },
    {
      Sid: 'DecryptOwnParameters',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: `arn:aws:kms:${region}:${account}:key/11111111-1111-1111-1111-111111111111`,
      Condition: {
        StringEquals: { 'kms:ViaService': `ssm.${region}.amazonaws.com` },
        StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': `${path}/*` },
      },
    },
    {
      Effect: 'Allow',
      Action: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
      Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
    },
  ]);
});

test('what CDK deploys to call it in a deploy may call it, wait for it, and write to one log group', () => {
  const [migrate] = find('AWS::Lambda::Function', 'MigrationsJob');
  const [caller] = find('AWS::Lambda::Function', 'MigrationsProviderCall');
  const [logs] = find('AWS::Logs::LogGroup', 'MigrationsProviderLogs');
  const [machine, { Properties }] = find('AWS::StepFunctions::StateMachine');
  const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
  const ours = [
    { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arn(logs) },
    { Effect: 'Allow', Action: ['lambda:GetFunction', 'lambda:InvokeFunction'], Resource: arn(caller) },
  ];
  const policy = (id: string) => statementsOf(find('AWS::IAM::Policy', `MigrationsProvider${id}`)[1]);
  const inOrder = (list: Statement[]) =>
    list
      .map((it) => ({ ...it, Action: [it.Action].flat().sort() }))
      .map(({ Effect, Action, Resource }) => JSON.stringify({ Effect, Action, Resource }))
      .sort();
  const start = { Effect: 'Allow', Action: ['states:StartExecution'], Resource: { Ref: machine } } as const;
  const calls = { Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: arn(migrate) } as const;
  expect(inOrder(policy('CallRole'))).toEqual(inOrder([ours[0], calls] as Statement[]));
  expect(inOrder(policy('WatchRole'))).toEqual(inOrder(ours as Statement[]));
  expect(inOrder(policy('BeginRole'))).toEqual(inOrder([...ours, start] as Statement[]));
  const [asks] = find('AWS::Lambda::Function', 'MigrationsProviderFrameworkframeworkisComplete');
  const [ends] = find('AWS::Lambda::Function', 'MigrationsProviderFrameworkframeworkonTimeout');
  expect(policy('Frameworkwaiterstatemachine').map(({ Action, Resource }) => [Action, Resource])).toEqual([
    ['lambda:InvokeFunction', [asks, ends].map(arn)],
  ]);
  expect(Properties.RoleArn).toEqual(arn(find('AWS::IAM::Role', 'MigrationsProviderFrameworkwaiter')[0]));
});

test('with IAM authentication each job may log in as its own user of this database, and gets no other right', () => {
  const users = { migrate: 'migrator', 'refresh-statistics': 'refresher' } as const;
  const databaseLogin = { resourceId: 'db-ABCDEFGHIJKL01234567890', users };
  const other = synth({ environment: { ...environmentOf('staging'), databaseLogin } });
  for (const [job, role] of [
    ['migrate', 'MigrationsJobRole'],
    ['refresh-statistics', 'StatisticsJobRole'],
  ] as const) {
    const sids = (it: Statement) => it.Sid ?? String(it.Action);
    const [before, after] = [find, other.find].map((in_) => statementsOf(in_('AWS::IAM::Policy', role)[1]));
    expect(after?.filter((it) => it.Sid !== 'LogInAsOwnUser').map(sids)).toEqual(before?.map(sids));
    expect(after?.filter((it) => JSON.stringify(it).includes('rds-db'))).toEqual([
      {
        Sid: 'LogInAsOwnUser',
        Effect: 'Allow',
        Action: 'rds-db:connect',
        Resource: `arn:aws:rds-db:${region}:${account}:dbuser:db-ABCDEFGHIJKL01234567890/${users[job]}`,
      },
    ]);
  }
});

test('without it there is no right to log in', () => {
  expect(JSON.stringify(resources)).not.toContain('rds-db');
});

test('the two jobs share no role', () => {
  const roles = ['MigrationsJob', 'StatisticsJob'].map(
    (it) => find('AWS::Lambda::Function', it)[1].Properties.Role['Fn::GetAtt'][0],
  );
  expect(new Set(roles).size).toBe(2);
});

test('without a customer-managed key there is no right to decrypt', () => {
  const { parameterKeyArn: _, ...environment } = environmentOf('staging');
  const { template } = synth({ environment });
  expect(JSON.stringify(template.toJSON())).not.toContain('kms:');
});

test('roles are assumed by one service each', () => {
  const principals = identities
    .filter(([, it]) => it.Type === 'AWS::IAM::Role')
    .map(([, it]) => it.Properties.AssumeRolePolicyDocument.Statement);
  for (const statements of principals) {
    expect(statements).toHaveLength(1);
    expect(statements[0].Principal.Service).toMatch(/^(lambda|scheduler|states)\.amazonaws\.com$/);
  }
});

test('the schedule may invoke its function and write to the dead letters, for this account only', () => {
  const [, role] = find('AWS::IAM::Role', 'StatisticsScheduleRole');
  const [fn] = find('AWS::Lambda::Function', 'Statistics');
  const [queue] = find('AWS::SQS::Queue');
  expect(statementsOf(role)).toEqual([
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [fn, 'Arn'] } },
    { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [queue, 'Arn'] } },
  ]);
  expect(role.Properties.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals).toEqual({
    'aws:SourceAccount': account,
    'aws:SourceArn': `arn:aws:scheduler:${region}:${account}:schedule-group/default`,
  });
});

test('nobody may reach the queue without TLS', () => {
  const [queue, { Properties }] = find('AWS::SQS::Queue');
  expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
  expect(find('AWS::SQS::QueuePolicy')[1].Properties.PolicyDocument.Statement).toEqual([
    {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'sqs:*',
      Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
});

test('no function can be called from outside: no URL, no permission for another service', () => {
  const types = Object.values(resources).map((it) => it.Type);
  expect(types).not.toContain('AWS::Lambda::Url');
  expect(types).not.toContain('AWS::Lambda::Permission');
});
