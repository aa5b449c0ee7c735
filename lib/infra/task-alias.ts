import { Alias, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { taskAlias } from '../contract.ts';

/**
 * The name under which the function is asked from outside of a deploy. That it is there says that the function knows tasks: whoever asks for
 * it cannot reach an older one, which would apply its migrations whatever it is asked.
 */
export function addTaskAlias(scope: Construct, handler: LambdaFunction): Alias {
  return new Alias(scope, 'Tasks', {
    aliasName: taskAlias,
    version: handler.latestVersion,
    description: 'Answers registry-jobs with --remote',
  });
}
