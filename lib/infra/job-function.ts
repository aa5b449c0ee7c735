import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { environmentVariables, type JobName, metrics, parameterPath } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import { acknowledge } from './acknowledge.ts';
import { DeadLetters } from './dead-letters.ts';
import {
  grantDatabaseLogin,
  grantNetworkInterfaces,
  grantParameters,
  grantSecret,
  parameterArn,
  secretArnOf,
} from './job-permissions.ts';
import type { JobProps } from './job-props.ts';
import type { JobNetwork } from './network.ts';

export interface JobFunctionProps extends JobProps {
  /** Whose database user, parameters and metrics it has. */
  readonly job: JobName;
  /** What the function does, as the console shows it. */
  readonly description: string;
  /** See job-code.ts. */
  readonly code: Code;
  /** The longest that one run may take. */
  readonly timeout: Duration;
  /** Reaches the database and Parameter Store; jobs may share one. */
  readonly network: JobNetwork;
  /**
   * Variables that only this job has.
   * @default - none
   */
  readonly variables?: Readonly<Record<string, string>>;
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
  /** For rights and triggers of your own; its name is made by CloudFormation. */
  readonly function: LambdaFunction;
  /** Where it writes its reports. */
  readonly logGroup: LogGroup;
  /** What it may do. */
  readonly role: Role;
  /** The longest that one run may take. */
  readonly timeout: Duration;
  /** Whose database user, parameters and metrics it has: the function of DatabaseRoles works as the one of `migrate`. */
  readonly job: JobName;
  /** What its reports and metrics call the place. */
  readonly environment: string;
  /** The path of its settings in Parameter Store. */
  readonly parameterPath: string;
  /** Receives the events that it could not handle. */
  readonly deadLetterQueue: IQueue;

  constructor(scope: Construct, id: string, props: JobFunctionProps) {
    super(scope, id);
    this.job = props.job;
    this.timeout = props.timeout;
    this.environment = props.environment ?? Stack.of(this).stackName;
    this.parameterPath = props.parameterPath ?? parameterPath(this.environment, props.job);
    checkPath(this.parameterPath);
    this.deadLetterQueue = props.deadLetterQueue ?? new DeadLetters(this, 'DeadLetters').queue;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `registry-jobs ${props.job} in ${this.environment}`,
    });
    this.logGroup.grantWrite(this.role);
    grantNetworkInterfaces(this.role);
    grantParameters(this.role, this.parameterPath, props.parameterKey);
    if (props.iamLogin) grantDatabaseLogin(this.role, props.iamLogin);
    props.network.passParameters(parameterArn(this, this.parameterPath));
    if (props.secret) {
      grantSecret(this.role, props.secret);
      props.network.passSecret(secretArnOf(props.secret));
    }
    this.function = this.createFunction(props);
    this.function.configureAsyncInvoke({
      retryAttempts: props.retryAttempts ?? 0,
      maxEventAge: Duration.minutes(30),
      onFailure: new SqsDestination(this.deadLetterQueue),
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ':
        'A failure destination takes its place; it also receives the error, a dead-letter queue does not.',
      'Serverless-LambdaTracing': 'One hop to one database: durations are in the report and the metrics.',
    });
  }

  private createFunction({ network, ...props }: JobFunctionProps): LambdaFunction {
    return new LambdaFunction(this, 'Function', {
      description: props.description,
      code: props.code,
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Not higher: Lambda takes a metrics line for INFO and would drop it.
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      tracing: Tracing.DISABLED,
      vpc: network.vpc,
      vpcSubnets: network.vpcSubnets,
      securityGroups: [network.securityGroup],
      environment: {
        [environmentVariables.environment]: this.environment,
        [environmentVariables.parameterPath]: this.parameterPath,
        POWERTOOLS_SERVICE_NAME: metrics.service,
        ...(props.secret && { [environmentVariables.secret]: props.secret.secretArn }),
        ...props.variables,
        ...network.environmentFor(props.secret !== undefined),
      },
    });
  }
}

function checkPath(path: string): void {
  if (path.startsWith('/') && !path.endsWith('/')) return;
  throw new UsageError('bad-parameter-path', `"${path}" is not a path of Parameter Store.`, {
    hint: 'Begin it with a slash and end it without, for example: /shop/migrate',
  });
}
