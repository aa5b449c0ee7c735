import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Duration } from 'aws-cdk-lib/core';
import type { MigrationSource } from './job-code.ts';
import type { JobProps } from './job-props.ts';
import type { JobPlace } from './network.ts';

export interface MigrateOnDeployOptions extends JobProps {
  /** What is applied: a folder of SQL files, or what `compile` of this package made of one. */
  readonly migrations: MigrationSource;
  /**
   * How long one run of the function may take, less than 14 minutes. A migration that takes longer runs on in the server, and the deploy
   * waits for it: see `deployTimeout`.
   * @default Duration.minutes(12)
   */
  readonly timeout?: Duration;
  /**
   * How long a deploy waits for its migrations, and for their approval: at least as long as one run of the function may take, at most an
   * hour, of which the last two minutes are for saying so. What still runs then runs on, and the next deploy waits for it.
   * @default Duration.minutes(60)
   */
  readonly deployTimeout?: Duration;
  /**
   * With `required` nothing is run until somebody has approved exactly this plan: `registry-jobs approve HASH`, which writes the parameter
   * `<parameterPath>/approved-plan`. The deploy waits, and then goes on by itself.
   * @default 'none'
   */
  readonly approval?: 'required' | 'none';
  /**
   * Who may call the function from outside of a deploy, with `registry-jobs status --remote` and its like: see `grantRemote`.
   * @default - nobody whom this stack would let in
   */
  readonly operators?: readonly IGrantable[];
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
