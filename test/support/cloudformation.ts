import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a custom resource told CloudFormation. */
export interface CustomResourceAnswer {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: { readonly Status: string; readonly Reason?: string };
}

export interface FakeCloudFormation {
  readonly answers: readonly CustomResourceAnswer[];
  /** What CloudFormation sends a function. */
  event(type: 'Create' | 'Update' | 'Delete', properties: Readonly<Record<string, string>>): object;
  /** Whether answers are taken, as they always are unless a test says no. */
  accept(isAccepted: boolean): void;
  close(): Promise<void>;
}

/** A server on the loopback in the place of the signed URL that answers are put to. */
export async function startCloudFormation(): Promise<FakeCloudFormation> {
  const answers: CustomResourceAnswer[] = [];
  let isAccepted = true;
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const { method, headers } = request;
    answers.push({ method, headers, text, body: JSON.parse(text) });
    response.writeHead(isAccepted ? 200 : 403).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?X-Amz-Signature=signed`;
  return {
    answers,
    event: (RequestType, ResourceProperties) => ({
      RequestType,
      ResponseURL,
      StackId: 'arn:aws:cloudformation:eu-central-1:111111111111:stack/registry-jobs-staging-database/1',
      RequestId: 'request-1',
      LogicalResourceId: 'Password',
      ResourceType: 'Custom::PasswordParameter',
      ...(RequestType !== 'Create' && { PhysicalResourceId: 'as before' }),
      ResourceProperties,
    }),
    accept: (it) => {
      isAccepted = it;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
