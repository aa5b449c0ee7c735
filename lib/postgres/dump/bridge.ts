import type { Announced } from './startup.ts';

/**
 * How a program in a thread of its own, which waits for each answer and so stands still, talks to the thread that has the session.
 */
export interface Bridge {
  /** Set to 1 when the answer is there. */
  readonly flag: SharedArrayBuffer;
  readonly announced: Announced;
  /** Of `pg_dump`. */
  readonly args: readonly string[];
}

/** What the thread ends with. */
export type Dumped = { readonly sql: string } | { readonly error: string };
