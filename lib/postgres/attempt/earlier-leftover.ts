import { RegistryJobsError } from '../../errors/error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Leftover, Script } from '../../migrations/script/statement.ts';
import type { Begun } from '../../plan/known.ts';
import type { Connection } from '../session/connection.ts';
import { cleanUp, examine, isSameWork, unclearWork } from './leftovers.ts';
import { quoted, readDetach } from './read-left.ts';
import type { Place } from './unclear.ts';

/**
 * A file may be mended where it stopped, so that its statement there is no longer the one that was begun. What that one has left is known
 * from the journal: it is removed where nothing is lost by that, and told where only a person can decide.
 *
 * @param index of the statement to go on with
 * @param mayBeDone the attempt was ended in it, so that its work may be there in whole
 * @param connection a session with the search path that it was begun with
 * @throws RegistryJobsError `cannot-resume`
 */
export async function settleEarlier(
  connection: Connection,
  begun: Begun,
  { script, index, mayBeDone }: { script: Script; index: number; mayBeDone: boolean },
): Promise<void> {
  const statement = script.statements[index];
  const { leftover: left } = begun;
  // The same as before: its own run looks after it.
  if (isSameWork(begun, { script, index })) return;
  await removeInvalid(connection, begun, { script, index });
  const finish = await unfinished(connection, left);
  const found = !finish && mayBeDone ? await examine(connection, begun) : 'not-done';
  const unclear = found === undefined && (await unclearWork(connection, begun, { script, index }));
  if (unclear) throw unclear;
  const isWhole = found === 'done';
  // A REINDEX that was done leaves nothing, and one more does no harm.
  if (left.kind === 'reindex' || (!finish && !isWhole)) return;
  const location = statement && locate(script.file, script.text, statement.start);
  const number = index + 1;
  const told = `Statement ${number} of ${script.file} was changed after it was begun.`;
  throw new RegistryJobsError(
    'cannot-resume',
    `${told} What it was before is ${isWhole ? 'done' : 'half done'}: ${nameWork(left)}.`,
    {
      ...(location && { location, excerpt: excerpt(script.text, location) }),
      hint: finish
        ? `Finish it: ${finish}. Then go on with: registry-jobs resume`
        : `Undo that work if nobody needs it, then go on with: registry-jobs resume --from ${number}`,
    },
  );
}

/** Of a build that failed: what is invalid cannot be in use. */
async function removeInvalid(connection: Connection, begun: Begun, place: Place): Promise<void> {
  const { kind } = begun.leftover;
  if (kind === 'index' || kind === 'reindex') await cleanUp(connection, begun, place);
}

/** The statement that finishes what cannot be taken back; nothing where it is not half done. */
async function unfinished(connection: Connection, left: Leftover): Promise<string | undefined> {
  if (left.kind === 'drop-index') {
    const sql =
      'SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass($1) AND NOT indisvalid';
    const { rows } = await connection.send(sql, { values: [quoted(left)] });
    return rows.length > 0 ? `DROP INDEX CONCURRENTLY ${quoted(left)}` : undefined;
  }
  if (left.kind !== 'detach' || (await readDetach(connection, left)) !== 'pending') return undefined;
  return `ALTER TABLE ${quoted(left.parent)} DETACH PARTITION ${quoted(left.partition)} FINALIZE`;
}

function nameWork(left: Exclude<Leftover, { kind: 'reindex' }>): string {
  switch (left.kind) {
    case 'index':
      return `building the index ${left.name ? quoted({ ...left, name: left.name }) : 'without a name'} on ${left.table}`;
    case 'drop-index':
      return `dropping the index ${quoted(left)}`;
    case 'detach':
      return `detaching the partition ${quoted(left.partition)} of ${quoted(left.parent)}`;
  }
}
