import { Duration } from 'aws-cdk-lib/core';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { JobFunction, type JobProps } from './job-function.ts';
import { limitTriggerProvider } from './trigger-provider.ts';

/** CDK gives the function that waits for ours this long, and it cannot be changed. */
const providerTimeout = Duration.minutes(15);

export interface MigrateOnDeployProps extends JobProps {
  /**
   * How long a migration may take. At most 13 minutes, see {@link MigrateOnDeploy}.
   * @default Duration.minutes(12)
   */
  readonly timeout?: Duration;
}

/**
 * Applies the bundled migrations while the stack is deployed: whenever the function's code or configuration changed. A
 * failed migration fails the deploy, with the report as its reason. Deleting the stack leaves the database alone.
 *
 * The timeouts must be in this order: function < trigger < provider. A trigger that gives up on a running function
 * calls it again, and a provider that is killed answers CloudFormation nothing for an hour.
 */
export class MigrateOnDeploy extends Construct {
  readonly job: JobFunction;
  readonly trigger: Trigger;

  constructor(scope: Construct, id: string, props: MigrateOnDeployProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.minutes(12);
    const triggerTimeout = providerTimeout.minus(Duration.minutes(1));
    if (timeout.toSeconds() >= triggerTimeout.toSeconds()) {
      throw new Error(
        `A migration may take less than ${triggerTimeout.toHumanString()}, or the trigger starts it twice.`,
      );
    }
    this.job = new JobFunction(this, 'Job', {
      ...props,
      job: 'migrate',
      description: 'Applies the migrations that the database does not have yet',
      timeout,
    });
    this.trigger = new Trigger(this, 'Trigger', {
      handler: this.job.function,
      timeout: triggerTimeout,
      // Its permissions and log group are there by themselves; the way to the database is not.
      executeAfter: [props.network],
    });
    limitTriggerProvider(this, props);
  }
}
