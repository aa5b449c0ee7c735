import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patiently } from '../../lambdas/shared/patience.ts';
import type { ErrorCode } from '../../lib/errors/catalogue.ts';
import { RegistryJobsError } from '../../lib/errors/error.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Fails so often with a code, then answers; and how long it was waited in between. */
async function attempt(code: ErrorCode, failures: number, timeMs: number, message = 'try') {
  const waits: number[] = [];
  let tries = 0;
  const work = async () => {
    tries++;
    if (tries <= failures) throw new RegistryJobsError(code, `${message} ${tries}`);
    return 'done';
  };
  const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
  const outcome = patiently(work, Date.now() + timeMs, (_, waitMs) => waits.push(waitMs), wait).catch(
    (error: Error) => error.message,
  );
  await vi.runAllTimersAsync();
  return { outcome: await outcome, waits };
}

test.each<ErrorCode>([
  'parameters-denied',
  'parameters-failed',
  'password-not-stored',
  'connect-refused',
  'connect-unknown-host',
  'connect-starting',
  'connect-too-many',
  'connect-timeout',
  'connect-failed',
])('%s may pass', async (code) => {
  expect(await attempt(code, 5, 720_000)).toEqual({ outcome: 'done', waits: [500, 1000, 2000, 4000, 5000] });
});

test.each<ErrorCode>([
  'connect-denied',
  'parameters-missing',
  'invalid-settings',
  'connection-lost',
  'locked',
])('%s does not', async (code) => {
  expect(await attempt(code, 1, 720_000)).toEqual({ outcome: 'try 1', waits: [] });
});

test('a token of IAM that is refused may be taken a moment later', async () => {
  const message = 'The server at h:1 refused user u: PAM authentication failed for user "u"';
  expect(await attempt('connect-denied', 2, 720_000, message)).toEqual({
    outcome: 'done',
    waits: [500, 1000],
  });
});

test('it takes two minutes at most, and a quarter of the time at most', async () => {
  const sum = ({ waits }: { waits: number[] }) => waits.reduce((total, wait) => total + wait, 0);
  const long = await attempt('connect-refused', 1_000, 720_000);
  expect([sum(long) > 114_000, sum(long) <= 120_000]).toEqual([true, true]);
  expect(sum(await attempt('connect-refused', 1_000, 40_000))).toBe(7_500);
  expect(sum(await attempt('connect-refused', 1_000, 1_000))).toBe(0);
});
