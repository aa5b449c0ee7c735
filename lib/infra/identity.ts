import { Stack } from 'aws-cdk-lib/core';
import type { Construct, IConstruct } from 'constructs';
import { UsageError } from '../errors/error.ts';

/** Who is what, for each app. */
const claimed = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Takes a name for a construct: two of one kind with the same environment, in one account and region, would write into the same
 * metrics, whose alarms then watch neither, and read the same settings unless told otherwise.
 *
 * An app cannot see the stacks of another one, so there the names are for people to keep apart.
 *
 * @throws UsageError `same-identity` naming both
 */
export function claimIdentity(construct: Construct, kind: string, environment: string): void {
  const { account, region } = Stack.of(construct);
  const { root, path } = construct.node;
  const names = claimed.get(root) ?? new Map<string, string>();
  claimed.set(root, names);
  const key = JSON.stringify([account, region, environment, kind]);
  const other = names.get(key);
  if (other !== undefined) {
    throw new UsageError(
      'same-identity',
      `${path} and ${other} would count as one: both are ${kind} of the environment "${environment}", whose metrics and settings they would share.`,
      { hint: `Give one of them an \`environment\` of its own, for example: ${environment}-2` },
    );
  }
  names.set(key, path);
}
