import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { limitProvider, type ProviderLogs } from './trigger-provider.ts';

/** What CDK calls the function that empties default security groups. */
const providerId = 'Custom::VpcRestrictDefaultSGCustomResourceProvider';

/**
 * A VPC that nothing leads into or out of: two isolated subnets in the first two zones of the stack, no gateway of any kind, and a
 * default security group without rules.
 */
export function createIsolatedVpc(scope: Construct, id: string, logs: ProviderLogs): IVpc {
  const vpc = new Vpc(scope, id, {
    maxAzs: 2,
    natGateways: 0,
    restrictDefaultSecurityGroup: true,
    // Small ones, so that there is room for more.
    subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
  }) as IVpc;
  limitProvider(vpc, 'RestrictLogs', providerId, logs);
  acknowledge(vpc, {
    'AwsSolutions-VPC7':
      'Its only traffic is that of our functions, the database and one endpoint, whose security groups name each other; and ' +
      'there is no way to anywhere else.',
  });
  return vpc;
}
