import { isDeepStrictEqual } from 'node:util';
import { RegistryJobsError } from '../../errors/error.ts';
import { checksumOf } from '../../migrations/script/checksum.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import {
  type Leftover,
  type Script,
  type Statement,
  statementText,
} from '../../migrations/script/statement.ts';
import type { Begun } from '../../plan/known.ts';
import type { Connection } from '../session/connection.ts';
import { lasting, staying } from './lasting.ts';
import { readNewAlone } from './new-alone.ts';
import { ANY_OF_NAME, invalidOf, quoted, readDetach, readIndex, readRelation } from './read-left.ts';
import { invalidIndexes, type Place, unclearIndexes } from './unclear.ts';
import { isUnnamed, judgeNew, readNew, readBefore as readTable } from './unnamed-index.ts';

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
export async function lookBefore(
  connection: Connection,
  leftover: Leftover,
  { script, index }: Place,
): Promise<Begun> {
  const before = await readBefore(connection, leftover);
  return { leftover, ...(before !== undefined && { before }), checksum: checksumAt(script, index) };
}

/** Whether a statement is the one that was begun: not only the same leftover, for that says little of what is built. */
export function isSameWork({ leftover, checksum }: Begun, { script, index }: Place): boolean {
  if (!isDeepStrictEqual(script.statements[index]?.leaves, leftover)) return false;
  return checksum === undefined || checksum === checksumAt(script, index);
}

/** A file may have other line ends where it is resumed. */
function checksumAt(script: Script, index: number): string {
  const statement = script.statements[index];
  return checksumOf(statement ? statementText(script, statement).replaceAll('\r\n', '\n') : '');
}

async function readBefore(connection: Connection, leftover: Leftover): Promise<string | undefined> {
  if (isUnnamed(leftover)) return readTable(connection, leftover);
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
  if (isUnnamed(leftover)) return judgeNew(await readNew(connection, leftover, before));
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

/** What is told where {@link examine} gives nothing: the indexes that may be the work of a statement. */
export async function unclearWork(
  connection: Connection,
  { leftover, before }: Begun,
  place: Place,
): Promise<RegistryJobsError | undefined> {
  if (!isUnnamed(leftover)) return undefined;
  return unclearIndexes(await readNew(connection, leftover, before), place);
}

/**
 * Removes what an attempt that failed has left, or finishes it.
 *
 * @returns true when the statement's own work is done by that
 * @throws RegistryJobsError `invalid-index` where it cannot be told which of several is left
 */
export async function cleanUp(
  connection: Connection,
  { leftover, before }: Begun,
  place: Place,
): Promise<boolean> {
  if (isUnnamed(leftover)) {
    const { indexes } = await readNewAlone(connection, leftover, before);
    const invalid = indexes.filter(({ valid }) => !valid);
    const [left] = invalid;
    if (invalid.length > 1 || left?.free === false) throw invalidIndexes(invalid, place);
    if (left) await drop(connection, { ...left });
  } else if (leftover.kind === 'index') {
    const index = await lasting(() => readIndex(connection, leftover), isLeft);
    if (isLeft(index)) await drop(connection, index);
  }
  if (leftover.kind === 'reindex') {
    const { sql, values } = invalidOf(leftover);
    const look = async () => (await connection.send(sql, { values })).rows;
    const rows = await lasting(look, (seen) => seen.length > 0);
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

/** Not valid, and built by nobody. */
function isLeft(index: Record<string, unknown> | undefined): index is Record<string, unknown> {
  return index?.valid === false && index.free === true;
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
  // Somebody else may have built it, whose commit is on its way.
  const invalid = await staying(() => invalidNames(connection, leftover));
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
  // Without IF NOT EXISTS, for which it takes a name, the server's answer tells.
  if (isUnnamed(leftover)) return [];
  if (leftover.kind === 'index') {
    const index = await readIndex(connection, leftover, ANY_OF_NAME);
    return index?.valid === false ? [show(index)] : [];
  }
  if (leftover.kind !== 'reindex') return [];
  const { sql, values } = invalidOf(leftover);
  return (await connection.send(sql, { values })).rows.map(show);
}

/** Which index a concurrent build that did not end well may have left behind, as a sentence with a blank before it. Pure. */
export function describeLeft(leaves: Leftover | undefined): string {
  if (leaves?.kind !== 'index') return '';
  const name = leaves.name === undefined ? '' : ` ${leaves.name}`;
  return ` An invalid index${name} of ${leaves.table} may be left, which resume removes.`;
}
