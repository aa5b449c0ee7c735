import type { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { type CfnResource, type IResolvable, Lazy } from 'aws-cdk-lib/core';

/*
 * What CDK's framework for custom resources is made of has no options for these two. Both look for what CDK writes and change that; where
 * another version of CDK writes something else they find nothing, and it stays as CDK has made it.
 */

/**
 * How often our function is asked whether a deploy is done: after 2 seconds first, then ever more seldom, at most every 30. An hour is some
 * 130 questions.
 */
const growingInterval = { IntervalSeconds: 2, BackoffRate: 1.5, MaxDelaySeconds: 30 } as const;

/** Has a state machine that asks in equal distances ask in growing ones. */
export function askMoreAndMoreSeldom(machine: CfnStateMachine): void {
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds } = growingInterval;
  const definition = changed(machine, machine.definitionString, (value) =>
    typeof value === 'string'
      ? value
          .replace(/"IntervalSeconds":\d+/, `"IntervalSeconds":${IntervalSeconds}`)
          .replace(
            /"BackoffRate":1(?![\d.])/,
            `"BackoffRate":${BackoffRate},"MaxDelaySeconds":${MaxDelaySeconds}`,
          )
      : value,
  );
  machine.addPropertyOverride('DefinitionString', definition);
}

/** Takes the versions of a function, `arn:*`, out of what a policy allows, where it allows the function itself: nobody calls any. */
export function callNoVersions(policy: CfnPolicy): void {
  policy.policyDocument = changed(policy, policy.policyDocument, (value) => {
    if (!Array.isArray(value) || !value.some(isVersions)) return value;
    return value.filter((it) => !isVersions(it));
  });
}

function isVersions(resource: unknown): boolean {
  const joined = (resource as { 'Fn::Join'?: unknown } | null)?.['Fn::Join'];
  return Array.isArray(joined) && Array.isArray(joined[1]) && joined[1].at(-1) === ':*';
}

/** The value of a property of which every part has passed `each`, from the inside to the outside, when the template is written. */
function changed({ stack }: CfnResource, value: unknown, each: (part: unknown) => unknown): IResolvable {
  const through = (part: unknown): unknown => {
    if (Array.isArray(part)) return each(part.map(through));
    if (typeof part !== 'object' || part === null) return each(part);
    return each(Object.fromEntries(Object.entries(part).map(([key, it]) => [key, through(it)])));
  };
  return Lazy.any({ produce: () => through(stack.resolve(value)) });
}
