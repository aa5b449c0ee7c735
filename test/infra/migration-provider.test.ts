import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/*
 * The framework that CDK deploys to call our function in a deploy, as it lies in the cloud assembly, with its ends replaced: what our function
 * answers, the start of the state machine, and the request that would carry the outcome to CloudFormation.
 */
const staging = synth();
const [, begins] = staging.find('AWS::Lambda::Function', 'MigrationsProviderFrameworkframeworkonEvent');
const folder = temporaryFolder();
cpSync(staging.assetFolder(begins), folder, { recursive: true });
for (const [client, code] of [
  ['client-lambda', 'exports.Lambda = class { invoke(it) { return globalThis.invokeForTest(it); } };'],
  [
    'client-sfn',
    'exports.SFN = class { async startExecution({ input }) { globalThis.startedForTest = input; } };',
  ],
] as const) {
  const sdk = join(folder, `node_modules/@aws-sdk/${client}`);
  mkdirSync(sdk, { recursive: true });
  writeFileSync(join(sdk, 'index.js'), code);
}
const load = createRequire(join(folder, 'test.js'));
const framework = load('./framework.js');
const outbound = load('./outbound.js');
Object.assign(process.env, {
  USER_ON_EVENT_FUNCTION_ARN: 'arn:aws:lambda:eu-central-1:111111111111:function:migrate',
  USER_IS_COMPLETE_FUNCTION_ARN: 'arn:aws:lambda:eu-central-1:111111111111:function:migrate',
  WAITER_STATE_MACHINE_ARN: 'arn:machine',
});

interface Outcome {
  /** What CloudFormation was told, of which it reads the first 4,096 bytes; nothing where it is to wait. */
  readonly told?: { readonly Status: string; readonly Reason: string; readonly PhysicalResourceId: string };
  readonly bytes: number;
  /** What the waiter is to ask with. */
  readonly waiting?: Record<string, unknown>;
}

async function deliver(handler: 'onEvent' | 'isComplete', event: object, answer: object): Promise<Outcome> {
  let text = '';
  Object.assign(globalThis, { invokeForTest: async () => answer, startedForTest: undefined });
  outbound.httpRequest = async (_: unknown, body: string) => {
    text = body;
  };
  const { log } = console;
  console.log = () => {};
  process.noDeprecation = true; // CDK's code still calls url.parse().
  try {
    await framework[handler](event);
  } finally {
    console.log = log;
    process.noDeprecation = false;
  }
  const { startedForTest: started } = globalThis as { startedForTest?: string };
  return {
    bytes: Buffer.byteLength(text),
    ...(text && { told: JSON.parse(text) }),
    ...(started && { waiting: JSON.parse(started) }),
  };
}

/** As long as they get: names of the placeholder environment, a UUID for each id. */
const eventOf = (RequestType: string, more: object = {}) => ({
  RequestType,
  ResponseURL: 'https://cloudformation.invalid/answer',
  StackId: `arn:aws:cloudformation:ap-southeast-1:111111111111:stack/registry-jobs-production/${crypto.randomUUID()}`,
  RequestId: crypto.randomUUID(),
  LogicalResourceId: 'MigrationsDeploy524E134B',
  ...(RequestType !== 'Create' && { PhysicalResourceId: 'production-migrations' }),
  ...more,
});
const answered = (value: object) => ({ StatusCode: 200, Payload: Buffer.from(JSON.stringify(value)) });
/** A function that threw, as Lambda's Node runtime reports it: the stack of what a job throws is empty. */
const thrown = (message: string) => ({
  StatusCode: 200,
  FunctionError: 'Unhandled',
  Payload: Buffer.from(JSON.stringify({ errorType: 'JobFailed', errorMessage: message, trace: [''] })),
});
const Data = { since: '2026-11-28T09:00:01.123456Z', startedAt: 1_795_881_494_000, done: false };

test('what the first run answers comes back with every question, as it was', async () => {
  const { told, waiting } = await deliver(
    'onEvent',
    eventOf('Create'),
    answered({ PhysicalResourceId: 'production-migrations', Data }),
  );
  expect(told).toBeUndefined();
  expect(waiting).toMatchObject({ RequestType: 'Create', PhysicalResourceId: 'production-migrations', Data });
});

test('a deploy that is not done is asked again, one that is done has succeeded', async () => {
  const event = eventOf('Update', { Data });
  await expect(deliver('isComplete', event, answered({ IsComplete: false }))).rejects.toThrow();
  const { told } = await deliver('isComplete', event, answered({ IsComplete: true }));
  expect(told).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'production-migrations' });
});

test.each(['onEvent', 'isComplete'] as const)(
  'a failure reaches the deploy event as %s has thrown it',
  async (handler) => {
    const message = 'Failed migrations/007_x.sql\nmigrations/007_x.sql:3:5: syntax error';
    const { told } = await deliver(
      handler,
      eventOf('Update', handler === 'isComplete' ? { Data } : {}),
      thrown(message),
    );
    expect(told?.Status).toBe('FAILED');
    expect(told?.Reason.startsWith(`${message}\n`)).toBe(true);
  },
);

test('3,000 bytes are left for a report', async () => {
  for (const handler of ['onEvent', 'isComplete'] as const) {
    const { bytes } = await deliver(handler, eventOf('Update', { Data }), thrown('x'.repeat(3_000)));
    expect(bytes).toBeGreaterThan(3_000);
    expect(bytes).toBeLessThan(4_096);
  }
});
