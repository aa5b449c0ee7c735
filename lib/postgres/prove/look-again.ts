import type { Migration } from '../../migrations/migration.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { ProveFinding, ProveNote } from '../../reports/prove.ts';
import { blame } from './blame.ts';
import type { ProveContext } from './context.ts';
import { finding, placeOf } from './findings.ts';
import { noteNatural } from './notes.ts';
import type { Suspicion } from './screen.ts';
import { type Expected, judge, keepRuns, tryOnCopy, type Verdict } from './trials.ts';

/** Equal causes are one: what fails at the same place with the same words, or leaves the same. */
function causeOf({ failed, differences }: Pick<Suspicion, 'failed' | 'differences'>): string {
  if (failed) return `${failed.index} ${failed.error.code} ${failed.error.message}`;
  return JSON.stringify(differences);
}

/** As many of a group are tried on a copy before it is taken for an effect of the savepoints. */
const MOST_LOOKS = 3;

/** Tries what looked suspicious on copies, each cause once, and says what is true. */
export async function lookAgain(
  context: ProveContext,
  migration: Migration,
  suspicious: readonly Suspicion[],
) {
  const findings: ProveFinding[] = [];
  const notes: ProveNote[] = [];
  const bad = new Set<number>();
  const { up } = migration;
  const last = up.statements.length;
  const groups = Map.groupBy(suspicious, (one) =>
    // Nothing is known of it yet: each is a group of its own.
    one.failed || one.differences.length > 0 ? causeOf(one) : `stop ${one.end}`,
  );
  const { stage, leaveOut } = context;
  const once = keepRuns(async (what) => (await tryOnCopy(stage, [{ script: up }], leaveOut, what)).capture);
  const seen = new Map<string, ProveFinding & { after: number[] }>();
  for (const group of groups.values()) {
    const candidates = [...group].sort((one, other) => Number(other.end === last) - Number(one.end === last));
    for (const { end } of candidates.slice(0, MOST_LOOKS)) {
      context.onProgress({ file: up.file, check: end === last ? 'twice' : 'stopped' });
      const verdict = await judgeStop(context, up, end, once);
      notes.push(...noteNatural(verdict.natural, up, 'masked-column'));
      if (!verdict.failed && verdict.differences.length === 0) continue;
      const ends = group.map((one) => one.end);
      for (const one of ends) bad.add(one);
      const cause = causeOf(verdict);
      const known = seen.get(cause);
      if (known) known.after.push(...ends);
      else {
        const found = await describe(context, up, end, verdict);
        const after = [...ends];
        seen.set(cause, Object.assign(found, { after }));
      }
      break;
    }
  }
  for (const found of seen.values()) {
    found.after.sort((one, other) => one - other);
    if (migration.style !== 'initial') findings.push(found);
    else {
      bad.clear();
      notes.push({
        code: 'loaded-once',
        message: 'It cannot be run over itself, and never is: it is what an empty database starts with.',
        location: placeOf(up, 0).location,
      });
      break;
    }
  }
  return { findings, notes, bad };
}

async function judgeStop(
  { stage, leaveOut, count }: ProveContext,
  script: Script,
  end: number,
  once: Expected,
): Promise<Verdict> {
  count(1);
  // After the last one nothing was stopped: the file was run as a whole, in its transaction if it has one.
  const isTwice = end === script.statements.length;
  const first = isTwice ? { script } : { script, end };
  const origin = isTwice ? 'before-last' : 'apart';
  const verdict = await judge(stage, [first, { script }], once, leaveOut, origin);
  // A statement that fails by itself outside of a transaction ends the file before it: that is an earlier stop, which has its own trial.
  return verdict.failed?.step === 0 && !isTwice ? { differences: [], natural: verdict.natural } : verdict;
}

async function describe(
  context: ProveContext,
  script: Script,
  end: number,
  { failed, differences, natural }: Verdict,
): Promise<ProveFinding> {
  const isTwice = end === script.statements.length;
  if (failed) {
    return isTwice
      ? finding('rerun-fails', 'Run again, it fails here.', { script, index: failed.index, failed })
      : finding('stuck-half-way', 'Stopped after this statement, it cannot be run again.', {
          script,
          index: end - 1,
          failed,
        });
  }
  if (!isTwice)
    return finding('stop-damages', 'Stopped after this statement and run again, it leaves something else.', {
      ...{ script, index: end - 1, differences },
    });
  const index = await blame(context, [{ script }], script, differences, natural);
  return finding('rerun-damages', 'Run again, it leaves something else, without an error.', {
    script,
    index,
    differences,
  });
}
