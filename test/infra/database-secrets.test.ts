import { expect, test } from 'vitest';
import { newEnvironment, synthCreated } from '../support/synth-database.ts';

const { database, jobs } = synthCreated();
const { template, resources, entries, find } = database;
const region = 'eu-central-1';
const account = '111111111111';
const key = `arn:aws:kms:${region}:${account}:key/11111111-1111-1111-1111-111111111111`;
const parameterOf = (job: string) =>
  `arn:aws:ssm:${region}:${account}:parameter/registry/staging/${job}/db/password`;
const users = { migrator: 'migrate', refresher: 'refresh-statistics' } as const;
const secretIds = Object.keys(users).map((user) => {
  const [[id] = expect.fail()] = entries('AWS::SecretsManager::Secret').filter(([it]) => it.includes(user));
  return id;
});

/** Every text of a document with the way to it. */
function textsIn(value: unknown, way = ''): [string, string][] {
  if (typeof value === 'string') return [[way, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, it]) => textsIn(it, `${way}/${name}`));
}

test('passwords are generated in AWS: the template says how long they are', () => {
  for (const [, { Properties }] of entries('AWS::SecretsManager::Secret')) {
    expect(Properties.GenerateSecretString).toEqual({ ExcludePunctuation: true, PasswordLength: 40 });
    expect(Properties.SecretString).toBeUndefined();
  }
  expect(secretIds).toHaveLength(2);
});

test('the instance takes its password by reference', () => {
  expect(find('AWS::RDS::DBInstance')[1].Properties.MasterUserPassword).toEqual({
    'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: secretIds[0] }, ':SecretString:::}}']],
  });
});

test('nowhere else is a secret resolved, and no other place could hold one', () => {
  const both = [template, jobs.template.toJSON()];
  const texts = both.flatMap((it) => textsIn(it));
  expect(texts.filter(([, text]) => text.includes('{{resolve:')).map(([way]) => way)).toEqual([
    expect.stringMatching(/\/MasterUserPassword\//),
  ]);
  expect(texts.filter(([way]) => /(password|SecretString)$/i.test(way))).toEqual([]);
  for (const { Parameters } of both) expect(Object.keys(Parameters)).toEqual(['BootstrapVersion']);
});

test.each(Object.entries(users))('the custom resource for %s gets names and gives none', (user, job) => {
  const [secret] = secretIds.filter((id) => id.includes(user));
  const [[, { Properties }] = expect.fail()] = entries('Custom::PasswordParameter').filter(([id]) =>
    id.includes(user),
  );
  const [fn] = entries('AWS::Lambda::Function').filter(([id]) => id.includes('Passwords'));
  expect(Properties).toEqual({
    ServiceToken: { 'Fn::GetAtt': [fn?.[0], 'Arn'] },
    ServiceTimeout: '600',
    SecretArn: { Ref: secret },
    ParameterName: `/registry/staging/${job}/db/password`,
    KeyArn: key,
  });
  const asked = textsIn(template).filter(
    ([way, text]) => /Fn::GetAtt\/0$/.test(way) && /PasswordsmigratorParameter|refresherParameter/.test(text),
  );
  expect(asked).toEqual([]);
});

test('the function that copies them may do that with these two, and nothing else', () => {
  const [logs] = entries('AWS::Logs::LogGroup').filter(([id]) => id.includes('Passwords'));
  const [[, policy] = expect.fail()] = entries('AWS::IAM::Policy');
  const encrypt = (job: string) => ({
    Effect: 'Allow',
    Action: 'kms:Encrypt',
    Resource: key,
    Condition: {
      StringEquals: {
        'kms:ViaService': `ssm.${region}.amazonaws.com`,
        'kms:EncryptionContext:PARAMETER_ARN': parameterOf(job),
      },
    },
  });
  expect(policy.Properties.PolicyDocument.Statement).toEqual([
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [logs?.[0], 'Arn'] },
    },
    {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: secretIds.map((Ref) => ({ Ref })),
    },
    {
      Effect: 'Allow',
      Action: 'ssm:PutParameter',
      Resource: Object.values(users).map(parameterOf),
    },
    ...Object.values(users).map(encrypt),
  ]);
});

test('it has them before it is asked', () => {
  const [policy] = find('AWS::IAM::Policy');
  for (const [, it] of entries('Custom::PasswordParameter')) expect(it.DependsOn).toContain(policy);
});

test('no role of this stack has a managed policy, a wildcard or another user than Lambda', () => {
  for (const [id, { Properties }] of entries('AWS::IAM::Role')) {
    expect(Properties.ManagedPolicyArns, id).toBeUndefined();
    const [{ Principal }] = Properties.AssumeRolePolicyDocument.Statement;
    expect(Principal).toEqual({ Service: 'lambda.amazonaws.com' });
  }
  const policies = Object.values(resources).filter((it) => /^AWS::IAM::/.test(it.Type));
  expect(JSON.stringify(policies)).not.toContain('*');
});

test('every function of this stack writes to a log group that ends, and is in no network', () => {
  const functions = entries('AWS::Lambda::Function');
  expect(functions).toHaveLength(2);
  for (const [, { Properties }] of functions) {
    const group = resources[Properties.LoggingConfig.LogGroup.Ref];
    expect(group?.Properties.RetentionInDays).toBe(30);
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x' });
    expect(Properties.VpcConfig).toBeUndefined();
    expect(Properties.Environment).toBeUndefined();
  }
});

test('without a customer-managed key nothing is said about keys', () => {
  const { parameterKeyArn: _, ...environment } = newEnvironment();
  const { database } = synthCreated(environment);
  expect(JSON.stringify(database.template)).not.toMatch(/kms:|KeyArn/);
});
