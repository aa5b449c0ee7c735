import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  type CfnResource,
  type CustomResourceProviderBase,
  type ITaggableV2,
  Lazy,
  RemovalPolicy,
  Stack,
  TagManager,
  TagType,
} from 'aws-cdk-lib/core';
import { Construct, type IConstruct } from 'constructs';
import type { JobProps } from './job-props.ts';

/** What CDK calls the function that runs all triggers of a stack. */
export const triggerProvider = 'AWSCDK.TriggerCustomResourceProviderCustomResourceProvider';

export type ProviderLogs = Pick<JobProps, 'logRetention' | 'logRemovalPolicy'>;

/** A stack has one of each, however many use it. */
const limited = new WeakSet<IConstruct>();

/** Hears which tags its place has, for resources that CDK makes without the means to have any. */
class TagListener extends Construct implements ITaggableV2 {
  readonly cdkTagManager = new TagManager(TagType.STANDARD, 'AWS::Lambda::Function');
}

/**
 * Gives a function of CDK's own a log group that ends, and the right to write to that one only. By default it writes (that of the
 * triggers: our reports) to a group that is kept for ever, with a managed policy for every log group of the account. And the tags of
 * its place, which it and its role do not get by themselves.
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
  // In the stack, which the provider is in: the scope may have tags of its own, as a VPC has its name.
  const { cdkTagManager } = new TagListener(Stack.of(scope), `${name}Tags`);
  for (const resource of [role, handler])
    resource.addPropertyOverride('Tags', Lazy.any({ produce: () => render(cdkTagManager.tagValues()) }));
  handler.addPropertyOverride('LoggingConfig', { LogGroup: logs.logGroupName });
}

/** As CloudFormation wants them; nothing where there are none. */
function render(tags: Readonly<Record<string, string>>) {
  const all = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return all.length > 0 ? all : undefined;
}
