import { type Stack, type StackProps, Tags } from 'aws-cdk-lib/core';
import type { Environment } from './environment.ts';

/** Picks what every stack of CDK can be told out of the properties of one of ours. */
export function stackProps(props: Omit<StackProps, 'env'>): Omit<StackProps, 'env'> {
  const names: Readonly<Record<keyof Omit<StackProps, 'env'>, true>> = {
    analyticsReporting: true,
    crossRegionReferences: true,
    description: true,
    notificationArns: true,
    permissionsBoundary: true,
    propertyInjectors: true,
    stackName: true,
    suppressTemplateIndentation: true,
    synthesizer: true,
    tags: true,
    terminationProtection: true,
  };
  return Object.fromEntries(Object.entries(props).filter(([name]) => name in names));
}

/** Tags everything of a stack by what it belongs to. */
export function tagAll(stack: Stack, { name }: Environment): void {
  const tags = { project: 'registry-jobs', environment: name };
  for (const [key, value] of Object.entries(tags)) Tags.of(stack).add(key, value);
}
