import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

// Made once per process: a warm function keeps its connections to AWS.
const client = new SecretsManagerClient();

/**
 * Asks Secrets Manager for a secret that is text. Bundled as a file of its own (lib/bundle/lambda-code.ts), which therefore must
 * not share classes with the rest, such as our errors.
 *
 * @throws what the client of AWS throws
 */
export async function fetchSecret(arn: string): Promise<string | undefined> {
  return (await client.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString;
}
