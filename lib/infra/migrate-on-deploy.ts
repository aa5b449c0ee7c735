import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import { type ITrigger, Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { environmentVariables } from '../contract.ts';
import { allowEvidence, publishEvidence } from './evidence.ts';
import { claimIdentity } from './identity.ts';
import { compileSource, evidenceOf, type MigrationSource, proofOf, stageJobCode } from './job-code.ts';
import { JobFunction } from './job-function.ts';
import type { JobProps } from './job-props.ts';
import { JobNetwork, type JobPlace } from './network.ts';
import { addTaskAlias } from './task-alias.ts';
import { limitProvider, triggerProvider } from './trigger-provider.ts';

/** CDK gives the function that waits for ours this long, and it cannot be changed. */
const providerTimeout = Duration.minutes(15);

export interface MigrateOnDeployOptions extends JobProps {
  /** What is applied: a folder of SQL files, or what `compile` of this package made of one. */
  readonly migrations: MigrationSource;
  /**
   * How long the migrations of one deploy may take, less than 14 minutes: see {@link MigrateOnDeploy}.
   * @default Duration.minutes(12)
   */
  readonly timeout?: Duration;
  /**
   * Deploys only what `registry-jobs prove --record` has shown to be safe: `true` where its record is `proof.json` beside the files, or the
   * record's name, absolute or relative to the folder of `cdk.json`. A file that is not in it, or is another text now, fails the synthesis;
   * the function carries the record along and refuses as well, before it runs anything (`not-proved`).
   * @default false - whatever the files say is run
   */
  readonly requireProof?: boolean | string;
  /**
   * A parameter that says which files this deploy has applied, for other environments to ask for: `/registry/staging/evidence`. It is
   * written once they are applied. An advanced parameter, so that it can be shared with another account.
   * @default - nobody is told
   */
  readonly publishEvidence?: string;
  /**
   * The parameter of another environment, by name, or by its ARN where it is another account's: a file is run only where that environment
   * has applied it with the same text. Otherwise nothing is run, and the deploy fails (`no-evidence`).
   * @default - nobody is asked
   */
  readonly requireEvidenceFrom?: string;
}

export type MigrateOnDeployProps = MigrateOnDeployOptions & JobPlace;

/**
 * Applies a folder of migrations while the stack is deployed: whenever a file, the code or the configuration changed. A
 * syntax error fails the synthesis, with file, line and column; a failed migration fails the deploy, with the report as its
 * reason. Deleting the stack leaves the database alone.
 *
 * The timeouts must be in this order: function < trigger < provider. A trigger that gives up on a running function
 * calls it again, and a provider that is killed answers CloudFormation nothing for an hour.
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
  /** What calls it in a deploy. */
  readonly trigger: Trigger;
  /** What is applied, as it was given. */
  readonly source: MigrationSource;
  /** What is applied, parsed; undefined for commands of CDK that deploy nothing. */
  readonly compiled: ReturnType<typeof compileSource>;

  constructor(scope: Construct, id: string, props: MigrateOnDeployProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.minutes(12);
    const triggerTimeout = providerTimeout.minus(Duration.minutes(1));
    if (timeout.toSeconds() >= triggerTimeout.toSeconds()) {
      throw new Error(
        `A migration may take less than ${triggerTimeout.toHumanString()}, or the trigger starts it twice.`,
      );
    }
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
      timeout,
      network: this.network,
      ...(evidence !== undefined && { variables: { [environmentVariables.evidence]: evidence } }),
    });
    if (evidence !== undefined) allowEvidence(this, this.job, this.network, evidence);
    this.tasks = addTaskAlias(this, this.job.function);
    claimIdentity(this, this.job.job, this.job.environment);
    this.trigger = new Trigger(this, 'Trigger', {
      handler: this.job.function,
      timeout: triggerTimeout,
      // Its permissions and log group are there by themselves; the way to the database is not.
      executeAfter: [this.network],
    });
    // A secret that is made here may say where its database is only when that is there.
    if (Construct.isConstruct(props.secret)) this.executeAfter(props.secret);
    const { publishEvidence: parameterName } = props;
    if (parameterName !== undefined) {
      const { environment } = this.job;
      const stringValue = evidenceOf(compiled, { environment, proved: proof !== undefined });
      this.executeBefore(publishEvidence(this, { parameterName, environment, stringValue }));
    }
    limitProvider(this, 'TriggerLogs', triggerProvider, props);
  }

  /** These are made before the migrations run: parameters that the same stack writes, for example. */
  executeAfter(...scopes: Construct[]): void {
    this.trigger.executeAfter(...scopes);
  }

  /** These are made or updated only when the migrations are applied. */
  executeBefore(...scopes: Construct[]): void {
    this.trigger.executeBefore(...scopes);
  }
}
