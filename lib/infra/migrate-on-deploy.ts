import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { CustomResource } from 'aws-cdk-lib/core';
import type { ITrigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { approvedPlanOf, environmentVariables } from '../contract.ts';
import { deployTimes } from './deploy-times.ts';
import { allowApproval, allowEvidence, publishEvidence } from './evidence.ts';
import { claimIdentity } from './identity.ts';
import { compileSource, evidenceOf, type MigrationSource, proofOf, stageJobCode } from './job-code.ts';
import { JobFunction } from './job-function.ts';
import { parameterArn } from './job-permissions.ts';
import type { MigrateOnDeployProps } from './migrate-options.ts';
import { MigrationProvider } from './migration-provider.ts';
import { JobNetwork } from './network.ts';
import { addTaskAlias } from './task-alias.ts';

/**
 * Applies a folder of migrations while the stack is deployed: whenever a file, the code or the configuration changed. A
 * syntax error fails the synthesis, with file, line and column; a failed migration fails the deploy, with the report as its
 * reason. Deleting the stack leaves the database alone.
 *
 * What takes longer than one run of the function runs on in the server: the deploy looks after it until it is over, or its own time is up.
 *
 * @example
 * const migrations = new MigrateOnDeploy(stack, 'Migrations', {
 *   migrations: 'db/migrations',
 *   vpc,
 *   database,
 *   parameterPath: '/shop/migrate',
 * });
 * // The new version of the application starts on the new schema.
 * migrations.executeBefore(application);
 */
export class MigrateOnDeploy extends Construct implements ITrigger {
  /** The function that applies them. */
  readonly job: JobFunction;
  /** Under this name it is asked from outside of a deploy: whoever may call it may do that, and not start a deploy's run. */
  readonly tasks: Alias;
  /** Where it runs; other jobs may share it. */
  readonly network: JobNetwork;
  /** Made or updated, it has the migrations applied: what must not be there before depends on it. */
  readonly resource: CustomResource;
  /** What is applied, as it was given. */
  readonly source: MigrationSource;
  /** What is applied, parsed; undefined for commands of CDK that deploy nothing. */
  readonly compiled: ReturnType<typeof compileSource>;
  /** Whether nothing is run before somebody has approved the plan. */
  readonly needsApproval: boolean;

  constructor(scope: Construct, id: string, props: MigrateOnDeployProps) {
    super(scope, id);
    const times = deployTimes(props);
    this.needsApproval = props.approval === 'required';
    this.source = props.migrations;
    this.compiled = compileSource(this, props.migrations);
    this.network = JobNetwork.of(this, props);
    const { compiled } = this;
    const { requireEvidenceFrom: evidence } = props;
    const proof = proofOf(props.migrations, compiled, props.requireProof);
    this.job = new JobFunction(this, 'Job', {
      ...props,
      job: 'migrate',
      description: 'Applies the migrations that the database does not have yet',
      code: stageJobCode(this, 'migrate', { ...props, migrations: compiled, proof }),
      timeout: times.run,
      network: this.network,
      variables: {
        [environmentVariables.deploySeconds]: String(times.deploy.toSeconds()),
        ...(evidence !== undefined && { [environmentVariables.evidence]: evidence }),
        ...(this.needsApproval && { [environmentVariables.approval]: 'required' }),
      },
    });
    if (evidence !== undefined) allowEvidence(this, this.job, this.network, evidence);
    if (this.needsApproval) allowApproval(this.job, this.network);
    this.tasks = addTaskAlias(this, this.job.function);
    claimIdentity(this, this.job.job, this.job.environment);
    const { serviceToken } = new MigrationProvider(this, 'Provider', {
      ...props,
      handler: this.job.function,
      times,
    });
    this.resource = new CustomResource(this, 'Deploy', {
      resourceType: 'Custom::Migrations',
      serviceToken,
      serviceTimeout: times.service,
      // Another one exactly when code, files or configuration are others.
      properties: { Version: this.job.function.currentVersion.functionArn },
    });
    // Its permissions and log group are there by themselves; the way to the database is not.
    this.executeAfter(this.network);
    // A secret that is made here may say where its database is only when that is there.
    if (Construct.isConstruct(props.secret)) this.executeAfter(props.secret);
    const { publishEvidence: parameterName } = props;
    if (parameterName !== undefined) {
      const { environment } = this.job;
      const stringValue = evidenceOf(compiled, { environment, proved: proof !== undefined });
      this.executeBefore(publishEvidence(this, { parameterName, environment, stringValue }));
    }
    for (const operator of props.operators ?? []) this.grantRemote(operator);
  }

  /** These are made before the migrations run: parameters that the same stack writes, for example. */
  executeAfter(...scopes: Construct[]): void {
    this.resource.node.addDependency(...scopes);
  }

  /** These are made or updated only when the migrations are applied. */
  executeBefore(...scopes: Construct[]): void {
    for (const scope of scopes) scope.node.addDependency(this.resource);
  }

  /**
   * Lets somebody call the function from outside of a deploy: `registry-jobs status --remote`, `plan`, `up`, `watch`, `cancel`, `history` and
   * `verify`. It takes these tasks and no SQL, works with the settings and the rights that it has in a deploy, and asks for the same proof,
   * evidence and approval.
   */
  grantRemote(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.tasks.functionArn],
    });
  }

  /** Lets somebody approve a plan: write the one parameter that says which. To see the plan, they need {@link grantRemote} as well. */
  grantApprove(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['ssm:PutParameter'],
      resourceArns: [parameterArn(this, approvedPlanOf(this.job.parameterPath))],
    });
  }
}
