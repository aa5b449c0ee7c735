import { expect, test } from 'vitest';
import { renderError, toErrorReport } from '../../lib/errors/error.ts';
import { judgeAwsError, readAwsError } from '../../lib/remote/aws-fault.ts';
import { explainFailed, explainInvoke } from '../../lib/remote/explain.ts';

const up = { target: { name: 'shop' }, task: 'up', isChanging: true } as const;
const status = { target: { name: 'shop' }, task: 'status', isChanging: false } as const;

test.each<[string, object, string]>([
  [
    'no credentials',
    { name: 'CredentialsProviderError', message: 'Could not load credentials' },
    'credentials',
  ],
  ['a login that is over', { name: 'TokenProviderError', message: 'Token is expired' }, 'credentials'],
  ['no region', { name: 'Error', message: 'Region is missing' }, 'region'],
  [
    'a key of nobody',
    { name: 'UnrecognizedClientException', message: 'The security token is invalid.' },
    'refused',
  ],
  ['no right', { name: 'AccessDeniedException', message: 'not authorized' }, 'denied'],
  ['too many', { name: 'TooManyRequestsException', message: 'Rate Exceeded.' }, 'throttled'],
  ['nobody there', { name: 'Error', message: '', code: 'ECONNREFUSED' }, 'network'],
  ['no such host', { name: 'Error', message: 'getaddrinfo ENOTFOUND x', code: 'ENOTFOUND' }, 'network'],
  ['a connection that went', { name: 'Error', message: 'socket hang up', code: 'ECONNRESET' }, 'network'],
  ['no answer', { name: 'TimeoutError', message: 'Connection timed out after 10000 ms' }, 'network'],
  ['another certificate', { name: 'Error', message: 'x', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'network'],
  ['anything else', { name: 'ServiceException', message: 'Internal' }, 'other'],
  [
    'a name of another error in a text',
    { name: 'ServiceException', message: 'no AccessDeniedException here' },
    'other',
  ],
])('%s', (_, error, fault) => {
  expect(judgeAwsError(readAwsError(error))).toBe(fault);
});

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  ['text', 'text'],
  [{ code: 'ECONNREFUSED', message: '' }, 'ECONNREFUSED'],
])('whatever is thrown has a message: %j', (thrown, message) => {
  expect(readAwsError(thrown).message).toBe(message);
});

test('Lambda says that the time was up, and when', () => {
  const payload = JSON.stringify({
    errorType: 'Sandbox.Timedout',
    errorMessage: '2026-11-28T09:00:00.000Z 8f0c Task timed out after 720.00 seconds',
  });
  expect(renderError(toErrorReport(explainFailed(payload, up)))).toBe(
    `shop was stopped after 720.00 seconds, when its time was up. What became of up is not known; it may go on. [lambda-timeout]
What to do: Do not repeat it before you have looked: registry-jobs watch`,
  );
  expect(explainFailed(payload, status).message).toBe(
    'shop was stopped after 720.00 seconds, when its time was up.',
  );
});

test.each<[string, string]>([
  [
    '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 8f0c Error: Runtime exited with error: signal: killed"}',
    'shop failed: Runtime.ExitError RequestId: 8f0c Error: Runtime exited with error: signal: killed.',
  ],
  [
    '{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded"}',
    'shop failed: Function.ResponseSizeTooLarge Response payload size exceeded.',
  ],
  ['<html>502</html>', 'shop failed: <html>502</html>.'],
  ['null', 'shop failed: '],
])('a function that fails with %s', (payload, message) => {
  expect(explainFailed(payload, status).message.startsWith(message)).toBe(true);
  expect(explainFailed(payload, status).hint).toContain('aws logs tail ');
});

test.each([
  [true, 'lambda-older', 'would apply its migrations instead'],
  [false, 'lambda-missing', 'none of that name in this account, or one without the alias'],
])('a function that is not found, and is there: %s', async (isThere, code, part) => {
  const error = { name: 'ResourceNotFoundException', message: 'Function not found' };
  const told = await explainInvoke(error, up, 'eu-central-1', async () => isThere);
  expect(told).toMatchObject({ code, message: expect.stringContaining(part) });
  expect(told.message).toContain('shop in eu-central-1');
  expect(told.hint).toMatch(/^Nothing was run\. /);
});

test('who is told to stop is told what goes on', async () => {
  const signal = AbortSignal.abort('SIGINT');
  const told = await explainInvoke({ name: 'AbortError' }, { ...up, signal }, undefined, async () => false);
  expect(told).toMatchObject({ code: 'stopped', hint: expect.stringContaining('registry-jobs watch') });
  const read = await explainInvoke(
    { name: 'AbortError' },
    { ...status, signal },
    undefined,
    async () => false,
  );
  expect(read.message).toBe('Stopped by SIGINT before the answer came.');
});
