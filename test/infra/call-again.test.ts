import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { synth } from '../support/synth.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/* The function between CDK's framework and ours, as the template has it; what ours answers takes the place of the client of AWS. */
const [, { Properties }] = synth().find('AWS::Lambda::Function', 'MigrationsProviderCall');
const folder = temporaryFolder();
const sdk = join(folder, 'node_modules/@aws-sdk/client-lambda');
mkdirSync(sdk, { recursive: true });
writeFileSync(
  join(sdk, 'index.js'),
  'exports.InvokeCommand = class { constructor(it) { this.it = it; } }; exports.LambdaClient = class { send({ it }) { return globalThis.answerForTest(it); } };',
);
writeFileSync(join(folder, 'index.js'), Properties.Code.ZipFile);
const { Variables } = Properties.Environment;
Object.assign(process.env, { ...Variables, FUNCTION_ARN: 'arn:of-migrate' });
const { handler } = createRequire(join(folder, 'test.js'))('./index.js');

const answered = (value: object) => ({ Payload: Buffer.from(JSON.stringify(value)) });
const thrown = (errorMessage: string) => ({
  FunctionError: 'Unhandled',
  ...answered({ errorType: 'JobFailed', errorMessage, trace: [''] }),
});
const killed = {
  FunctionError: 'Unhandled',
  ...answered({ errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: signal: killed' }),
};

const begin = { RequestType: 'Update', PhysicalResourceId: 'staging-migrations', StackId: 's' };
const Data = { since: '2026-11-28T09:00:01.123456Z', startedAt: Date.now(), done: false };
const look = { ...begin, Data };
const over = { ...look, Data: { ...Data, startedAt: Date.now() - Number(Variables.DEPLOY_SECONDS) * 1_000 } };

/** What the framework hears, and what ours was asked, when it answers this, one after the other. */
async function call(event: object, answers: readonly object[], leftMs = 900_000) {
  const asked: unknown[] = [];
  const left = [...answers];
  vi.spyOn(console, 'log').mockImplementation(() => {});
  Object.assign(globalThis, {
    answerForTest: async (request: { FunctionName: string; Payload: string }) => {
      expect(request.FunctionName).toBe('arn:of-migrate');
      asked.push(JSON.parse(request.Payload));
      return left.shift();
    },
  });
  const heard = await handler(event, { getRemainingTimeInMillis: () => leftMs }).catch(
    ({ name, message, stack }: Error) => ({ name, message, stack }),
  );
  expect(left).toEqual([]);
  return { heard, asked };
}
afterEach(() => vi.restoreAllMocks());

test.each([
  ['what the first call answers', begin, { PhysicalResourceId: 'a', Data }],
  ['that it is not done', look, { IsComplete: false }],
  ['that it is done', look, { IsComplete: true }],
])('hands on %s, and the event as it was', async (_, event, answer) => {
  expect(await call(event, [answered(answer)])).toEqual({ heard: answer, asked: [event] });
});

test.each([
  ['begins', begin],
  ['looks', look],
])('hands on what ours has thrown when it %s, once, with nothing added', async (_, event) => {
  const { heard, asked } = await call(event, [thrown('m/001_a.sql:1:1: it is wrong')]);
  expect(heard).toEqual({ name: 'JobFailed', message: 'm/001_a.sql:1:1: it is wrong', stack: '' });
  expect(asked).toEqual([event]);
});

test.each<[string, object]>([
  [
    'Runtime.ExitError',
    { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: signal: killed' },
  ],
  ['Runtime.OutOfMemory', { errorType: 'Runtime.OutOfMemory', errorMessage: 'signal: killed' }],
  ['Sandbox.Timedout', { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 15.00 seconds' }],
  ['no type', { errorMessage: '2026-11-28T20:00:00Z 1 Task timed out after 15.00 seconds' }],
  ['nothing at all', {}],
  ['what an emulator says', { errorType: 'Runtime.HandlerError', errorMessage: 'Worker process died' }],
])(
  'a look that was ended, told by %s, is repeated by the framework: the deploy is not done',
  async (_, told) => {
    const heard = await call(look, [{ FunctionError: 'Unhandled', ...answered(told) }]);
    expect(heard.heard).toEqual({ IsComplete: false });
  },
);

test.each(['JobFailed', 'Error', 'Runtime.HandlerError', 'Runtime.ImportModuleError'])(
  'what was thrown as %s fails the deploy at once',
  async (errorType) => {
    const told = { errorType, errorMessage: 'm/001_a.sql:1:1: Worker process died' };
    const { heard, asked } = await call(look, [{ FunctionError: 'Unhandled', ...answered(told) }]);
    expect(heard).toMatchObject({ message: 'm/001_a.sql:1:1: Worker process died' });
    expect(asked).toEqual([look]);
  },
);

test('a beginning that was killed is repeated at once, and finds what runs', async () => {
  const answer = { PhysicalResourceId: 'a', Data };
  expect(await call(begin, [killed, answered(answer)])).toEqual({ heard: answer, asked: [begin, begin] });
  expect((await call(begin, [killed, thrown('it is wrong')])).heard.message).toBe('it is wrong');
});

test.each([
  ['twice at the beginning', begin, [killed, killed], 900_000],
  ['at the beginning, with no time for another one', begin, [killed], 720_000],
  ['at the last look', over, [killed], 900_000],
])('killed %s, the deploy fails and says what ended and what to do', async (_, event, answers, leftMs) => {
  expect((await call(event, answers, leftMs)).heard.message).toBe(
    'The function was ended before it could answer: RequestId: 1 Error: signal: killed [function-ended]\n' +
      'What to do: Look at the log of the function, then deploy again: what was left to the server runs on.',
  );
});

test('it is waited for longer than ours may take', () => {
  const [, { Properties: ours }] = synth().find('AWS::Lambda::Function', 'MigrationsJob');
  expect(Number(Variables.CALL_SECONDS)).toBe(ours.Timeout);
  expect(Properties.Timeout).toBeGreaterThan(ours.Timeout + 5);
  expect(Variables.DEPLOY_SECONDS).toBe(ours.Environment.Variables.REGISTRY_JOBS_DEPLOY_SECONDS);
});
