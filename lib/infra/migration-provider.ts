import { CfnPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { askMoreAndMoreSeldom, callNoVersions } from './framework-changes.ts';
import type { JobProps } from './job-props.ts';

/** The functions of CDK's framework wait this long for ours, and it cannot be changed. */
export const frameworkTimeout = Duration.minutes(15);

/** How often ours is asked by a framework whose words framework-changes.ts does not know: always as often. */
const steadyInterval = Duration.seconds(10);

/** With the 128 MB that Lambda gives by itself, loading the SDK takes seconds, twice in each deploy. */
const frameworkMemoryMb = 512;

export interface MigrationProviderProps extends Pick<JobProps, 'logRetention' | 'logRemovalPolicy'> {
  /** Begins the work of a deploy, and says whether it is done: both questions go to it. */
  readonly handler: IFunction;
  /** How long it is asked, at the most. */
  readonly totalTimeout: Duration;
}

/**
 * CDK's own framework for work that outlasts a function: it calls ours once, then asks it until it is done, and tells CloudFormation.
 * Three functions and a state machine, which cost nothing while nothing is deployed.
 *
 * Here it gets roles that may call our function and nothing else, and a log group that ends; by itself it has a managed policy for every
 * log group of the account, and writes into groups that are kept for ever.
 */
export class MigrationProvider extends Construct {
  /** What a custom resource names as its provider. */
  readonly serviceToken: string;

  constructor(scope: Construct, id: string, { handler, totalTimeout, ...props }: MigrationProviderProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.RETAIN,
    });
    const begin = this.createRole('BeginRole', 'begins a deploy', handler, logGroup);
    const watch = this.createRole('WatchRole', 'watches a deploy', handler, logGroup);
    const steady = steadyInterval.toSeconds();
    const provider = new Provider(this, 'Framework', {
      onEventHandler: handler,
      isCompleteHandler: handler,
      queryInterval: steadyInterval,
      totalTimeout: Duration.seconds(Math.ceil(totalTimeout.toSeconds() / steady) * steady),
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
