import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { up } from '../../lib/jobs/up.ts';
import { type ChaosDatabase, withChaosDatabase } from './chaos-database.ts';
import { compile, settingsFor } from './migrations.ts';

export interface StallOptions {
  readonly lockTimeoutMs: number;
  /** How long somebody reads the table in one transaction. */
  readonly readerMs: number;
  /** Rows a second, over all writers. */
  readonly rate: number;
  readonly writers: number;
}

export interface Stall {
  readonly writes: number;
  readonly perSecond: number;
  /** The longest that one write waited for its answer. */
  readonly longestMs: number;
  /** How often the alteration was tried. */
  readonly attempts: number;
  readonly alteredAfterMs: number;
}

export type Alteration = 'registry-jobs' | 'plain';

/**
 * An application writes into a table that somebody else is reading in a long transaction, and the table is altered. The
 * alteration waits for the reader, and every write queues behind the alteration.
 *
 * @param by `plain` is the same statement sent by a client without a lock timeout, as psql would
 */
export async function measureStall(serverUrl: string, by: Alteration, options: StallOptions): Promise<Stall> {
  return withChaosDatabase(serverUrl, async (database) => {
    await database.query('CREATE TABLE busy (id bigint, note text); INSERT INTO busy VALUES (0, NULL)');
    const compiled = await compile({ '001_alter.sql': ALTER });
    const writing = await startWriters(database, options);
    await sleep(100);
    const reader = await database.connect();
    await reader.query('BEGIN; SELECT count(*) FROM busy');
    const read = sleep(options.readerMs).then(() => reader.query('COMMIT'));
    const began = performance.now();
    let attempts = 1;
    if (by === 'plain') {
      const client = await database.connect();
      await client.query(ALTER);
    } else {
      const report = await up(compiled, settingsFor(database.url, options));
      if (report.status !== 'applied')
        throw new Error(`The table was not altered: ${JSON.stringify(report)}`);
      attempts = report.applied[0]?.attempts ?? 0;
    }
    const alteredAfterMs = performance.now() - began;
    await read;
    await sleep(100);
    const written = await writing.stop();
    const [row] = await database.query(
      'SELECT count(*)::int - 1 AS rows, count(extra)::int AS extra FROM busy',
    );
    if (row?.rows !== written.writes)
      throw new Error(`${row?.rows} rows of ${written.writes} writes are there.`);
    return { ...written, attempts, alteredAfterMs };
  });
}

const ALTER = 'ALTER TABLE busy ADD COLUMN extra int';

async function startWriters(database: ChaosDatabase, { rate, writers }: StallOptions) {
  const began = performance.now();
  let isOver = false;
  let writes = 0;
  let longestMs = 0;
  const write = async (client: pg.Client, offset: number) => {
    const everyMs = (1_000 * writers) / rate;
    for (let due = began + offset; !isOver; due += everyMs) {
      const wait = due - performance.now();
      // A timer is a millisecond coarse: late ones catch up at the next.
      if (wait > 1) await sleep(wait);
      const sent = performance.now();
      await client.query('INSERT INTO busy (id, note) VALUES ($1, $2)', [++writes, 'x']);
      longestMs = Math.max(longestMs, performance.now() - sent);
      // What was missed while it stood still is not made up for: an application has lost it.
      due = Math.max(due, performance.now() - everyMs);
    }
  };
  const clients = await Promise.all(Array.from({ length: writers }, () => database.connect()));
  const running = clients.map((client, index) => write(client, index * (1_000 / rate)));
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(running);
      return { writes, longestMs, perSecond: writes / ((performance.now() - began) / 1_000) };
    },
  };
}
