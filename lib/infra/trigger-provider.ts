import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type CfnResource, type CustomResourceProviderBase, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct, IConstruct } from 'constructs';
import type { JobProps } from './job-function.ts';

/** What CDK calls the function that runs all triggers of a stack. */
export const triggerProvider = 'AWSCDK.TriggerCustomResourceProviderCustomResourceProvider';

export type ProviderLogs = Pick<JobProps, 'logRetention' | 'logRemovalPolicy'>;

/** A stack has one of each, however many use it. */
const limited = new WeakSet<IConstruct>();

/**
 * Gives a function of CDK's own a log group that ends, and the right to write to that one only. By default it writes (that of the
 * triggers: our reports) to a group that is kept for ever, with a managed policy for every log group of the account.
 *
 * @param id of the log group
 * @param name what CDK calls the function
 */
export function limitProvider(scope: Construct, id: string, name: string, props: ProviderLogs): void {
  const provider = Stack.of(scope).node.findChild(name) as CustomResourceProviderBase;
  if (limited.has(provider)) return;
  limited.add(provider);
  const logs = new LogGroup(scope, id, {
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
