import { Duration } from 'aws-cdk-lib/core';
import { UsageError } from '../errors/error.ts';
import type { MigrateOnDeployOptions } from './migrate-options.ts';

/** The functions of CDK's framework wait this long for ours, and it cannot be changed. */
export const frameworkTimeout = Duration.minutes(15);

/** CloudFormation waits no longer for a custom resource. */
const longest = Duration.hours(1);

/** What is left for saying that the time is up: the longest pause between two questions, one run that only looks, and a cold start. */
const reserve = Duration.minutes(2);

/** How long each part of a deploy may take. */
export interface DeployTimes {
  /** One run of our function. */
  readonly run: Duration;
  /** From the first run to the last: then ours says that the time is up. */
  readonly deploy: Duration;
  /** How long CloudFormation waits for an answer. */
  readonly service: Duration;
}

/**
 * The order in which time must run out, from the inside to the outside, so that whoever waits hears from the one it waits for: our function,
 * then the framework's that called it; our deploy, then CloudFormation.
 *
 * @throws UsageError `bad-timeout`
 */
export function deployTimes({
  timeout: run = Duration.minutes(12),
  deployTimeout = longest,
}: Pick<MigrateOnDeployOptions, 'timeout' | 'deployTimeout'>): DeployTimes {
  const most = frameworkTimeout.minus(Duration.minutes(1));
  if (run.toSeconds() >= most.toSeconds()) {
    throw new UsageError(
      'bad-timeout',
      `One run of the function may take less than ${most.toHumanString()}.`,
      {
        hint: 'Lower `timeout`; a migration that takes longer runs on in the server, and `deployTimeout` is for it.',
      },
    );
  }
  if (deployTimeout.toSeconds() > longest.toSeconds() || deployTimeout.toSeconds() < run.toSeconds()) {
    throw new UsageError(
      'bad-timeout',
      `A deploy may take as long as one run of the function, ${run.toHumanString()}, or longer, and at most an hour.`,
      {
        hint: 'Set `deployTimeout` accordingly; what still runs then runs on, and the next deploy waits for it.',
      },
    );
  }
  const service = Math.min(deployTimeout.plus(reserve).toSeconds(), longest.toSeconds());
  return {
    run,
    deploy: Duration.seconds(service).minus(reserve),
    service: Duration.seconds(service),
  };
}
