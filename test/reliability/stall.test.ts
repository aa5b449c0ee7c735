import { expect, inject, test } from 'vitest';
import { measureStall } from '../support/chaos-stall.ts';

/** For a machine that does other things as well. */
const MARGIN_MS = 400;

test('an application that writes into the altered table is held up for the lock timeout at most', async () => {
  const options = { lockTimeoutMs: 250, readerMs: 1_500, rate: 250, writers: 4 };
  const ours = await measureStall(inject('serverUrl'), 'registry-jobs', options);
  const plain = await measureStall(inject('serverUrl'), 'plain', options);
  expect(ours.attempts).toBeGreaterThan(1);
  expect(ours.longestMs).toBeLessThan(options.lockTimeoutMs + MARGIN_MS);
  // That the measurement can tell: without a lock timeout the application stands still until the reader has gone.
  expect(plain.longestMs).toBeGreaterThan(options.readerMs * 0.8);
});
