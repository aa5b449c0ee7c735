import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../session/connection.ts';
import { lasting } from './lasting.ts';
import { quoted } from './read-left.ts';
import { type NewIndexes, readNew, type Unnamed } from './unnamed-index.ts';

/** How long who has built an index may take to commit that, once the table is free, before a person is asked. In milliseconds. */
const COMMITS_WITHIN_MS = 60_000;

/**
 * The new indexes of a table once nobody builds on it: who does has this very lock from the beginning almost to the end, and so has VACUUM.
 * What is invalid and free then is left.
 *
 * @param before what was there before the statement began, with the oid of the table
 */
export async function readNewAlone(
  connection: Connection,
  left: Unnamed,
  before: string | undefined,
): Promise<NewIndexes> {
  const look = () => readNew(connection, left, before);
  const found = await lasting(look, hasLeft);
  if (before === undefined || !isBuilt(found)) return found;
  const { table } = JSON.parse(before) as { readonly table: string };
  const sql = `SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::pg_catalog.oid AND c.relkind = 'r'`;
  const [row] = (await connection.send(sql, { values: [table] })).rows;
  // A materialized view cannot be locked.
  if (!row) return found;
  const name = quoted({ schema: String(row.schema), name: String(row.name) });
  await connection.send('BEGIN READ WRITE');
  try {
    await connection.send(`LOCK TABLE ${name} IN SHARE UPDATE EXCLUSIVE MODE`, { mayTakeMs: Infinity });
    const until = Date.now() + COMMITS_WITHIN_MS;
    for (;;) {
      const alone = await lasting(look, hasLeft);
      if (!isBuilt(alone) || Date.now() > until) return alone;
      await sleep(50);
    }
  } finally {
    await connection.send('ROLLBACK').catch(() => {});
  }
}

const hasLeft = ({ indexes }: NewIndexes) => indexes.some(({ valid, free }) => !valid && free);
const isBuilt = ({ indexes }: NewIndexes) => indexes.some(({ valid, free }) => !valid && !free);
