import { expect, test } from 'vitest';
import { retryDelayMs } from '../../lib/engine/retry.ts';

test('pauses grow, with jitter, and never beyond ten seconds', () => {
  const range = (attempt: number) => [retryDelayMs(attempt, 0), retryDelayMs(attempt, 1)];
  expect([1, 2, 3, 6, 7, 8, 20].map(range)).toEqual([
    [100, 300],
    [200, 600],
    [400, 1_200],
    [3_200, 9_600],
    [5_000, 10_000],
    [5_000, 10_000],
    [5_000, 10_000],
  ]);
});
