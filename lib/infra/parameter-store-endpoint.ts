import {
  type Connections,
  type IConnectable,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Fn, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface ParameterStoreEndpointProps {
  /** Where it is made. */
  readonly vpc: IVpc;
  /** In which of its subnets, one for each zone. */
  readonly vpcSubnets: SubnetSelection;
}

/**
 * A way to Parameter Store for our functions alone. No private DNS: it would send everyone in this VPC who uses Systems
 * Manager (agents, Session Manager) through an endpoint that lets only our functions in, and it fails where the VPC has such
 * an endpoint already.
 */
export class ParameterStoreEndpoint extends Construct implements IConnectable {
  /** For rules that let functions in. */
  readonly connections: Connections;
  /** Where functions find it. */
  readonly url: string;
  private readonly passed: PolicyStatement;

  constructor(scope: Construct, id: string, props: ParameterStoreEndpointProps) {
    super(scope, id);
    const group = new SecurityGroup(this, 'ParameterStore', {
      vpc: props.vpc,
      description: 'Parameter Store endpoint of registry-jobs: from its functions only',
      allowAllOutbound: false,
    });
    this.connections = group.connections;
    const endpoint = new InterfaceVpcEndpoint(this, 'Endpoint', {
      vpc: props.vpc,
      service: InterfaceVpcEndpointAwsService.SSM,
      subnets: props.vpcSubnets,
      securityGroups: [group],
      privateDnsEnabled: false,
      open: false,
    });
    // Not the roles by name: they come after the migration, which comes after this endpoint.
    this.passed = new PolicyStatement({
      principals: [new AnyPrincipal()],
      actions: ['ssm:GetParametersByPath'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(this).account } },
    });
    endpoint.addToPolicy(this.passed);
    // Entries are `<hosted zone>:<name>`, the regional name first.
    const name = Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)));
    this.url = `https://${name}`;
  }

  /** Lets requests for the parameters below a path pass, given its ARN. */
  pass(parametersArn: string): void {
    this.passed.addResources(parametersArn);
  }
}
