/**
 * The CDK app that `npm run test:aws` deploys: a VPC as a customer has it, and the same RegistryJobsStack that bin/app.ts
 * builds, for an environment that names this VPC. What differs between deploys is context:
 *
 * - `env`: the name of the only environment that there is, as for bin/app.ts; without it there is the VPC's stack too
 * - `network`: the file with the outputs of the VPC's stack, or `create` for an environment that has none; without it there
 *   is only the VPC's stack
 * - `migrations`: the folder of SQL files
 * - `bundles`: where the functions' code goes
 * - `gates`: `true` for an environment that deploys only what is proved and what another one has applied, says itself what it has applied,
 *   and watches for drift
 * - `memory`: of the functions in MB, so that a deploy changes something besides the migrations
 * - `seconds`: of one run of the migrate function; `deploySeconds`: of a whole deploy; `approval`: `required` for one that waits for it
 * - `without`: resources that an emulator cannot make, by type or by place, separated by commas
 * - `plain`: alarms whose formula an emulator cannot evaluate, by place, separated by commas
 * - `allow`: actions that an emulator only finds allowed on `*`, separated by commas
 */
import { type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { App, CfnOutput, Stack } from 'aws-cdk-lib/core';
import { buildLambdaCode } from '../../lib/bundle/lambda-code.ts';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import type { Environment } from '../../lib/infra/environment.ts';
import { RegistryJobsStack } from '../../lib/infra/stack.ts';
import { closeGaps } from './close-gaps.ts';
import { readNetwork } from './read-network.ts';

const app = new App();
/** Of the credentials that the command line found. */
const account = String(process.env.CDK_DEFAULT_ACCOUNT);
const region = String(process.env.CDK_DEFAULT_REGION);

const chosen: string | undefined = app.node.tryGetContext('env');
if (chosen === undefined) createNetworkStack();
const network: string | undefined = app.node.tryGetContext('network');
try {
  if (network === 'create') await createJobsStack(chosen ?? 'newcomer', network);
  else if (network) await createJobsStack(chosen ?? 'emulator', readNetwork(network, region));
} catch (error) {
  console.error(renderError(toErrorReport(error)));
  process.exitCode = 1;
}

async function createJobsStack(name: string, network: Environment['network']): Promise<void> {
  new RegistryJobsStack(app, `registry-jobs-${name}`, {
    environment: createEnvironment(name, network),
    migrations: app.node.getContext('migrations'),
    codeFolders: await buildLambdaCode(app.node.getContext('bundles')),
  });
  for (const stack of app.node.children.filter(Stack.isStack)) closeGaps(stack);
}

function createNetworkStack(): void {
  // Without an account: a VPC that knows its own asks for its zones, and the answer would land in this checkout.
  const stack = new Stack(app, 'registry-network');
  const vpc = new Vpc(stack, 'Vpc', {
    availabilityZones: [`${region}a`, `${region}b`],
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
  }) as IVpc;
  const group = (id: string) => new SecurityGroup(stack, id, { vpc, allowAllOutbound: false });
  const output = (id: string, value: string) => new CfnOutput(stack, id, { value });
  output('VpcId', vpc.vpcId);
  output('SubnetIds', vpc.isolatedSubnets.map((it) => it.subnetId).join(','));
  output('DatabaseGroup', group('Database').securityGroupId);
  output('EndpointGroup', group('Endpoint').securityGroupId);
}

/** An environment like the others: only its values differ. Without a key of its own, which emulators do not have. */
function createEnvironment(name: string, network: Environment['network']): Environment {
  return {
    name,
    account,
    region,
    network,
    logRetentionDays: 7,
    protected: false,
    memoryMb: Number(app.node.tryGetContext('memory') ?? 512),
    migrateMinutes: Number(app.node.tryGetContext('seconds') ?? 60) / 60,
    deployMinutes: Number(app.node.tryGetContext('deploySeconds') ?? 3_600) / 60,
    ...(app.node.tryGetContext('approval') && { approval: 'required' as const }),
    refreshMinutes: 1,
    refreshEveryMinutes: 1,
    refreshMissingHours: 3,
    ...(app.node.tryGetContext('gates') && {
      requireProof: true,
      publishEvidence: true,
      requireEvidenceFrom: '/registry/elsewhere/evidence',
      watchDrift: true,
    }),
  };
}
