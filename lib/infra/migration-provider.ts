import { CfnPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  Code,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { callAgainCode } from './call-again.ts';
import { type DeployTimes, frameworkTimeout } from './deploy-times.ts';
import { askMoreAndMoreSeldom, callNoVersions } from './framework-changes.ts';
import type { JobProps } from './job-props.ts';

/** How often ours is asked by a framework whose words framework-changes.ts does not know: always as often. */
const steadyInterval = Duration.seconds(10);

/** With the 128 MB that Lambda gives by itself, loading the SDK takes seconds, twice in each deploy. */
const frameworkMemoryMb = 512;
/** It loads one client of the SDK, which comes with Lambda. */
const callerMemoryMb = 256;

export interface MigrationProviderProps extends Pick<JobProps, 'logRetention' | 'logRemovalPolicy'> {
  /** Begins the work of a deploy, and says whether it is done: both questions go to it. */
  readonly handler: IFunction;
  /** How long it is asked, at the most, and how long one call of it may take. */
  readonly times: DeployTimes;
}

/**
 * CDK's own framework for work that outlasts a function: it calls ours once, then asks it until it is done, and tells CloudFormation.
 * Three functions and a state machine, which cost nothing while nothing is deployed. Before ours stands one more, which calls it again where it
 * was ended in the middle: the framework would fail the deploy.
 *
 * Here it gets roles that may call our function and nothing else, and a log group that ends; by itself it has a managed policy for every
 * log group of the account, and writes into groups that are kept for ever.
 */
export class MigrationProvider extends Construct {
  /** What a custom resource names as its provider. */
  readonly serviceToken: string;

  constructor(scope: Construct, id: string, { handler, times, ...props }: MigrationProviderProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
    });
    const caller = this.createCaller(handler, times, logGroup);
    const begin = this.createRole('BeginRole', 'begins a deploy', caller, logGroup);
    const watch = this.createRole('WatchRole', 'watches a deploy', caller, logGroup);
    const steady = steadyInterval.toSeconds();
    const provider = new Provider(this, 'Framework', {
      onEventHandler: caller,
      isCompleteHandler: caller,
      queryInterval: steadyInterval,
      totalTimeout: Duration.seconds(Math.ceil(times.service.toSeconds() / steady) * steady),
      logGroup,
      // What they are allowed is written down here, and not added to by what they are made of.
      frameworkOnEventRole: begin.withoutPolicyUpdates(),
      frameworkCompleteAndTimeoutRole: watch.withoutPolicyUpdates(),
    });
    this.serviceToken = provider.serviceToken;
    for (const part of provider.node.findAll()) {
      if (part instanceof CfnFunction) part.memorySize = frameworkMemoryMb;
      if (part instanceof CfnPolicy) callNoVersions(part);
      if (!(part instanceof CfnStateMachine)) continue;
      askMoreAndMoreSeldom(part);
      begin.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [part.ref] }));
    }
    const tracing = 'One function calls another one: what takes long is in the report and the metrics.';
    acknowledge(provider, {
      'AwsSolutions-SF1':
        'It only asks again and again: what it asked and heard is in the log of the function.',
      'AwsSolutions-SF2': tracing,
      'Serverless-StepFunctionStateMachineXray': tracing,
      'Serverless-LambdaTracing': tracing,
      'Serverless-LambdaDLQ': 'CloudFormation waits for the answer, and fails the deploy without one.',
    });
  }

  /** Calls ours again where it was ended before it could answer. */
  private createCaller(handler: IFunction, { run, deploy }: DeployTimes, logGroup: LogGroup): LambdaFunction {
    const role = new Role(this, 'CallRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'registry-jobs: calls the function again that was ended in a deploy',
    });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [handler.functionArn] }),
    );
    const caller = new LambdaFunction(this, 'Call', {
      description: 'Calls the migrate function in a deploy, and again where that was ended in the middle',
      code: Code.fromInline(callAgainCode),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: callerMemoryMb,
      timeout: frameworkTimeout,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        FUNCTION_ARN: handler.functionArn,
        CALL_SECONDS: String(run.toSeconds()),
        DEPLOY_SECONDS: String(deploy.toSeconds()),
      },
    });
    acknowledge(caller, {
      'Serverless-LambdaDLQ': 'The framework waits for its answer.',
      'Serverless-LambdaTracing': 'One function calls another one: what takes long is in the report.',
    });
    return caller;
  }

  private createRole(id: string, does: string, handler: IFunction, logGroup: LogGroup): Role {
    const role = new Role(this, id, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `registry-jobs: ${does}`,
    });
    logGroup.grantWrite(role);
    // The framework looks at a function that it could not call: it may be inactive, and wakes up.
    const actions = ['lambda:InvokeFunction', 'lambda:GetFunction'];
    role.addToPolicy(new PolicyStatement({ actions, resources: [handler.functionArn] }));
    return role;
  }
}
