import {
  type CfnSecurityGroup,
  type Connections,
  type IConnectable,
  type ISecurityGroup,
  type IVpc,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import { Construct, Dependable } from 'constructs';
import { prerequisites } from './prerequisites.ts';
import { parameterStore, ServiceEndpoint, secretsManager } from './service-endpoint.ts';

export interface JobNetworkProps {
  /** Where the functions run. They need no internet. */
  readonly vpc: IVpc;
  /**
   * Which of its subnets.
   * @default - the isolated ones; where there are none, the private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /** An RDS instance, a cluster, a proxy, or the security group of one. Gets a rule that lets the functions in. */
  readonly database: IConnectable;
  /**
   * The port of the database.
   * @default - the one that it names, or 5432
   */
  readonly databasePort?: number;
  /**
   * What leads to Parameter Store already: an interface endpoint for `ssm` with private DNS, its security group, or
   * `Peer.anyIpv4()` where the subnets have a NAT gateway.
   * @default - an endpoint is made that serves these functions and nobody else, for about $7 a month in each zone
   */
  readonly parameterStore?: IConnectable;
  /**
   * What leads to Secrets Manager already: an interface endpoint for `secretsmanager` with private DNS, its security group, or
   * `Peer.anyIpv4()` where the subnets have a NAT gateway.
   * @default - an endpoint is made as soon as a job of this network has a `secret`, for about $7 a month in each zone
   */
  readonly secretsManager?: IConnectable;
  /**
   * The security group of the functions. Gets the rules that they need.
   * @default - one is made that reaches the database and Parameter Store, and nothing else
   */
  readonly securityGroup?: ISecurityGroup;
}

/** Where a job runs: in a network that it shares with other jobs, or in one of its own, made of these parts. */
export type JobPlace =
  | (JobNetworkProps & { readonly network?: never })
  | ({
      /** The network that it shares. */
      readonly network: JobNetwork;
    } & { readonly [Part in keyof JobNetworkProps]?: never });

/**
 * Where functions live: a security group that may talk to the database and to Parameter Store, and to nothing else.
 * KMS and CloudWatch Logs need no way out: Parameter Store decrypts by itself, Lambda ships logs by itself.
 *
 * Whatever depends on it waits for the database as well, where that is made in the same app.
 *
 * @example
 * const network = new JobNetwork(stack, 'Network', { vpc, database });
 * new MigrateOnDeploy(stack, 'Migrations', { migrations: 'db/migrations', network });
 * new ScheduledStatistics(stack, 'Statistics', { functions: ['refresh_totals'], network });
 */
export class JobNetwork extends Construct implements IConnectable {
  /** Where the functions run. */
  readonly vpc: IVpc;
  /** In which of its subnets. */
  readonly vpcSubnets: SubnetSelection;
  /** The group of the functions. */
  readonly securityGroup: ISecurityGroup;
  /** For further rules: what else the functions may reach. */
  readonly connections: Connections;
  private readonly parameterStore: IConnectable;
  /** Absent until somebody needs it, since an endpoint costs. */
  private secretsManager: IConnectable | undefined;
  private readonly props: JobNetworkProps;
  private readonly peers: IConnectable[];

  /** The network that a job is told to share, or a new one below the job. */
  static of(job: Construct, place: JobPlace): JobNetwork {
    return place.network ?? new JobNetwork(job, 'Network', place);
  }

  constructor(scope: Construct, id: string, props: JobNetworkProps) {
    super(scope, id);
    const { vpc, database, databasePort } = props;
    this.props = props;
    this.vpc = vpc;
    this.vpcSubnets = props.vpcSubnets ?? {
      subnetType:
        vpc.isolatedSubnets.length > 0 ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS,
    };
    this.securityGroup = props.securityGroup ?? this.createGroup();
    this.connections = this.securityGroup.connections;
    const port = databasePort === undefined ? database.connections.defaultPort : Port.tcp(databasePort);
    this.connections.allowTo(database, port ?? Port.tcp(5432), 'registry-jobs to the database');
    const { vpcSubnets } = this;
    // A construct called Default leaves no trace in the names of its resources.
    this.parameterStore =
      props.parameterStore ??
      new ServiceEndpoint(this, 'Default', { service: parameterStore, vpc, vpcSubnets });
    this.connections.allowTo(this.parameterStore, Port.tcp(443), 'registry-jobs to Parameter Store');
    this.peers = [database, this.parameterStore];
    this.waitForPeers();
  }

  /** Whatever waits for this network waits for these as well. Found late, since they may get more parts until then. */
  private waitForPeers(): void {
    const find = () => [this, ...this.peers.flatMap((peer) => prerequisites(this.securityGroup, peer))];
    Dependable.implement(this, {
      get dependencyRoots() {
        return find();
      },
    });
  }

  /** Lets requests for the parameters below a path, given its ARN, out of this network. */
  passParameters(arn: string): void {
    if (this.parameterStore instanceof ServiceEndpoint) this.parameterStore.pass(arn);
  }

  /** Lets requests for one parameter, given its ARN, out of this network. */
  passParameter(arn: string): void {
    if (this.parameterStore instanceof ServiceEndpoint)
      this.parameterStore.passAction('ssm:GetParameter', arn);
  }

  /** Lets requests for one secret, given its ARN, out of this network. The first of them opens the way to Secrets Manager. */
  passSecret(arn: string): void {
    if (!this.secretsManager) {
      const { vpc, vpcSubnets } = this;
      this.secretsManager =
        this.props.secretsManager ??
        new ServiceEndpoint(this, 'Secrets', { service: secretsManager, vpc, vpcSubnets });
      this.connections.allowTo(this.secretsManager, Port.tcp(443), 'registry-jobs to Secrets Manager');
      this.peers.push(this.secretsManager);
    }
    if (this.secretsManager instanceof ServiceEndpoint) this.secretsManager.pass(arn);
  }

  /**
   * Environment variables that a function needs to find what is in this network.
   *
   * @param usesSecret whether it asks Secrets Manager as well
   */
  environmentFor(usesSecret: boolean): Readonly<Record<string, string>> {
    const asked = [this.parameterStore, ...(usesSecret ? [this.secretsManager] : [])];
    return Object.assign({}, ...asked.map((it) => (it instanceof ServiceEndpoint ? it.environment : {})));
  }

  private createGroup(): SecurityGroup {
    const group = new SecurityGroup(this, 'Functions', {
      vpc: this.vpc,
      description: 'registry-jobs functions: to the database and Parameter Store only',
      allowAllOutbound: false,
      disableInlineRules: true,
    });
    // Rules are resources of their own, and until the first of them exists a group without a rule in itself lets
    // everything out. This one, which matches no packet, is there from the start.
    (group.node.defaultChild as CfnSecurityGroup).securityGroupEgress = [
      {
        cidrIp: '255.255.255.255/32',
        ipProtocol: 'icmp',
        fromPort: 252,
        toPort: 86,
        description: 'Nothing else',
      },
    ];
    return group;
  }
}
