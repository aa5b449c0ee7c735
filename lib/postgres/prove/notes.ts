import type { Script } from '../../migrations/script/statement.ts';
import type { NoteCode, ProveNote } from '../../reports/prove.ts';
import type { Natural } from './capture.ts';
import { placeOf } from './findings.ts';

/** Names the columns that were not looked at, since two equal runs leave something else in them. */
export function noteNatural(natural: Natural, script: Script, code: NoteCode): ProveNote[] {
  return [...natural].map(([table, columns]) => ({
    code,
    message: `Two equal runs leave other values in ${[...columns].join(', ')} of ${table}: not compared.`,
    location: placeOf(script, 0).location,
  }));
}
