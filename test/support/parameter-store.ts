import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stored parameter, as `PutParameter` would have it. */
export interface StoredParameter {
  readonly type?: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
  /** Of a SecureString that was written with a key of its own. */
  readonly keyId?: string;
}

/** The body of a request, and who signed it. */
export interface ReceivedRequest {
  readonly target: string;
  readonly accessKeyId: string | undefined;
  readonly body: {
    readonly Path: string;
    readonly Recursive?: boolean;
    readonly WithDecryption?: boolean;
    readonly MaxResults?: number;
    readonly NextToken?: string;
  };
}

/** What writes one. */
interface PutParameter {
  readonly Name: string;
  readonly Value: string;
  readonly Type: NonNullable<StoredParameter['type']>;
  readonly KeyId?: string;
  readonly Overwrite?: boolean;
}

/** An answer that Parameter Store gives instead of parameters. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  /** @default 400 */
  readonly status?: number;
}

export interface FakeParameterStore {
  /** For `AWS_ENDPOINT_URL_SSM`. */
  readonly url: string;
  /** By full name. Change it at any time: a rotated password is one `set`. */
  readonly parameters: Map<string, StoredParameter>;
  readonly requests: readonly ReceivedRequest[];
  /** Makes the next `times` requests fail. */
  fail(fault: Fault, times?: number): void;
  /** Makes all requests of one kind fail. */
  failOn(operation: 'GetParameter' | 'PutParameter', fault: Fault): void;
  /** Ends all of that. */
  forgive(): void;
  close(): Promise<void>;
}

/** What the real service says, so that tests share the wording. */
export const faults = {
  throttled: { code: 'ThrottlingException', message: 'Rate exceeded' },
  denied: {
    code: 'AccessDeniedException',
    message:
      'User: arn:aws:sts::111111111111:assumed-role/job/fn is not authorized to perform: ssm:GetParametersByPath on ' +
      'resource: arn:aws:ssm:eu-central-1:111111111111:parameter/registry because no identity-based policy allows it',
  },
  keyDenied: {
    code: 'AccessDeniedException',
    message: 'The ciphertext refers to a customer master key that does not exist, or you may not use it.',
  },
  keyDisabled: {
    code: 'InvalidKeyId',
    message: 'The key is disabled. (Service: AWSKMS; Code: DisabledException)',
  },
} satisfies Record<string, Fault>;

const target = 'AmazonSSM.GetParametersByPath';
const getTarget = 'AmazonSSM.GetParameter';
const putTarget = 'AmazonSSM.PutParameter';

/**
 * A server on the loopback that answers the real SDK client as Parameter Store does: paging (ten at most), one or all
 * levels below a path, and values of a `SecureString` in the clear only when decryption was asked for. It is written to as well.
 */
export async function startParameterStore(
  initial: Readonly<Record<string, string | StoredParameter>> = {},
): Promise<FakeParameterStore> {
  const parameters = new Map(
    Object.entries(initial).map(([name, it]) => [name, typeof it === 'string' ? { value: it } : it]),
  );
  const requests: ReceivedRequest[] = [];
  const pending: Fault[] = [];
  const always = new Map<string, Fault>();

  const server = createServer(async (request, response) => {
    const received = await receive(request);
    requests.push(received);
    const isPut = received.target === putTarget;
    const isGet = received.target === getTarget;
    const isMissing = isGet && !parameters.has(nameIn(received));
    const fault =
      isPut || isGet || received.target === target
        ? (always.get(received.target) ?? pending.shift() ?? (isMissing ? missing : undefined))
        : unknownOperation;
    const answer = fault
      ? { __type: fault.code, message: fault.message }
      : isPut
        ? put(parameters, received.body as unknown as PutParameter)
        : isGet
          ? get(parameters, received)
          : select(parameters, received.body);
    response.writeHead(fault ? (fault.status ?? 400) : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parameters,
    requests,
    fail: (fault, times = 1) => void pending.push(...Array<Fault>(times).fill(fault)),
    failOn: (operation, fault) => void always.set(`AmazonSSM.${operation}`, fault),
    forgive: () => {
      pending.length = 0;
      always.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const unknownOperation: Fault = {
  code: 'UnknownOperationException',
  message: 'Only reads by path, of one parameter, and writes, are faked.',
};

const missing: Fault = { code: 'ParameterNotFound', message: '' };

/** Of another account's parameter the name is its ARN. */
function nameIn({ body }: ReceivedRequest): string {
  return String((body as { readonly Name?: string }).Name).replace(/^arn:[^/]*:parameter/, '');
}

function get(stored: ReadonlyMap<string, StoredParameter>, request: ReceivedRequest) {
  const name = nameIn(request);
  return { Parameter: describe(name, stored.get(name) ?? { value: '' }, request.body) };
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = await request.toArray();
  const credential = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '');
  return {
    target: String(request.headers['x-amz-target']),
    accessKeyId: credential?.[1],
    body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
  };
}

function put(stored: Map<string, StoredParameter>, body: PutParameter) {
  if (stored.has(body.Name) && !body.Overwrite) throw new Error(`${body.Name} exists already`);
  stored.set(body.Name, {
    type: body.Type,
    value: body.Value,
    ...(body.KeyId && { keyId: body.KeyId }),
  });
  return { Version: 1, Tier: 'Standard' };
}

function select(stored: ReadonlyMap<string, StoredParameter>, body: ReceivedRequest['body']) {
  const prefix = body.Path.endsWith('/') ? body.Path : `${body.Path}/`;
  const isBelow = (name: string) =>
    name.startsWith(prefix) && (body.Recursive || !name.slice(prefix.length).includes('/'));
  const found = [...stored].filter(([name]) => isBelow(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const start = Number(body.NextToken ?? 0);
  const end = start + Math.min(body.MaxResults ?? 10, 10);
  return {
    Parameters: found.slice(start, end).map(([name, parameter]) => describe(name, parameter, body)),
    ...(end < found.length && { NextToken: String(end) }),
  };
}

function describe(name: string, { type = 'String', value }: StoredParameter, body: ReceivedRequest['body']) {
  const hidden = type === 'SecureString' && !body.WithDecryption;
  return {
    ARN: `arn:aws:ssm:eu-central-1:111111111111:parameter${name}`,
    DataType: 'text',
    LastModifiedDate: 1767225600,
    Name: name,
    Type: type,
    Value: hidden ? Buffer.from(`AQICAH encrypted ${value.length}`).toString('base64') : value,
    Version: 1,
  };
}
