import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { RegistryJobsError } from '../errors/error.ts';
import { sentence } from '../text/format.ts';
import { explainAccess, judgeAwsError, readAwsError } from './aws-fault.ts';

/**
 * Writes which plan is approved, with the credentials of this machine.
 *
 * @param region where it is not that of the AWS settings
 * @throws RegistryJobsError `approval-not-written`, `no-aws-...`, `aws-credentials-refused`
 */
export async function writeApproval(parameter: string, hash: string, region?: string): Promise<void> {
  const client = new SSMClient(region === undefined ? {} : { region });
  try {
    await client.send(
      new PutParameterCommand({ Name: parameter, Value: hash, Type: 'String', Overwrite: true }),
    );
  } catch (error) {
    throw explainAccess(error, 'Parameter Store') ?? notWritten(error, parameter);
  }
}

function notWritten(error: unknown, parameter: string): RegistryJobsError {
  const found = readAwsError(error);
  const hint =
    judgeAwsError(found) === 'denied'
      ? 'Let this user or role call ssm:PutParameter on it, as grantApprove of MigrateOnDeploy does. See who you are: aws sts get-caller-identity'
      : `Nothing was approved. Look at it: aws ssm get-parameter --name ${parameter}`;
  const message = `${parameter} could not be written: ${found.name} ${sentence(found.message)}`;
  return new RegistryJobsError('approval-not-written', message, { hint, cause: error });
}
