import type { Script } from '../../migrations/script/statement.ts';
import type { Difference } from '../../plan/differences.ts';
import { differencesOf, type Natural } from './compare-captures.ts';
import type { ProveContext } from './context.ts';
import { OUTSIDE, runOneOutside } from './run-script.ts';
import { captureAlone, runStep, type Step } from './trials.ts';

/** More than a person waits for. */
const MOST_STATEMENTS = 300;

/**
 * Finds the statement that does the damage: the first after which the difference is there, and stays to the end. Tried on a copy, by
 * statement, with a look after each.
 *
 * @param before what comes before it there
 * @param natural what is not looked at
 * @returns from 0; the first one where it cannot be told
 */
export async function blame(
  context: ProveContext,
  before: readonly Step[],
  script: Script,
  differences: readonly Difference[],
  natural: Natural,
): Promise<number> {
  const { stage, leaveOut } = context;
  if (script.statements.length > MOST_STATEMENTS) return 0;
  const wanted = new Set(differences.map(keyOf));
  const what = differences.every(({ kind }) => kind === 'rows') ? 'data' : 'all';
  return stage.copy(async (session) => {
    for (const step of before) await session((connection) => runStep(connection, step));
    return session(async (connection) => {
      const reference = await captureAlone(connection, leaveOut, what);
      await connection.send(OUTSIDE);
      let first = 0;
      let isThere = false;
      for (const index of script.statements.keys()) {
        if (await runOneOutside(connection, script, index)) break;
        const found = differencesOf(reference, await captureAlone(connection, leaveOut, what), natural);
        const isNow = found.some((one) => wanted.has(keyOf(one)));
        if (isNow && !isThere) first = index;
        isThere = isNow;
      }
      return first;
    });
  });
}

function keyOf({ kind, name, of, property, after }: Difference): string {
  return JSON.stringify([kind, name, of, property, after]);
}
