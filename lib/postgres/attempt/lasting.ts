import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/**
 * What is still there at a second look that is like the first. Who builds an index writes that it is valid, lets go of the table, and commits:
 * one look may see the index of before, and no lock any more. What it had written is seen by the next look, or is locked by its transaction.
 *
 * @param look reads the catalog, with what tells that a row is being changed
 * @param isLeft whether that is of no use to anybody, as it seems
 */
export async function lasting<T>(look: () => Promise<T>, isLeft: (seen: T) => boolean): Promise<T> {
  let seen = await look();
  while (isLeft(seen)) {
    const again = await look();
    if (isDeepStrictEqual(seen, again)) return again;
    seen = again;
  }
  return seen;
}

const LOOKS = 11;

/** What is still there after a second, in which somebody else may have made an end of it. In ten looks and one. */
export async function staying<T>(look: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let looks = 1; ; looks++) {
    const seen = await look();
    if (seen.length === 0 || looks === LOOKS) return seen;
    await sleep(100);
  }
}
