import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosDatabase } from './chaos-database.ts';
import type { Draw } from './chaos-seed.ts';

export interface Reader {
  readonly isThere: boolean;
  /** For the name of an event. */
  readonly says: string;
  /** Ends its transaction, if it is not over, and its session. */
  leave(): Promise<void>;
}

/** Much longer than an index is built here, and so short that a person would not notice. */
const LONGEST_MS = 150;

/**
 * Somebody who reads a table in one long transaction while a run goes on, as an application or a dump does, in half of the rounds: a
 * CONCURRENTLY form waits for them, and may be struck while it waits.
 *
 * @param tookMs how long a run takes: they begin somewhere in it
 */
export function drawReader(database: ChaosDatabase, draw: Draw, tookMs: number): Reader {
  const isThere = draw.fraction() < 0.5;
  const [beginMs, holdMs] = [draw.fraction() * tookMs, draw.fraction() * LONGEST_MS];
  if (!isThere) return { isThere, says: '', leave: async () => {} };
  const over = new AbortController();
  const read = async () => {
    const client = await database.connect();
    try {
      await sleep(beginMs, undefined, { signal: over.signal });
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      // The snapshot is taken here, whether the table is there already or not.
      await client.query('SELECT count(*) FROM pg_catalog.pg_class');
      await client.query('SELECT count(*) FROM public.accounts');
      await sleep(holdMs, undefined, { signal: over.signal });
      await client.query('COMMIT');
    } finally {
      await client.end();
    }
  };
  // That the table is not there yet, the server crashes or the reader is sent away is no matter.
  const reading = read().catch(() => {});
  return {
    isThere,
    says: `, beside a reader from ${beginMs.toFixed(0)} ms for ${holdMs.toFixed(0)} ms`,
    leave: async () => {
      over.abort();
      await reading;
    },
  };
}
