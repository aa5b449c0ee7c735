import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { environmentVariables, type JobName, metrics, parameterPath } from '../contract.ts';
import type { DatabaseLogin } from './environments.ts';
import { grantDatabaseLogin, grantNetworkInterfaces, grantParameters } from './job-permissions.ts';
import { acknowledge } from './nag.ts';
import type { JobNetwork } from './network.ts';

/** What both jobs are told alike. */
export interface JobProps {
  /** `staging`, `demo`, `production`: part of the parameter path and of every metric. */
  readonly environment: string;
  /** Folder of the bundled code, see lib/bundle. */
  readonly codeFolder: string;
  readonly network: JobNetwork;
  /** Receives events that a function could not handle. */
  readonly deadLetters: IQueue;
  /**
   * The customer-managed key of the SecureString parameters.
   * @default - `alias/aws/ssm`, which needs no permission of ours
   */
  readonly parameterKeyArn?: string;
  /**
   * The database and its users that the jobs may log in to by IAM.
   * @default - passwords only
   */
  readonly databaseLogin?: DatabaseLogin;
  /**
   * Memory in MB.
   * @default 512
   */
  readonly memoryMb?: number;
  /**
   * How long log lines are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * What happens to the logs when the stack is removed.
   * @default RemovalPolicy.RETAIN
   */
  readonly logRemoval?: RemovalPolicy;
}

export interface JobFunctionProps extends JobProps {
  readonly job: JobName;
  readonly description: string;
  readonly timeout: Duration;
  /**
   * How often Lambda repeats an asynchronous event that failed.
   * @default 0
   */
  readonly retryAttempts?: 0 | 1;
}

/**
 * The function of one job, with its own role, log group and parameter path.
 *
 * Not here on purpose: reserved concurrency (a lock in the database already keeps runs apart, and a new account, whose
 * limit is 10, cannot reserve any: its first deploy would fail); X-Ray (one hop to one database, whose durations are in
 * the report and the metrics, is not worth `xray:*` on every resource).
 */
export class JobFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;
  readonly role: Role;
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: JobFunctionProps) {
    super(scope, id);
    this.timeout = props.timeout;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.logRemoval ?? RemovalPolicy.RETAIN,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `registry-jobs ${props.job} in ${props.environment}`,
    });
    this.logGroup.grantWrite(this.role);
    grantNetworkInterfaces(this.role);
    grantParameters(this.role, parameterPath(props.environment, props.job), props.parameterKeyArn);
    const login = props.databaseLogin;
    if (login) grantDatabaseLogin(this.role, login.resourceId, login.users[props.job]);
    this.function = this.createFunction(props);
    this.function.configureAsyncInvoke({
      retryAttempts: props.retryAttempts ?? 0,
      maxEventAge: Duration.minutes(30),
      onFailure: new SqsDestination(props.deadLetters),
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ':
        'A failure destination takes its place; it also receives the error, a dead-letter queue does not.',
      'Serverless-LambdaTracing': 'One hop to one database: durations are in the report and the metrics.',
    });
  }

  private createFunction(props: JobFunctionProps): LambdaFunction {
    return new LambdaFunction(this, 'Function', {
      description: props.description,
      code: Code.fromAsset(props.codeFolder),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? 512,
      timeout: props.timeout,
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Not higher: Lambda takes a metrics line for INFO and would drop it.
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      tracing: Tracing.DISABLED,
      vpc: props.network.vpc,
      vpcSubnets: { subnets: props.network.vpc.isolatedSubnets },
      securityGroups: [props.network.securityGroup],
      environment: {
        [environmentVariables.environment]: props.environment,
        [environmentVariables.parameterPath]: parameterPath(props.environment, props.job),
        POWERTOOLS_SERVICE_NAME: metrics.service,
        ...props.network.environment,
      },
    });
  }
}
