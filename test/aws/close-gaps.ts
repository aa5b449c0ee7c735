import { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { CfnResource, type Stack } from 'aws-cdk-lib/core';
import { parameterStore, secretsManager } from '../../lib/infra/service-endpoint.ts';

/** Leaves out of a stack what an emulator cannot make, as the context of the app says: see gaps.ts and app.ts. */
export function closeGaps(stack: Stack): void {
  const list = (name: string): string[] => stack.node.tryGetContext(name)?.split(',') ?? [];
  leaveOut(stack, list('without'));
  withoutFormula(stack, list('plain'));
  allowEverywhere(stack, list('allow'));
  withoutEndpoints(stack);
}

function leaveOut(stack: Stack, names: readonly string[]): void {
  for (const [place, resource] of resourcesOf(stack)) {
    if (names.includes(resource.cfnResourceType) || names.includes(place))
      resource.node.scope?.node.tryRemoveChild(resource.node.id);
  }
}

/** Lets alarms watch any one metric instead, so that what names them (topic, dashboard) is deployed as it is. */
function withoutFormula(stack: Stack, places: readonly string[]): void {
  for (const [place, alarm] of resourcesOf(stack)) {
    if (!places.includes(place)) continue;
    alarm.addPropertyDeletionOverride('Metrics');
    const metric = { Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum', Period: 3600 };
    for (const [name, value] of Object.entries(metric)) alarm.addPropertyOverride(name, value);
  }
}

/** Has functions look for services where they are: the names of emulated endpoints lead nowhere. */
function withoutEndpoints(stack: Stack): void {
  for (const [place, fn] of resourcesOf(stack)) {
    if (!place.endsWith('/Job/Function')) continue;
    for (const { variable } of [parameterStore, secretsManager])
      fn.addPropertyDeletionOverride(`Environment.Variables.${variable}`);
  }
}

function resourcesOf(stack: Stack): [string, CfnResource][] {
  const all = stack.node.findAll().filter(CfnResource.isCfnResource);
  return all.map((it) => [it.node.path.replace(`${stack.node.path}/`, '').replace(/\/Resource$/, ''), it]);
}

function allowEverywhere(stack: Stack, actions: readonly string[]): void {
  if (actions.length === 0) return;
  const roles = stack.node.findAll().filter((it) => it instanceof Role);
  for (const role of roles.filter(({ node }) => /\/(Job|Passwords)\/Role$/.test(node.path)))
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: ['*'] }));
}
