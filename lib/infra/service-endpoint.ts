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

/** A service of AWS, and the one thing that functions ask of it. */
export interface AskedService {
  /** What people call it. */
  readonly name: string;
  /** How CDK names its endpoints. */
  readonly endpoint: InterfaceVpcEndpointAwsService;
  /** The one action that passes. */
  readonly action: string;
  /** The environment variable in which the AWS SDK looks for an address of this service. */
  readonly variable: string;
  /** The id of its security group; part of names in deployed stacks. */
  readonly groupId: string;
}

export const parameterStore: AskedService = {
  name: 'Parameter Store',
  endpoint: InterfaceVpcEndpointAwsService.SSM,
  action: 'ssm:GetParametersByPath',
  variable: 'AWS_ENDPOINT_URL_SSM',
  groupId: 'ParameterStore',
};

export const secretsManager: AskedService = {
  name: 'Secrets Manager',
  endpoint: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  action: 'secretsmanager:GetSecretValue',
  variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  groupId: 'SecretsManager',
};

export interface ServiceEndpointProps {
  /** What it leads to. */
  readonly service: AskedService;
  /** Where it is made. */
  readonly vpc: IVpc;
  /** In which of its subnets, one for each zone. */
  readonly vpcSubnets: SubnetSelection;
}

/**
 * A way to one service for our functions alone. No private DNS: it would send everyone in this VPC who uses the service (agents
 * and Session Manager, in the case of Parameter Store) through an endpoint that lets only our functions in, and it fails where
 * the VPC has such an endpoint already.
 */
export class ServiceEndpoint extends Construct implements IConnectable {
  /** For rules that let functions in. */
  readonly connections: Connections;
  /** What a function needs in its environment to find it. */
  readonly environment: Readonly<Record<string, string>>;
  private readonly passed: PolicyStatement;
  private readonly endpoint: InterfaceVpcEndpoint;

  constructor(scope: Construct, id: string, props: ServiceEndpointProps) {
    super(scope, id);
    const { service } = props;
    const group = new SecurityGroup(this, service.groupId, {
      vpc: props.vpc,
      description: `${service.name} endpoint of registry-jobs: from its functions only`,
      allowAllOutbound: false,
    });
    this.connections = group.connections;
    this.endpoint = new InterfaceVpcEndpoint(this, 'Endpoint', {
      vpc: props.vpc,
      service: service.endpoint,
      subnets: props.vpcSubnets,
      securityGroups: [group],
      privateDnsEnabled: false,
      open: false,
    });
    // Not the roles by name: they come after the migration, which comes after this endpoint.
    this.passed = this.statement(service.action);
    this.endpoint.addToPolicy(this.passed);
    // Entries are `<hosted zone>:<name>`, the regional name first.
    const name = Fn.select(1, Fn.split(':', Fn.select(0, this.endpoint.vpcEndpointDnsEntries)));
    this.environment = { [service.variable]: `https://${name}` };
  }

  /** Lets requests for what has this ARN pass: the parameters below a path, or a secret. */
  pass(arn: string): void {
    this.passed.addResources(arn);
  }

  /** Lets another request for what has this ARN pass as well. */
  passAction(action: string, arn: string): void {
    const statement = this.statement(action);
    statement.addResources(arn);
    this.endpoint.addToPolicy(statement);
  }

  private statement(action: string): PolicyStatement {
    return new PolicyStatement({
      principals: [new AnyPrincipal()],
      actions: [action],
      conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(this).account } },
    });
  }
}
