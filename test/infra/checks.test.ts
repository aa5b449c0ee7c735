import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { CfnResource, Duration } from 'aws-cdk-lib/core';
import { expect, test, vi } from 'vitest';
import { chooseEnvironment, environments } from '../../environments.ts';
import type { EnvironmentNetwork } from '../../lib/infra/environment.ts';
import { MigrateOnDeploy } from '../../lib/infra/migrate-on-deploy.ts';
import type { MigrateOnDeployProps } from '../../lib/infra/migrate-options.ts';
import type { RegistryJobsStack } from '../../lib/infra/stack.ts';
import { cdkJson, synth } from '../support/synth.ts';

test.each([...environments.keys()])('%s has no finding of the rule packs and no warning', (name) => {
  const stderr = vi.spyOn(process.stderr, 'write');
  synth({ environment: name });
  expect(stderr).not.toHaveBeenCalled();
  stderr.mockRestore();
});

test('the rule packs can fail: a queue without TLS and without dead letters', () => {
  expect(() => synth({ change: (stack) => void new Queue(stack, 'Open') })).toThrow('AwsSolutions-SQS4');
});

test('the rule packs can fail: a wildcard beside the acknowledged one', () => {
  const change = (stack: RegistryJobsStack) => {
    const migrations = stack.node.findChild('Migrations') as MigrateOnDeploy;
    migrations.job.role.addToPolicy(new PolicyStatement({ actions: ['ssm:*'], resources: ['*'] }));
  };
  expect(() => synth({ change })).toThrow('AwsSolutions-IAM5[Action::ssm:*]');
});

test('CloudFormation’s own rules can fail: a property that does not exist', () => {
  const properties = { QueueNam: 'x' };
  const change = (stack: RegistryJobsStack) => {
    new CfnResource(stack, 'Typo', { type: 'AWS::SQS::Queue', properties });
  };
  // The second time as well: only a template without a finding is not checked again.
  for (let times = 0; times < 2; times++)
    expect(() => synth({ change })).toThrow('QueueNam: Additional properties are not allowed');
});

test('a function that could outlive the one that waits for it cannot be configured', () => {
  const change = (stack: RegistryJobsStack) => {
    new MigrateOnDeploy(stack, 'TooLong', { timeout: Duration.minutes(14) } as MigrateOnDeployProps);
  };
  expect(() => synth({ change })).toThrow('One run of the function may take less than 14 minutes.');
});

test.each([
  [undefined, 'No environment was chosen. Known are staging, demo, production.'],
  ['prod', 'There is no environment "prod". Known are staging, demo, production.'],
])('environment %s is a clear error', (name, message) => {
  expect(() => chooseEnvironment(name)).toThrow(
    expect.objectContaining({
      message,
      code: 'unknown-environment',
      hint: 'Name one of them, for example: npx cdk synth -c env=staging',
    }),
  );
});

test('cdk.json has every flag that the installed library recommends, and calls nobody', () => {
  const file = createRequire(import.meta.url).resolve('aws-cdk-lib/recommended-feature-flags.json');
  expect(cdkJson).toMatchObject({ app: 'node bin/app.ts', versionReporting: false, notices: false });
  expect(cdkJson.context).toMatchObject(JSON.parse(readFileSync(file, 'utf8')));
  expect(cdkJson.context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
});

test('no two environments share an account, a network or a key', () => {
  const all = [...environments.values()];
  for (const pick of [
    (it: (typeof all)[number]) => it.account,
    (it: (typeof all)[number]) => (it.network as EnvironmentNetwork).vpcId,
    (it: (typeof all)[number]) => (it.network as EnvironmentNetwork).databaseSecurityGroupId,
    (it: (typeof all)[number]) => it.parameterKeyArn,
  ]) {
    expect(new Set(all.map(pick)).size).toBe(all.length);
  }
});
