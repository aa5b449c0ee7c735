import { type IParameter, ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { approvedPlanOf } from '../contract.ts';
import type { JobFunction } from './job-function.ts';
import { grantParameter, parameterArn } from './job-permissions.ts';
import type { JobNetwork } from './network.ts';

/** What a parameter says, and what it is called. */
interface Published {
  readonly parameterName: string;
  readonly environment: string;
  readonly stringValue: string;
}

/**
 * Says in Parameter Store what a deploy has applied. It is to be made after the migrations: CloudFormation writes it then, and takes it
 * back where it rolls the stack back, so the function needs no right to.
 */
export function publishEvidence(
  scope: Construct,
  { environment, ...published }: Published,
): IParameter & Construct {
  return new StringParameter(scope, 'Evidence', {
    ...published,
    description: `What registry-jobs has applied to ${environment}`,
    // Twice the room, and another account may be let in to read it.
    tier: ParameterTier.ADVANCED,
  });
}

/** Lets a function read what another environment has applied: a parameter's name, or its ARN where it is another account's. */
export function allowEvidence(
  scope: Construct,
  { role }: Pick<JobFunction, 'role'>,
  network: JobNetwork,
  parameter: string,
): void {
  const arn = parameter.startsWith('arn:') ? parameter : parameterArn(scope, parameter);
  grantParameter(role, 'ReadEvidence', arn);
  network.passParameter(arn);
}

/** Lets a function read which plan was approved. */
export function allowApproval(
  { role, parameterPath }: Pick<JobFunction, 'role' | 'parameterPath'>,
  network: JobNetwork,
): void {
  const arn = parameterArn(role, approvedPlanOf(parameterPath));
  grantParameter(role, 'ReadApproval', arn);
  network.passParameter(arn);
}
