import { CfnSecurityGroupIngress, type IConnectable, type ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnResource } from 'aws-cdk-lib/core';
import { Construct, type IConstruct } from 'constructs';

/**
 * What must be there before a member of `group` can talk to a peer: the peer itself, where it is made in this app, and the
 * rules that let the group in, which hang on the peer's own groups.
 *
 * Not the peer with all below it: among that are rules for others, and who else talks to a database may well be told to
 * wait for the migration, which would then wait for itself.
 */
export function prerequisites(group: ISecurityGroup, peer: IConnectable): IConstruct[] {
  const resources = Construct.isConstruct(peer) ? peer.node.findAll().filter(CfnResource.isCfnResource) : [];
  const rules = peer.connections.securityGroups
    .flatMap((it) => it.node.children)
    .filter((it) => it instanceof CfnSecurityGroupIngress)
    .filter((it) => it.sourceSecurityGroupId === group.securityGroupId);
  return [...resources.filter((it) => !it.cfnResourceType.startsWith('AWS::EC2::SecurityGroup')), ...rules];
}
