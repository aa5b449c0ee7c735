import { readFileSync } from 'node:fs';
import type { EnvironmentNetwork } from '../../lib/infra/environment.ts';

/** What a customer would write into environments.ts. */
export function readNetwork(file: string, region: string): EnvironmentNetwork {
  const outputs = JSON.parse(readFileSync(file, 'utf8'))['registry-network'];
  const [first, second] = outputs.SubnetIds.split(',');
  return {
    vpcId: outputs.VpcId,
    subnets: [
      { subnetId: first, availabilityZone: `${region}a` },
      { subnetId: second, availabilityZone: `${region}b` },
    ],
    databaseSecurityGroupId: outputs.DatabaseGroup,
    databasePort: 5432,
    // The VPC's own.
    parameterStoreEndpoint: { securityGroupId: outputs.EndpointGroup },
  };
}
