import { type Script, statementText } from '../../migrations/script/statement.ts';
import type { ProveFinding } from '../../reports/prove.ts';
import type { ProveContext } from './context.ts';
import { placeOf } from './findings.ts';
import { beginOf, runWithin } from './run-script.ts';
import { behindFinding, type SequenceBehind, sequencesBehind } from './sequences.ts';

/** Whether its text sets a sequence. What a function does that was made elsewhere is not seen. Pure. */
export function setsSequence({ text, directives }: Script): boolean {
  return directives.transaction && SETS.test(text);
}

const SETS = /\bsetval\b|\brestart\b/i;

/**
 * Runs a file that sets sequences once more after all of them, and looks whether one is behind its column then: no look at the catalog and
 * at rows tells where a sequence is, since each trial takes numbers from it.
 *
 * @param before those that were behind before any file was run late
 */
export async function sequencesSetBack(
  { stage }: ProveContext,
  script: Script,
  before: readonly SequenceBehind[],
): Promise<ProveFinding[]> {
  if (!setsSequence(script)) return [];
  const known = new Set(before.map(({ sequence }) => sequence));
  const found = await stage.session(async (connection) => {
    await connection.send(beginOf(script));
    const failed = await runWithin(connection, script);
    // A file that has left the session unable to look is told for other reasons, or not at all.
    const behind = failed ? [] : await sequencesBehind(connection).catch(() => []);
    await connection.send('ROLLBACK');
    return behind.filter(({ sequence }) => !known.has(sequence));
  });
  // What setval has done no ROLLBACK takes back.
  if (found.length > 0)
    await stage.session(async (connection) => {
      await connection.send('BEGIN READ WRITE');
      for (const { statement } of found) await connection.send(statement);
      await connection.send('COMMIT');
    });
  return found.map((behind) => {
    const { message, ...told } = behindFinding(script, behind);
    const index = script.statements.findLastIndex((one) => SETS.test(statementText(script, one)));
    return {
      ...told,
      ...placeOf(script, Math.max(0, index)),
      code: 'overwrites-successor',
      message: `Run after all the others, it sets a sequence back. ${message}`,
    };
  });
}
