import { expect, test } from 'vitest';
import { synth } from '../support/synth.ts';
import { newEnvironment, synthCreated } from '../support/synth-database.ts';

const { jobs } = synthCreated();
const { find, resources } = jobs;
const arn = 'arn:aws:ssm:eu-central-1:111111111111:parameter/registry/staging';

test('roles, then migrations, then statistics; and before the roles, the way to the database', () => {
  const [rolesId, roles] = find('Custom::Trigger', 'Roles');
  const [migrationsId, migrations] = find('Custom::Migrations');
  const network = Object.keys(resources).filter((id) => id.startsWith('Network'));
  expect(network).toHaveLength(7);
  expect(roles.DependsOn).toEqual(expect.arrayContaining(network));
  expect(roles.DependsOn).not.toContain(migrationsId);
  expect(migrations.DependsOn).toContain(rolesId);
});

test('the trigger waits longer than the function lives, and for the version that was just made', () => {
  const [, { Properties }] = find('Custom::Trigger', 'Roles');
  const [version] = find('AWS::Lambda::Version', 'Roles');
  expect(find('AWS::Lambda::Function', 'Roles')[1].Properties.Timeout).toBe(300);
  expect(Properties).toMatchObject({ Timeout: '360000', HandlerArn: { Ref: version } });
});

test('it runs where the jobs run, and is told two paths and no secret', () => {
  const ours = find('AWS::Lambda::Function', 'Roles')[1].Properties;
  expect(ours.VpcConfig).toEqual(find('AWS::Lambda::Function', 'MigrationsJob')[1].Properties.VpcConfig);
  const { AWS_ENDPOINT_URL_SSM: _, ...variables } = ours.Environment.Variables;
  expect(variables).toEqual({
    POWERTOOLS_SERVICE_NAME: 'registry-jobs',
    REGISTRY_JOBS_ENVIRONMENT: 'staging',
    REGISTRY_JOBS_PARAMETER_PATH: '/registry/staging/migrate',
    REGISTRY_JOBS_REFRESHER_PATH: '/registry/staging/refresh-statistics',
  });
});

test('it may read both paths, and besides what every job may, nothing', () => {
  const statements = (role: string) =>
    find('AWS::IAM::Policy', role)[1].Properties.PolicyDocument.Statement as { Sid?: string }[];
  const own = (it: { Sid?: string }) => it.Sid ?? '';
  const ours = statements('RolesJobRole');
  expect(ours.map(own).filter(Boolean)).toEqual([
    ...statements('MigrationsJobRole').map(own).filter(Boolean),
    'ReadRefresherParameters',
    'DecryptRefresherParameters',
  ]);
  expect(ours.filter((it) => own(it).includes('Parameters'))).toMatchObject([
    { Action: 'ssm:GetParametersByPath', Resource: `${arn}/migrate` },
    {
      Action: 'kms:Decrypt',
      Condition: { StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': `${arn}/migrate/*` } },
    },
    { Action: 'ssm:GetParametersByPath', Resource: `${arn}/refresh-statistics` },
    {
      Action: 'kms:Decrypt',
      Condition: { StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': `${arn}/refresh-statistics/*` } },
    },
  ]);
});

test('the network is the one that was made, and nothing else is different', () => {
  const given = synth({ environment: 'staging' });
  const without = (it: object) => Object.keys(it).filter((id) => !/^(Roles|Network|AWSCDKTrigger)/.test(id));
  expect(without(resources).map(stable)).toEqual(without(given.resources).map(stable));
  const { VpcId, SubnetIds } = find('AWS::EC2::VPCEndpoint')[1].Properties;
  for (const value of [VpcId, ...SubnetIds]) {
    expect(value['Fn::GetStackOutput'].StackName).toBe('registry-jobs-staging-database');
  }
});

/** The id without what is computed from the content. */
function stable(id: string): string {
  return id.replace(/[0-9a-f]{32}$/, '');
}

test.each([true, false])('no finding of the rule packs; protected: %s', (isProtected) => {
  // A finding that nobody acknowledged makes the synthesis fail: checks.test.ts.
  expect(() => synthCreated(newEnvironment({ protected: isProtected }))).not.toThrow();
});
