import { RegistryJobsError } from '../../errors/error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { listed } from '../../text/format.ts';
import { quoted } from './read-left.ts';
import type { IndexRow, NewIndexes } from './unnamed-index.ts';

/** A statement of a file, for an error about it. */
export interface Place {
  readonly script: Script;
  /** From 0. */
  readonly index: number;
}

/** Nothing is claimed where more than one index may be the work of a statement: a person is asked, with their names. Pure. */
export function unclearIndexes({ indexes, isReplaced }: NewIndexes, { script, index }: Place) {
  const number = index + 1;
  const them = indexes.length === 1 ? 'it is' : 'each of them is';
  const gone = isReplaced ? ' One that was there before is gone, and may have been built anew.' : '';
  return new RegistryJobsError(
    'cannot-resume',
    `Statement ${number} of ${script.file} gives its index no name, and may be done: since it was begun, ${listed(indexes.map(describe), 8)} came, and ${them} like what it builds.${gone}`,
    {
      ...placeOf({ script, index }),
      hint: [
        'Find out who built what, and drop what is invalid and what nobody needs.',
        ...drops(indexes),
        `If one of them is its work: registry-jobs resume --from ${number + 1}`,
        `If none is: registry-jobs resume --from ${number}`,
      ].join('\n'),
    },
  );
}

/** More than one build failed: which one was ours cannot be told, and only ours is dropped without asking. Pure. */
export function invalidIndexes(indexes: readonly IndexRow[], place: Place) {
  const are = indexes.length === 1 ? 'is an invalid index' : 'are invalid indexes';
  const them = indexes.length === 1 ? 'it' : 'them';
  return new RegistryJobsError(
    'invalid-index',
    `${listed(indexes.map(nameOf), 8)} ${are} like the one that statement ${place.index + 1} of ${place.script.file} builds, and whether the statement left ${them} cannot be told.`,
    {
      ...placeOf(place),
      hint: [
        `See whether somebody builds ${them} at this moment; if not, drop ${them}.`,
        ...drops(indexes),
        'Then go on with: registry-jobs resume',
      ].join('\n'),
    },
  );
}

const nameOf = ({ schema, name }: IndexRow) => quoted({ schema, name });
const describe = (row: IndexRow) => `${nameOf(row)} (${row.valid ? 'valid' : 'invalid'})`;

function drops(indexes: readonly IndexRow[]): string[] {
  return indexes.filter(({ valid }) => !valid).map((row) => `DROP INDEX CONCURRENTLY ${nameOf(row)};`);
}

function placeOf({ script, index }: Place) {
  const statement = script.statements[index];
  const location = statement && locate(script.file, script.text, statement.start);
  return location ? { location, excerpt: excerpt(script.text, location) } : {};
}
