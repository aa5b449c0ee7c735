import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { synthCreated } from '../support/synth-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/*
 * The function that CDK deploys to run triggers, as it lies in the cloud assembly, with two ends replaced: what the
 * function that makes the roles answers, and the request that would carry the outcome to CloudFormation.
 */
const { jobs } = synthCreated();
const [, provider] = jobs.find('AWS::Lambda::Function', 'AWSCDKTrigger');
const folder = temporaryFolder();
cpSync(jobs.assetFolder(provider), folder, { recursive: true });
const sdk = join(folder, 'node_modules/@aws-sdk/client-lambda');
mkdirSync(sdk, { recursive: true });
writeFileSync(
  join(sdk, 'index.js'),
  'exports.Lambda = class { invoke(it) { return globalThis.invokeForTest(it); } };',
);
const { handler, external } = createRequire(import.meta.url)(join(folder, '__entrypoint__.js'));

interface Outcome {
  /** What the provider invoked. */
  readonly invoked: unknown[];
  /** Everything CloudFormation gets, of which it reads the first 4,096 bytes. */
  readonly body: { readonly Status: string; readonly Reason: string };
  readonly bytes: number;
}

async function deliver(requestType: string, answer: object): Promise<Outcome> {
  const invoked: unknown[] = [];
  let text = '';
  Object.assign(globalThis, {
    invokeForTest: async (request: unknown) => {
      invoked.push(request);
      return answer;
    },
  });
  external.log = () => {};
  external.sendHttpRequest = async (_: unknown, body: string) => {
    text = body;
  };
  const { log } = console;
  console.log = () => {};
  process.noDeprecation = true; // CDK's code still calls url.parse().
  try {
    await handler(eventOf(requestType), {});
  } finally {
    console.log = log;
    process.noDeprecation = false;
  }
  return { invoked, body: JSON.parse(text), bytes: Buffer.byteLength(text) };
}

/** As long as they get: names of the placeholder environment, a UUID for each id. */
const eventOf = (RequestType: string) => ({
  RequestType,
  ResponseURL: 'https://cloudformation.invalid/answer',
  StackId: `arn:aws:cloudformation:ap-southeast-1:111111111111:stack/registry-jobs-production/${crypto.randomUUID()}`,
  RequestId: crypto.randomUUID(),
  LogicalResourceId: 'RolesTrigger14FE614D',
  ...(RequestType !== 'Create' && { PhysicalResourceId: crypto.randomUUID() }),
  ResourceProperties: {
    HandlerArn: 'arn:function:7',
    InvocationType: 'RequestResponse',
    Timeout: '840000',
    ExecuteOnHandlerChange: 'true',
  },
});

/** A function that threw, as Lambda's Node runtime reports it. */
const thrown = (message: string, stack: string) => ({
  StatusCode: 200,
  FunctionError: 'Unhandled',
  Payload: Buffer.from(
    JSON.stringify({ errorType: 'JobFailed', errorMessage: message, trace: stack.split('\n') }),
  ),
});

test('create and update call the function, delete does not', async () => {
  const done = { StatusCode: 200, Payload: Buffer.from('{}') };
  for (const type of ['Create', 'Update']) {
    const { invoked, body } = await deliver(type, done);
    expect(invoked).toEqual([{ FunctionName: 'arn:function:7', InvocationType: 'RequestResponse' }]);
    expect(body.Status).toBe('SUCCESS');
  }
  expect((await deliver('Delete', done)).invoked).toEqual([]);
});

test('a failure reaches the deploy event as it was thrown', async () => {
  const message = 'Failed migrations/007_x.sql\nmigrations/007_x.sql:3:5: syntax error';
  const { body } = await deliver('Update', thrown(message, ''));
  expect(body.Status).toBe('FAILED');
  expect(body.Reason).toMatch(new RegExp(`^Error: ${message}\n`));
});

test('an empty stack leaves 3,000 bytes for a report; a stack that repeats it, half', async () => {
  const message = 'x'.repeat(3_000);
  expect((await deliver('Create', thrown(message, ''))).bytes).toBeLessThan(4_096);
  expect((await deliver('Create', thrown(message, `JobFailed: ${message}`))).bytes).toBeGreaterThan(4_096);
});
