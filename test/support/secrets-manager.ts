import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeSecretsManager {
  /** For `AWS_ENDPOINT_URL_SECRETS_MANAGER`. */
  readonly url: string;
  /** By ARN. */
  readonly secrets: Map<string, string>;
  /** How often it was asked. */
  requests(): number;
  /** The next answers are these errors, by name. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** A server on the loopback that answers the real SDK client as Secrets Manager does when a secret is read. */
export async function startSecretsManager(
  initial: Readonly<Record<string, string>>,
): Promise<FakeSecretsManager> {
  const secrets = new Map(Object.entries(initial));
  const faults: string[] = [];
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const { SecretId } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const SecretString = secrets.get(SecretId);
    const isRead = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    const failure = faults.shift();
    const isFound = !failure && isRead && SecretString !== undefined;
    response.writeHead(isFound ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    const notFound = {
      __type: 'ResourceNotFoundException',
      Message: `Secrets Manager can't find ${SecretId}.`,
    };
    response.end(
      JSON.stringify(isFound ? { ARN: SecretId, SecretString } : failure ? denied(failure) : notFound),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets,
    faults,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function denied(name: string) {
  return { __type: name, Message: 'Access to KMS is not allowed, or the role may not do this.' };
}
