import {
  type CfnSecurityGroup,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Fn, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { EnvironmentNetwork } from './environments.ts';
import { acknowledge } from './nag.ts';

export interface JobNetworkProps extends EnvironmentNetwork {
  /** The Parameter Store paths that the jobs read; an endpoint made here passes nothing else. */
  readonly parameterPaths: readonly string[];
}

/**
 * Where the functions live: a security group that may talk to the database and to Parameter Store, and to nothing
 * else. KMS and CloudWatch Logs need no way out: Parameter Store decrypts by itself, Lambda ships logs by itself.
 */
export class JobNetwork extends Construct {
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  /** Environment variables that a function needs to find what is in this network. */
  readonly environment: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: JobNetworkProps) {
    super(scope, id);
    this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: props.vpcId,
      availabilityZones: props.subnets.map((subnet) => subnet.availabilityZone),
      isolatedSubnetIds: props.subnets.map((subnet) => subnet.subnetId),
    });
    acknowledge(this.vpc, {
      '@aws-cdk/aws-ec2:noSubnetRouteTableId':
        'Nothing here reads or changes the route tables of the given subnets.',
    });
    this.securityGroup = new SecurityGroup(this, 'Functions', {
      vpc: this.vpc,
      description: 'registry-jobs functions: to the database and Parameter Store only',
      allowAllOutbound: false,
    });
    // Rules between groups are resources of their own, and until the first of them exists a group without a rule in
    // itself lets everything out. This one, which matches no packet, is there from the start.
    (this.securityGroup.node.defaultChild as CfnSecurityGroup).securityGroupEgress = [
      {
        cidrIp: '255.255.255.255/32',
        ipProtocol: 'icmp',
        fromPort: 252,
        toPort: 86,
        description: 'Nothing else',
      },
    ];
    this.allow(
      SecurityGroup.fromSecurityGroupId(this, 'Database', props.databaseSecurityGroupId),
      props.databasePort,
      'registry-jobs to the database',
    );
    this.environment = this.connectParameterStore(props);
  }

  private connectParameterStore(props: JobNetworkProps): Record<string, string> {
    const existing = props.parameterStoreEndpoint;
    const group =
      existing === 'create'
        ? new SecurityGroup(this, 'ParameterStore', {
            vpc: this.vpc,
            description: 'Parameter Store endpoint of registry-jobs: from its functions only',
            allowAllOutbound: false,
          })
        : SecurityGroup.fromSecurityGroupId(this, 'ParameterStore', existing.securityGroupId);
    this.allow(group, 443, 'registry-jobs to Parameter Store');
    if (existing !== 'create') return {};
    const endpoint = this.createEndpoint(group, props.parameterPaths);
    // Entries are `<hosted zone>:<name>`, the regional name first.
    const name = Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)));
    return { AWS_ENDPOINT_URL_SSM: `https://${name}` };
  }

  /**
   * No private DNS: it would send everyone in this VPC who uses Systems Manager (agents, Session Manager) through an
   * endpoint that lets only our functions in, and it fails where the VPC has such an endpoint already.
   */
  private createEndpoint(group: ISecurityGroup, paths: readonly string[]) {
    const endpoint = new InterfaceVpcEndpoint(this, 'Endpoint', {
      vpc: this.vpc,
      service: InterfaceVpcEndpointAwsService.SSM,
      subnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [group],
      privateDnsEnabled: false,
      open: false,
    });
    const { account } = Stack.of(this);
    endpoint.addToPolicy(
      // Not the roles by name: they come after the migration, which comes after this endpoint.
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new AnyPrincipal()],
        actions: ['ssm:GetParametersByPath'],
        resources: paths.map((path) => parameterArn(this, path)),
        conditions: { StringEquals: { 'aws:PrincipalAccount': account } },
      }),
    );
    return endpoint;
  }

  private allow(peer: ISecurityGroup, port: number, description: string): void {
    this.securityGroup.addEgressRule(peer, Port.tcp(port), description);
    peer.addIngressRule(this.securityGroup, Port.tcp(port), description);
  }
}

/** The ARN of a parameter or of a path; the name's leading slash is part of `parameter/`. */
export function parameterArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
}
