import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface LambdaOptions {
  /** The unpacked code asset: holds `index.mjs`. Outside of this checkout, or `node_modules` would help it out. */
  readonly folder: string;
  /** The variables that the stack gives the function. */
  readonly environment: Readonly<Record<string, string>>;
  /** @default 512 */
  readonly memoryMb?: number;
}

/** What Lambda returns for a function that threw. `trace` is its stack, split into lines. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

export type LambdaAnswer = { readonly result: unknown } | { readonly error: LambdaError };

export interface LambdaProcess {
  /** Everything the function wrote, as CloudWatch would get it. */
  readonly logs: () => string;
  /** Calls the handler, in the same process every time: the second call is a warm start. */
  invoke(event: unknown, timeoutMs?: number): Promise<LambdaAnswer>;
  stop(): Promise<void>;
}

const functionName = 'registry-jobs-under-test';
const arn = `arn:aws:lambda:eu-central-1:111111111111:function:${functionName}`;

/** Starts a process that has nothing but what Lambda gives a function, and loads the handler in it. */
export async function startLambda(options: LambdaOptions): Promise<LambdaProcess> {
  const child = fork(join(import.meta.dirname, 'lambda-runtime.mjs'), {
    cwd: options.folder,
    env: lambdaVariables(options),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => written.push(String(chunk)));
  const logs = () => written.join('');
  await nextMessage(child, logs);

  return {
    logs,
    invoke: async (event, timeoutMs = 60_000) => {
      const answer = nextMessage<LambdaAnswer>(child, logs);
      child.send({ event, context: lambdaContext(options), deadline: Date.now() + timeoutMs });
      return answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Not 'exit': what it wrote last may still be on its way.
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Loads, calls once and stops: a cold start. */
export async function invokeOnce(
  options: LambdaOptions,
  event: unknown,
  timeoutMs?: number,
): Promise<LambdaAnswer & { logs: string }> {
  const lambda = await startLambda(options);
  const answer = await lambda.invoke(event, timeoutMs).finally(lambda.stop);
  return { ...answer, logs: lambda.logs() };
}

function nextMessage<T>(child: ChildProcess, logs: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`The function's process ended (${code}):\n${logs()}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}

/** The variables of the Node.js runtime. `_HANDLER` and the runtime API belong to the runtime, which is not here. */
function lambdaVariables({ folder, environment, memoryMb = 512 }: LambdaOptions): Record<string, string> {
  return {
    LAMBDA_HANDLER_URL: pathToFileURL(join(folder, 'index.mjs')).href,
    LAMBDA_TASK_ROOT: folder,
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    AWS_ACCESS_KEY_ID: 'ASIAFAKEFAKEFAKEFAKE',
    AWS_SECRET_ACCESS_KEY: 'fake-secret-access-key',
    AWS_SESSION_TOKEN: 'fake-session-token',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: 'INFO',
    AWS_REGION: 'eu-central-1',
    ...environment,
  };
}

function lambdaContext({ memoryMb = 512 }: LambdaOptions) {
  return {
    awsRequestId: crypto.randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '1',
    invokedFunctionArn: `${arn}:1`,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: '2026/01/01/[1]0123456789abcdef0123456789abcdef',
    memoryLimitInMB: String(memoryMb),
  };
}
