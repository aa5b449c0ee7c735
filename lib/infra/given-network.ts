import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { EnvironmentNetwork } from './environment.ts';
import type { JobNetworkProps } from './network.ts';

/** A network that exists already, as the constructs want it. By id, because a lookup would make synth need the account. */
export function importNetwork(scope: Construct, network: EnvironmentNetwork): JobNetworkProps {
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: network.vpcId,
    availabilityZones: network.subnets.map((subnet) => subnet.availabilityZone),
    isolatedSubnetIds: network.subnets.map((subnet) => subnet.subnetId),
  });
  acknowledge(vpc, {
    '@aws-cdk/aws-ec2:noSubnetRouteTableId':
      'Nothing here reads or changes the route tables of the given subnets.',
  });
  const group = (id: string, groupId: string) => SecurityGroup.fromSecurityGroupId(scope, id, groupId);
  const endpoint = network.parameterStoreEndpoint;
  return {
    vpc,
    database: group('Database', network.databaseSecurityGroupId),
    databasePort: network.databasePort,
    ...(endpoint !== 'create' && { parameterStore: group('ParameterStore', endpoint.securityGroupId) }),
  };
}
