import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LambdaOptions, type LambdaProcess, startLambda } from './lambda-process.ts';

/** A function as the service keeps it. */
export interface DeployedFunction extends LambdaOptions {
  /** @default none */
  readonly aliases?: readonly string[];
  /** After this it is stopped, in milliseconds. @default 60 s */
  readonly timeoutMs?: number;
  /** It is stopped earlier than it was told, in milliseconds. @default timeoutMs */
  readonly stopMs?: number;
}

/** What the service was asked for. */
export interface ReceivedCall {
  readonly name: string;
  readonly qualifier: string | undefined;
  readonly type: string;
  readonly payload: unknown;
  /** How long the function ran, in milliseconds; absent where it was not run. */
  tookMs?: number;
}

/** An error of the service in the place of a call. */
export interface ServiceFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface LambdaService {
  /** For `AWS_ENDPOINT_URL_LAMBDA`. */
  readonly url: string;
  readonly functions: Map<string, DeployedFunction>;
  readonly calls: readonly ReceivedCall[];
  /** What all functions have written. */
  logs(): string;
  /** Makes the next calls fail without a function being run; `hang-up` ends the connection. */
  fail(fault: ServiceFault | 'hang-up', times?: number): void;
  /** The same for the next calls of a task. */
  failTask(task: string, fault: ServiceFault | 'hang-up', times?: number): void;
  /** Ends that. */
  forgive(): void;
  /** Ends the processes: the next call of each function is a cold start. */
  stopFunctions(): Promise<void>;
  /** Ends those that are at work: nobody waits for their answers any more. The others stay warm. */
  stopBusy(): Promise<void>;
  close(): Promise<void>;
}

/** As Lambda limits an answer. */
const MOST_BYTES = 6_291_556;
/** How many processes are kept for a further call: each takes some 80 MB. */
const MOST_IDLE = 4;

/**
 * Lambda's Invoke on the loopback, for the real client of AWS: each function is its deployed code in a process of its own, one call at a time,
 * a further process for a call beside it. As in Lambda a process is taken again for the same code with the same variables, and for no other.
 */
export async function startLambdaService(): Promise<LambdaService> {
  const functions = new Map<string, DeployedFunction>();
  const calls: ReceivedCall[] = [];
  const faults: (ServiceFault | 'hang-up')[] = [];
  const taskFaults = new Map<string, (ServiceFault | 'hang-up')[]>();
  /** The one that worked last is the last. */
  const idle: { readonly of: string; readonly lambda: LambdaProcess }[] = [];
  const all: LambdaProcess[] = [];
  const busy = new Set<LambdaProcess>();

  const take = async (of: string, fn: DeployedFunction) => {
    const index = idle.findLastIndex((one) => one.of === of);
    const lambda = index < 0 ? await startLambda(fn) : idle.splice(index, 1)[0]?.lambda;
    if (!lambda) throw new Error(`No process for ${of}`);
    if (index < 0) all.push(lambda);
    busy.add(lambda);
    return lambda;
  };

  const giveBack = async (of: string, lambda: LambdaProcess) => {
    busy.delete(lambda);
    idle.push({ of, lambda });
    if (idle.length > MOST_IDLE) await idle.shift()?.lambda.stop();
  };

  const run = async (fn: DeployedFunction, payload: unknown, response: ServerResponse) => {
    const { timeoutMs = 60_000, stopMs = timeoutMs, folder, environment, memoryMb } = fn;
    const of = JSON.stringify({ folder, environment, memoryMb });
    const lambda = await take(of, fn);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), stopMs);
    });
    const answer = await Promise.race([
      lambda.invoke(payload, timeoutMs).catch((error: Error) => error),
      late,
    ]);
    clearTimeout(timer);
    if (answer === 'late' || answer instanceof Error) {
      busy.delete(lambda);
      await lambda.stop();
      const errorMessage =
        answer === 'late'
          ? `2026-01-01T00:00:00.000Z 1 Task timed out after ${(stopMs / 1000).toFixed(2)} seconds`
          : 'RequestId: 1 Error: Runtime exited with error: signal: killed';
      return failed(response, {
        errorType: answer === 'late' ? 'Sandbox.Timedout' : 'Runtime.ExitError',
        errorMessage,
      });
    }
    await giveBack(of, lambda);
    if ('error' in answer) return failed(response, answer.error);
    const text = JSON.stringify(answer.result);
    if (Buffer.byteLength(text) > MOST_BYTES) {
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${MOST_BYTES} bytes).`;
      return failed(response, { errorType: 'Function.ResponseSizeTooLarge', errorMessage });
    }
    response
      .writeHead(200, { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' })
      .end(text);
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://service');
    const name = decodeURIComponent(url.pathname.split('/')[3] ?? '').replace(/^arn:.*:function:/, '');
    const qualifier = url.searchParams.get('Qualifier') ?? undefined;
    const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse');
    const call: ReceivedCall = { name, qualifier, type, payload: await read(request) };
    calls.push(call);
    const task = String((call.payload as { readonly task?: string } | null)?.task);
    const fault = faults.shift() ?? taskFaults.get(task)?.shift();
    if (fault === 'hang-up') return request.socket.destroy();
    if (fault) return refuse(response, fault);
    const fn = functions.get(name);
    const isThere = fn && (qualifier === undefined || fn.aliases?.includes(qualifier));
    if (!isThere) {
      const arn = `arn:aws:lambda:eu-central-1:111111111111:function:${name}${qualifier ? `:${qualifier}` : ''}`;
      return refuse(response, {
        status: 404,
        code: 'ResourceNotFoundException',
        message: `Function not found: ${arn}`,
      });
    }
    if (type === 'DryRun') return response.writeHead(204).end();
    const began = Date.now();
    await run(fn, call.payload, response);
    call.tookMs = Date.now() - began;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stopFunctions = async () => {
    idle.length = 0;
    busy.clear();
    await Promise.all(all.map((one) => one.stop()));
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    functions,
    calls,
    logs: () => all.map((one) => one.logs()).join(''),
    fail: (fault, times = 1) => void faults.push(...Array(times).fill(fault)),
    failTask: (task, fault, times = 1) => void taskFaults.set(task, Array(times).fill(fault)),
    forgive: () => {
      faults.length = 0;
      taskFaults.clear();
    },
    stopFunctions,
    stopBusy: async () => {
      const stopped = [...busy];
      busy.clear();
      await Promise.all(stopped.map((one) => one.stop()));
    },
    close: async () => {
      await stopFunctions();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function read(request: IncomingMessage): Promise<unknown> {
  const text = Buffer.concat(await request.toArray()).toString();
  return text === '' ? {} : JSON.parse(text);
}

function failed(response: ServerResponse, error: object): void {
  response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(JSON.stringify(error));
}

function refuse(response: ServerResponse, { status, code, message }: ServiceFault): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': code })
    .end(JSON.stringify({ Type: 'User', Message: message }));
}
