/** No migration is started with less time than this; a rollback and our report need some too. */
export const RESERVE_MS = 10_000;

export const MOST_ATTEMPTS = 8;

/**
 * Grows with each attempt up to ten seconds, with jitter, so that two who were in each other's way do not meet again.
 *
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function retryDelayMs(attempt: number, random = Math.random()): number {
  const FIRST_MS = 200;
  const LONGEST_MS = 10_000;
  const middle = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  const [least, most] = [middle / 2, Math.min(LONGEST_MS, middle * 1.5)];
  return Math.round(least + (most - least) * random);
}
