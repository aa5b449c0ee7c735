import type { Migration } from '../../migrations/migration.ts';
import { compareSnapshots, type Difference } from '../../plan/differences.ts';
import type { CheckResult, ProveFinding } from '../../reports/prove.ts';
import type { Capture } from './capture.ts';
import type { ProveContext } from './context.ts';
import { finding } from './findings.ts';
import type { Final } from './prove-late.ts';
import { asOneRun, type Step, type Tried, trySteps } from './trials.ts';

/** The newest files that can all be undone, in order. */
export function chainOf(migrations: readonly Migration[]): Migration[] {
  const numbered = migrations.filter(({ number }) => number !== undefined);
  return numbered.slice(numbered.findLastIndex(({ down }) => down === undefined) + 1);
}

/** Undoes whatever can be undone, newest first, and does it again: in the database itself, so nothing may come after it. */
export async function proveChain(
  context: ProveContext,
  /** The state before the first of {@link chainOf}. */
  start: Capture | undefined,
  final: Final,
): Promise<Chain> {
  const { stage, leaveOut, migrations } = context;
  const pairs = chainOf(migrations);
  const [oldest] = pairs;
  if (!oldest || pairs.length < 2) return { chain: 'not-asked', findings: [] };
  context.onProgress({ file: oldest.up.file, check: 'set' });
  context.count(1);
  const downs = asOneRun(pairs.toReversed().flatMap(({ down }) => (down ? [down] : [])));
  const ups = asOneRun(pairs.map(({ up }) => up));
  const isAlone = migrations.every(({ style }) => style !== 'repeatable');
  const whole = await final();
  // On a copy a way back could not drop a role that something in the database itself depends on.
  return stage.itself(async (session) => {
    const undone = await trySteps(session, downs, leaveOut);
    if (undone.failed) return chainFails(downs, undone.failed, 'Undone after all the others above it');
    const back = start && isAlone ? catalogDifferences(start, undone.capture) : [];
    if (back.length > 0) {
      const message = `Undone down to ${oldest.up.file}, the whole chain does not come back to where it began.`;
      return chainDiffers(message, back);
    }
    const again = await trySteps(session, ups, leaveOut);
    if (again.failed) return chainFails(ups, again.failed, 'Undone with all the others and done again');
    const differences = catalogDifferences(whole, again.capture);
    if (differences.length === 0) return { chain: 'ok', findings: [] };
    return chainDiffers('Undone and done again, the whole chain leaves something else.', differences);
  });
}

interface Chain {
  readonly chain: CheckResult;
  readonly findings: ProveFinding[];
}

function chainFails(steps: readonly Step[], failed: NonNullable<Tried['failed']>, when: string): Chain {
  const { step, index } = failed;
  const found =
    steps[step] && finding('chain-fails', `${when}, it fails here.`, { ...steps[step], index, failed });
  return { chain: 'failed', findings: found ? [found] : [] };
}

function chainDiffers(message: string, differences: readonly Difference[]): Chain {
  return { chain: 'failed', findings: [{ code: 'chain-differs', message, differences }] };
}

/** Only the catalog: what was in tables that were dropped is gone, as it is meant. */
function catalogDifferences(before: Capture, after: Capture | undefined): Difference[] {
  return after ? compareSnapshots(before.catalog, after.catalog) : [];
}
