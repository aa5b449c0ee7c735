import { RegistryJobsError } from '../../errors/error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Leftover, Script, Statement } from '../../migrations/script/statement.ts';
import type { Begun } from '../../plan/known.ts';
import type { Connection } from '../session/connection.ts';
import { ANY_OF_NAME, invalidOf, quoted, readDetach, readIndex, readRelation } from './read-left.ts';

/**
 * What the catalog tells of a statement that is no transaction by itself. Such a statement is done, or it is not, or it has left something
 * behind; which of them is read here, by another session if need be, so that no answer has to be believed that never came.
 */
export type Found = 'done' | 'not-done';

/**
 * What a statement is about to change, as it is before it begins: what is there then is not its work.
 *
 * @param connection a session with the search path of the file
 */
export async function lookBefore(connection: Connection, leftover: Leftover): Promise<Begun> {
  const before = await readBefore(connection, leftover);
  return { leftover, ...(before !== undefined && { before }) };
}

async function readBefore(connection: Connection, leftover: Leftover): Promise<string | undefined> {
  if (leftover.kind === 'index') {
    const index = await readIndex(connection, leftover, ANY_OF_NAME);
    return index && String(index.oid);
  }
  if (leftover.kind === 'drop-index') return (await readRelation(connection, leftover)) ?? undefined;
  if (leftover.kind !== 'detach') return undefined;
  return (await readDetach(connection, leftover)) === 'detached' ? undefined : 'attached';
}

/**
 * Whether a statement whose answer never came is done, as far as the catalog tells; undefined where it does not.
 *
 * @param connection a session with the search path of the file
 */
export async function examine(
  connection: Connection,
  { leftover, before }: Begun,
): Promise<Found | undefined> {
  switch (leftover.kind) {
    case 'index': {
      const index = await readIndex(connection, leftover);
      return index?.valid === true && index.oid !== before ? 'done' : 'not-done';
    }
    case 'drop-index':
      return before !== undefined && (await readRelation(connection, leftover)) !== before
        ? 'done'
        : 'not-done';
    case 'detach':
      return before !== undefined && (await readDetach(connection, leftover)) === 'detached'
        ? 'done'
        : 'not-done';
    case 'reindex':
      // Built once more, it does no harm.
      return 'not-done';
  }
}

/**
 * Removes what an attempt that failed has left, or finishes it.
 *
 * @returns true when the statement's own work is done by that
 */
export async function cleanUp(connection: Connection, leftover: Leftover): Promise<boolean> {
  if (leftover.kind === 'index') {
    const index = await readIndex(connection, leftover);
    if (index?.valid === false && index.free === true) await drop(connection, index);
  }
  if (leftover.kind === 'reindex') {
    const { sql, values } = invalidOf(leftover);
    const { rows } = await connection.send(sql, { values });
    for (const row of rows) if (row.copy === true) await drop(connection, row);
  }
  if (leftover.kind === 'detach' && (await readDetach(connection, leftover)) === 'pending') {
    const { parent, partition } = leftover;
    const finalize = `ALTER TABLE ${quoted(parent)} DETACH PARTITION ${quoted(partition)} FINALIZE`;
    await connection.send(finalize, WAITS_FOR_OTHERS);
    return true;
  }
  return false;
}

/** As long as they take, like the statement of the file whose work it is. */
const WAITS_FOR_OTHERS = { mayTakeMs: Infinity };

/** It cannot be in use, and costs every write; a plain DROP INDEX would keep readers out while it waits. */
async function drop(connection: Connection, { schema, name }: Record<string, unknown>): Promise<void> {
  await connection.send(
    `DROP INDEX CONCURRENTLY IF EXISTS ${quoted({ schema: String(schema), name: String(name) })}`,
    WAITS_FOR_OTHERS,
  );
}

/**
 * What is invalid is never recorded as success: `IF NOT EXISTS` finds an invalid index and is content.
 *
 * @throws RegistryJobsError `invalid-index`
 */
export async function assertWhole(
  connection: Connection,
  leftover: Leftover,
  script: Script,
  statement: Statement,
): Promise<void> {
  const invalid = await invalidNames(connection, leftover);
  if (invalid.length === 0) return;
  const location = locate(script.file, script.text, statement.start);
  const them = invalid.length === 1 ? 'it' : 'them';
  throw new RegistryJobsError(
    'invalid-index',
    `${invalid.join(', ')} ${invalid.length === 1 ? 'is an invalid index' : 'are invalid indexes'}.`,
    {
      location,
      excerpt: excerpt(script.text, location),
      hint: `See whether somebody builds ${them} at this moment; if not, drop ${them} with DROP INDEX CONCURRENTLY. Then: registry-jobs resume`,
    },
  );
}

async function invalidNames(connection: Connection, leftover: Leftover): Promise<string[]> {
  const show = ({ schema, name }: Record<string, unknown>) => `${schema}.${name}`;
  if (leftover.kind === 'index') {
    const index = await readIndex(connection, leftover, ANY_OF_NAME);
    return index?.valid === false ? [show(index)] : [];
  }
  if (leftover.kind !== 'reindex') return [];
  const { sql, values } = invalidOf(leftover);
  return (await connection.send(sql, { values })).rows.map(show);
}
