import { Signer } from '@aws-sdk/rds-signer';
import { RegistryJobsError } from '../errors/error.ts';
import type { Login } from './settings.ts';

/**
 * Signs the token that takes a password's place where RDS checks users by IAM. Signing needs no network; the server takes
 * the token for 15 minutes and only while a session is opened, so every connection makes its own.
 *
 * @throws RegistryJobsError `token-failed` when AWS credentials or the region are missing
 */
export async function createIamToken({ host, port, user }: Login): Promise<string> {
  // The name of an RDS endpoint has its region in it, which need not be the one that this machine is set to.
  const region = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
  try {
    const signer = new Signer({ hostname: host, port, username: user, ...(region && { region }) });
    return await signer.getAuthToken();
  } catch (error) {
    throw new RegistryJobsError(
      'token-failed',
      `No IAM token could be made for ${user} at ${host}:${port}: ${error instanceof Error ? error.message : error}`,
      {
        hint: 'Log in to AWS, and set AWS_REGION where the host is not named as RDS names it.',
        cause: error,
      },
    );
  }
}
