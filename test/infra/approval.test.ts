import { Role } from 'aws-cdk-lib/aws-iam';
import { Duration } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { environmentVariables, taskAlias } from '../../lib/contract.ts';
import { deployTimes } from '../../lib/infra/deploy-times.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import { createForeignStack, migrating } from '../support/foreign-stack.ts';
import { synth } from '../support/synth.ts';

const account = '111111111111';
const parameter = `arn:aws:ssm:eu-central-1:${account}:parameter/registry/staging/migrate/approved-plan`;
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const attended = synth({
  environment: {
    ...chooseEnvironment('staging'),
    approval: 'required',
    deployMinutes: 30,
    operatorRoleArns: [role('both'), role('operators')],
    approverRoleArns: [role('both')],
  },
});

test('where a plan has to be approved the function is told so, and may read which one is, through the endpoint too', () => {
  const { Variables } = attended.find('AWS::Lambda::Function', 'MigrationsJob')[1].Properties.Environment;
  expect(Variables[environmentVariables.approval]).toBe('required');
  expect(Variables[environmentVariables.deploySeconds]).toBe('1800');
  const [, { Properties: role }] = attended.find('AWS::IAM::Policy', 'MigrationsJobRole');
  expect(role.PolicyDocument.Statement).toContainEqual({
    Sid: 'ReadApproval',
    Effect: 'Allow',
    Action: 'ssm:GetParameter',
    Resource: parameter,
  });
  const [, { Properties: endpoint }] = attended.find('AWS::EC2::VPCEndpoint');
  expect(endpoint.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({ Action: 'ssm:GetParameter', Resource: parameter }),
  );
});

test('operators may call its alias, approvers may write one parameter, and nobody anything else', () => {
  const rights = attended
    .all('AWS::IAM::Policy')
    .filter(({ Properties }) => Properties.Roles.some((it: unknown) => typeof it === 'string'))
    .map(({ Properties }) => [Properties.Roles, Properties.PolicyDocument.Statement]);
  const [alias] = attended.find('AWS::Lambda::Alias');
  const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { Ref: alias } };
  const approve = { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: parameter };
  expect(attended.find('AWS::Lambda::Alias')[1].Properties.Name).toBe(taskAlias);
  expect(rights).toEqual([
    [['both'], [invoke, approve]],
    [['operators'], [invoke]],
  ]);
});

test('an alarm tells of a deploy that waits', () => {
  const [, { Properties }] = attended.find('AWS::CloudWatch::Alarm', 'AlarmsApprovalWaiting');
  expect(Properties).toMatchObject({
    MetricName: 'ApprovalWaiting',
    Statistic: 'Maximum',
    Period: 300,
    Threshold: 1,
    TreatMissingData: 'notBreaching',
    AlarmDescription:
      'staging: A deploy waits for its plan to be approved: registry-jobs plan --remote --env staging shows it.',
  });
});

test('by default there is nothing of it', () => {
  const text = JSON.stringify(synth().resources);
  expect(text).not.toContain(environmentVariables.approval);
  expect(text).not.toMatch(/ApprovalWaiting|ssm:PutParameter|approved-plan/);
});

test('a construct takes operators as well', () => {
  const foreign = createForeignStack();
  const { stack, vpc, database } = foreign;
  const operators = [Role.fromRoleArn(stack, 'Operators', role('operators'))];
  const more = { operators, deployTimeout: Duration.minutes(45) };
  new MigrateOnDeploy(stack, 'Migrations', { ...migrating, vpc, database, ...more });
  const { find } = foreign.synth();
  expect(find('Custom::Migrations')[1].Properties.ServiceTimeout).toBe('2820');
  expect(find('AWS::IAM::Policy', 'Operators')[1].Properties.PolicyDocument.Statement).toMatchObject([
    { Action: 'lambda:InvokeFunction', Resource: { Ref: find('AWS::Lambda::Alias')[0] } },
  ]);
});

test.each([
  [{}, 720, 3480, 3600],
  [{ timeout: Duration.seconds(15), deployTimeout: Duration.seconds(15) }, 15, 15, 135],
  [{ deployTimeout: Duration.minutes(58) }, 720, 3480, 3600],
  [{ deployTimeout: Duration.minutes(59) }, 720, 3480, 3600],
])('%j: one run, the deploy, CloudFormation', (options, run, deploy, service) => {
  const times = deployTimes(options);
  expect([times.run, times.deploy, times.service].map((it) => it.toSeconds())).toEqual([
    run,
    deploy,
    service,
  ]);
});

test.each([
  [{ timeout: Duration.minutes(14) }, 'One run of the function may take less than 14 minutes.'],
  [{ deployTimeout: Duration.minutes(61) }, 'at most an hour'],
  [{ deployTimeout: Duration.minutes(11) }, 'as long as one run of the function, 12 minutes, or longer'],
])('%j cannot be', (options, message) => {
  expect(() => deployTimes(options)).toThrow(
    expect.objectContaining({ code: 'bad-timeout', message: expect.stringContaining(message) }),
  );
});
