import type { JobName } from '../contract.ts';

/** A place where the jobs run. Everything that differs between places is here; the constructs know none of them. */
export interface Environment {
  /**
   * `staging`, `demo`, `production`: part of reports, metrics and the paths of parameters, so no two places of one account and
   * region have the same.
   */
  readonly name: string;
  /** The AWS account, twelve digits. */
  readonly account: string;
  /** The AWS region of the database. */
  readonly region: string;
  /** Where the functions run, and what they reach. With `create` a second stack makes both, VPC and database: docs/guides/aws.md. */
  readonly network: EnvironmentNetwork | 'create';
  /**
   * ARN of the customer-managed key that encrypts this environment's SecureString parameters.
   * @default - the account's `alias/aws/ssm`, whose own policy lets Parameter Store decrypt for any allowed reader
   */
  readonly parameterKeyArn?: string;
  /**
   * ARN of an SNS topic that hears every alarm and its end.
   * @default - the stack makes one, which people subscribe to
   */
  readonly alarmTopicArn?: string;
  /**
   * Identifier of the RDS instance, for the dashboard.
   * @default - the one that is made here, if any; otherwise the dashboard leaves the connections out
   */
  readonly databaseInstanceId?: string;
  /**
   * Lets each function log in by RDS IAM authentication. It does so once its `db/auth` in Parameter Store says `iam`.
   * @default - passwords only
   */
  readonly databaseLogin?: DatabaseLogin;
  /**
   * A file of certificate authorities in PEM, absolute or relative to the folder of `cdk.json`, or its text: what the database's
   * server is checked against, and nothing else. For regions that are not known here.
   * @default - the authorities of RDS in the region, and those of RDS Proxy
   */
  readonly certificates?: string;
  /** How long logs are kept, one of the numbers of days that CloudWatch knows. */
  readonly logRetentionDays: 7 | 30 | 90 | 365;
  /** Keeps logs when the stack is removed, and refuses to remove the stack. For environments people depend on. */
  readonly protected: boolean;
  /** Memory in MB; Lambda gives CPU in proportion, 1,769 MB is one core. The work itself happens in Postgres. */
  readonly memoryMb: number;
  /** How long one run of the migrate function may take, less than 14 minutes. What takes longer runs on in the server. */
  readonly migrateMinutes: number;
  /**
   * How long a deploy waits for its migrations, and for their approval, at most 60: see {@link MigrateOnDeployOptions.deployTimeout}.
   * @default 60
   */
  readonly deployMinutes?: number;
  /**
   * `required` where nothing is run until somebody has approved exactly this plan: `registry-jobs approve HASH --env production`.
   * @default 'none'
   */
  readonly approval?: 'required' | 'none';
  /**
   * ARNs of roles of this account that may ask the deployed function: `registry-jobs status --remote --env production` and its like.
   * @default - nobody whom the stack would let in
   */
  readonly operatorRoleArns?: readonly string[];
  /**
   * ARNs of roles of this account that may approve a plan.
   * @default - nobody whom the stack would let in
   */
  readonly approverRoleArns?: readonly string[];
  /**
   * Whether only what `registry-jobs prove --record` has shown to be safe is deployed: see {@link MigrateOnDeployOptions.requireProof}.
   * @default false
   */
  readonly requireProof?: boolean;
  /**
   * Whether every run of the statistics compares the catalog of the database with what the migrations make: see
   * {@link ScheduledStatisticsOptions.watchDrift}.
   * @default false
   */
  readonly watchDrift?: boolean;
  /**
   * Whether a parameter, `/registry/<name>/evidence`, says what a deploy has applied here.
   * @default false
   */
  readonly publishEvidence?: boolean;
  /**
   * The parameter of another environment, whose files alone are applied here: see {@link MigrateOnDeployOptions.requireEvidenceFrom}.
   * @default - nobody is asked
   */
  readonly requireEvidenceFrom?: string;
  /** How long one refresh of all statistics may take, at most 15 minutes. */
  readonly refreshMinutes: number;
  /** How often the statistics are refreshed. `false` keeps the function and removes its schedule and alarm. */
  readonly refreshEveryMinutes: number | false;
  /** After how many hours without a finished refresh somebody is told. */
  readonly refreshMissingHours: number;
}

/** Who may log in to the database with a token of IAM. */
export interface DatabaseLogin {
  /**
   * The resource id of the instance (`db-...`), the Aurora cluster (`cluster-...`) or the proxy (`prx-...`); its
   * identifier could be given to another one later.
   */
  readonly resourceId: string;
  /** The database user of each job, as in its `db/user`. */
  readonly users: Readonly<Record<JobName, string>>;
}

/** What exists already and is only pointed to. By id, because a lookup would make synth need the account. */
export interface EnvironmentNetwork {
  /** The VPC of the database. */
  readonly vpcId: string;
  /** Isolated subnets that reach the database; the functions need no internet. */
  readonly subnets: readonly EnvironmentSubnet[];
  /** Gets a rule that lets the functions in. */
  readonly databaseSecurityGroupId: string;
  /** 5432, mostly. */
  readonly databasePort: number;
  /**
   * How the functions reach Parameter Store: through an interface endpoint of their own, or through the one that the
   * VPC has already (with private DNS), named by its security group.
   */
  readonly parameterStoreEndpoint: 'create' | GivenEndpoint;
}

export interface GivenEndpoint {
  /** Gets a rule that lets the functions in. */
  readonly securityGroupId: string;
}

export interface EnvironmentSubnet {
  /** `subnet-...`, isolated or private; in the VPC above. */
  readonly subnetId: string;
  /** The zone that it is in. Two subnets in two zones survive the loss of one. */
  readonly availabilityZone: string;
}
