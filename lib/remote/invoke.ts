import { InvocationType, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { taskAlias } from '../contract.ts';
import { explainFailed, explainInvoke } from './explain.ts';
import type { RemoteTask } from './protocol.ts';
import type { FunctionTarget } from './target.ts';

export interface InvokeOptions {
  /** Leaves the call; the function goes on. */
  readonly signal?: AbortSignal;
}

/** Those that change something: asked once, whatever becomes of the connection, or it might be done twice. */
const CHANGING: readonly RemoteTask[] = ['up', 'cancel'];

/** Longer than any function runs, in milliseconds. */
const LONGEST_MS = 15 * 60_000 + 30_000;
/** How long whoever only reads is waited for, in milliseconds: a function that starts cold, and a database that wakes up. */
const READING_MS = 2 * 60_000;
const CONNECT_MS = 10_000;

/**
 * Has the deployed function do a task, and returns what it answers. It is asked through the alias of those that know tasks, so that one
 * that does not know them runs nothing.
 *
 * @throws RegistryJobsError `lambda-...`, `no-aws-...`, `aws-credentials-refused`
 */
export async function invoke(
  target: FunctionTarget,
  task: RemoteTask,
  options: object,
  { signal }: InvokeOptions = {},
): Promise<unknown> {
  const isChanging = CHANGING.includes(task);
  const client = clientFor(target, isChanging);
  const command = new InvokeCommand({
    FunctionName: target.name,
    Qualifier: taskAlias,
    Payload: JSON.stringify({ task, options }),
  });
  const asked = { target, task, isChanging, signal };
  try {
    const { FunctionError: kind, Payload } = await client.send(command, {
      ...(signal && { abortSignal: signal }),
    });
    const text = Payload?.transformToString() ?? '';
    if (kind !== undefined) throw explainFailed(text, asked);
    return parse(text);
  } catch (error) {
    throw await explainInvoke(error, asked, await client.config.region().catch(() => undefined), () =>
      isThere(target),
    );
  }
}

/** Whether there is a function of that name, which may be called and has no such alias. Nothing runs. */
async function isThere(target: FunctionTarget): Promise<boolean> {
  const look = new InvokeCommand({ FunctionName: target.name, InvocationType: InvocationType.DryRun });
  return clientFor(target, false)
    .send(look)
    .then(
      () => true,
      () => false,
    );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Each keeps its connections, and a watcher asks once a second. No longer than whoever asks: the next one may be of another account.
const clients = new WeakMap<FunctionTarget, Map<boolean, LambdaClient>>();

function clientFor(target: FunctionTarget, isChanging: boolean): LambdaClient {
  const own = clients.get(target) ?? new Map<boolean, LambdaClient>();
  clients.set(target, own);
  const known = own.get(isChanging);
  if (known) return known;
  const { region } = target;
  const client = new LambdaClient({
    ...(region !== undefined && { region }),
    ...(isChanging && { maxAttempts: 1 }),
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: isChanging ? LONGEST_MS : READING_MS },
  });
  own.set(isChanging, client);
  return client;
}
