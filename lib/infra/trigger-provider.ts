import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type CfnResource, type CustomResourceProviderBase, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct, IConstruct } from 'constructs';
import type { JobProps } from './job-function.ts';

/** What CDK calls the function that runs all triggers of a stack. */
const providerId = 'AWSCDK.TriggerCustomResourceProviderCustomResourceProvider';

/** A stack has one, however many migrate in it. */
const limited = new WeakSet<IConstruct>();

/**
 * Gives CDK's trigger function a log group that ends, and the right to write to that one only. By default it writes
 * our reports to a group that is kept for ever, with a managed policy for every log group of the account.
 */
export function limitTriggerProvider(
  scope: Construct,
  props: Pick<JobProps, 'logRetention' | 'logRemovalPolicy'>,
): void {
  const provider = Stack.of(scope).node.findChild(providerId) as CustomResourceProviderBase;
  if (limited.has(provider)) return;
  limited.add(provider);
  const logs = new LogGroup(scope, 'TriggerLogs', {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
  });
  provider.addToRolePolicy({
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: [logs.logGroupArn],
  });
  const role = provider.node.findChild('Role') as CfnResource;
  role.addPropertyDeletionOverride('ManagedPolicyArns');
  const handler = provider.node.findChild('Handler') as CfnResource;
  handler.addPropertyOverride('LoggingConfig', { LogGroup: logs.logGroupName });
}
