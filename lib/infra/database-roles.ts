import { Duration } from 'aws-cdk-lib/core';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { environmentVariables } from '../contract.ts';
import { stageJobCode } from './job-code.ts';
import { JobFunction } from './job-function.ts';
import { grantParameters, parameterArn } from './job-permissions.ts';
import type { JobProps } from './job-props.ts';
import type { JobNetwork } from './network.ts';
import { limitProvider, triggerProvider } from './trigger-provider.ts';

/** `parameterPath` is that of the migrations, as whose user it works. */
export interface DatabaseRolesProps extends JobProps {
  /** The path of the statistics job, whose user is made: `db/user` and `db/password` below it say which. */
  readonly refresherPath: string;
  /** Reaches the database, as for the jobs; they may share it. */
  readonly network: JobNetwork;
}

/**
 * Makes the database user of the statistics job in a database that has only its master user, while the stack is deployed: whenever
 * the function's code or configuration changed, which does no harm. Deleting the stack leaves the user.
 *
 * A trigger and not a custom resource: inside the VPC, nothing could tell CloudFormation how it went.
 *
 * @example
 * const roles = new DatabaseRoles(stack, 'Roles', {
 *   secret: database.secret!,
 *   refresherPath: '/shop/statistics',
 *   network,
 * });
 * migrations.executeAfter(roles);
 */
export class DatabaseRoles extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseRolesProps) {
    super(scope, id);
    const { refresherPath, network } = props;
    const { function: handler, role } = new JobFunction(this, 'Job', {
      ...props,
      job: 'migrate',
      description: 'Creates the database user of the statistics job',
      code: stageJobCode(this, 'create-roles', props),
      timeout: Duration.minutes(5),
      variables: { [environmentVariables.refresherPath]: refresherPath },
    });
    grantParameters(role, refresherPath, props.parameterKey, 'Refresher');
    network.passParameters(parameterArn(this, refresherPath));
    new Trigger(this, 'Trigger', {
      handler,
      // Longer than the function, or it would be started twice: see migrate-on-deploy.ts.
      timeout: Duration.minutes(6),
      executeAfter: [network, ...(Construct.isConstruct(props.secret) ? [props.secret] : [])],
    });
    limitProvider(this, 'TriggerLogs', triggerProvider, props);
  }
}
