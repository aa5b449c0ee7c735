import type { Migration } from '../../migrations/migration.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { compareSnapshots, type Difference } from '../../plan/differences.ts';
import type { CheckResult, ProvedFile, ProveFinding, ProveNote } from '../../reports/prove.ts';
import { blame } from './blame.ts';
import { type Capture, capture, differencesOf } from './capture.ts';
import type { ProveContext } from './context.ts';
import { finding, isKnown, placeOf } from './findings.ts';
import { changesNothing } from './look.ts';
import { noteNatural } from './notes.ts';
import { beginOf, runWithin } from './run-script.ts';
import { judge, type Step, type Tried, trySteps } from './trials.ts';

/** The state after all files, looked at when it is first asked for. */
export type Final = () => Promise<Capture>;

/** What was shown of a file on the final state. */
export interface Late {
  readonly late: CheckResult;
  readonly findings: readonly ProveFinding[];
  readonly notes: readonly ProveNote[];
}

/** Runs each plain or repeatable file once more after all of them: nothing may change. Leaves the database as it was. */
export async function proveLate(
  context: ProveContext,
  proved: readonly ProvedFile[],
  final: Final,
): Promise<ReadonlyMap<string, Late>> {
  const known = new Map(proved.map(({ version, findings }) => [version, findings]));
  const files = rerunnable(context.migrations);
  const found = new Map<string, Late>();
  for (const { version, up } of files) {
    context.onProgress({ file: up.file, check: 'late' });
    context.count(1);
    const clean = up.directives.transaction && (await isClean(context, up, final));
    found.set(
      version,
      clean
        ? { late: 'ok', findings: [], notes: [] }
        : await lookAgain(context, up, known.get(version) ?? [], final),
    );
  }
  return found;
}

/** The files that may be run again on their own. */
export function rerunnable(migrations: readonly Migration[]): Migration[] {
  return migrations.filter(isRerunnable);
}

/** A pair is undone instead, and an initial schema is loaded once. */
export function isRerunnable({ style }: Migration): boolean {
  return style === 'plain' || style === 'repeatable';
}

async function isClean({ stage, leaveOut }: ProveContext, script: Script, final: Final): Promise<boolean> {
  const quick = await stage.session((connection) =>
    changesNothing(connection, beginOf(script), () => runWithin(connection, script), leaveOut),
  );
  if (quick !== 'unsure') return quick === 'same';
  const wanted = await final();
  const left = await stage.session(async (connection) => {
    await connection.send(beginOf(script));
    const failed = await runWithin(connection, script);
    const seen = failed ? undefined : await capture(connection, leaveOut);
    await connection.send('ROLLBACK');
    return seen;
  });
  return left !== undefined && differencesOf(wanted, left).length === 0;
}

async function lookAgain(
  context: ProveContext,
  up: Script,
  known: readonly ProveFinding[],
  final: Final,
): Promise<Late> {
  const { stage, leaveOut } = context;
  const { failed, differences, natural } = await judge(stage, [{ script: up }], final, leaveOut);
  const notes = noteNatural(natural, up, 'writes-the-time');
  if (failed) {
    const found = finding('late-fails', 'Run after all the others, it fails here.', {
      ...{ script: up, index: failed.index, failed },
    });
    return { late: 'failed', findings: [found], notes };
  }
  if (differences.length === 0) return { late: 'ok', findings: [], notes };
  const message = 'Run after all the others, it changes what newer files have made, without an error.';
  // What is known of a second run needs no closer look.
  const found = finding('overwrites-successor', message, { script: up, index: 0, differences });
  if (isKnown(found, known)) return { late: 'failed', findings: [found], notes };
  const index = await blame(context, [], up, differences);
  const heals = await isHealed(context, up, final);
  if (heals) {
    const healed = 'Running all files after it once more puts that right.';
    notes.push({ code: 'heals-with-successors', message: healed, location: placeOf(up, index).location });
  }
  return {
    late: 'failed',
    findings: [finding('overwrites-successor', message, { script: up, index, differences })],
    notes,
  };
}

/** Whether it and all files after it, once more, come to the same. */
async function isHealed(context: ProveContext, up: Script, final: Final): Promise<boolean> {
  const { stage, leaveOut, migrations } = context;
  const all = rerunnable(migrations);
  const steps = all.slice(all.findIndex((one) => one.up === up)).map((one) => ({ script: one.up }));
  const { failed, differences } = await judge(stage, steps, final, leaveOut);
  return !failed && differences.length === 0;
}

/** Runs the whole set once more, in order. */
export async function proveSetAgain(
  context: ProveContext,
  final: Final,
): Promise<{ again: CheckResult; findings: ProveFinding[] }> {
  const { stage, leaveOut } = context;
  const files = rerunnable(context.migrations);
  const [first] = files;
  if (!first) return { again: 'not-asked', findings: [] };
  context.onProgress({ file: first.up.file, check: 'set' });
  context.count(1);
  const steps = files.map(({ up }) => ({ script: up }));
  const { failed, differences } = await judge(stage, steps, final, leaveOut);
  if (failed) {
    const script = files[failed.step]?.up ?? first.up;
    const message = 'Run again as a whole, the set fails here.';
    return {
      again: 'failed',
      findings: [finding('set-again-fails', message, { script, index: failed.index, failed })],
    };
  }
  if (differences.length === 0) return { again: 'ok', findings: [] };
  const message = 'Run again as a whole, the set leaves something else.';
  return { again: 'failed', findings: [{ code: 'set-again-differs', message, differences }] };
}

/** The newest files that can all be undone, in order. */
export function chainOf(migrations: readonly Migration[]): Migration[] {
  const numbered = migrations.filter(({ number }) => number !== undefined);
  return numbered.slice(numbered.findLastIndex(({ down }) => down === undefined) + 1);
}

/** Undoes whatever can be undone, newest first, and does it again. */
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
  const downs = pairs.toReversed().flatMap(({ down }) => (down ? [{ script: down }] : []));
  const ups = pairs.map(({ up }) => ({ script: up }));
  const isAlone = migrations.every(({ style }) => style !== 'repeatable');
  return stage.copy(async (session) => {
    const undone = await trySteps(session, downs, leaveOut);
    if (undone.failed) return chainFails(downs, undone.failed, 'Undone after all the others above it');
    const back = start && isAlone ? catalogDifferences(start, undone.capture) : [];
    if (back.length > 0) {
      const message = `Undone down to ${oldest.up.file}, the whole chain does not come back to where it began.`;
      return chainDiffers(message, back);
    }
    const again = await trySteps(session, ups, leaveOut);
    if (again.failed) return chainFails(ups, again.failed, 'Undone with all the others and done again');
    const differences = catalogDifferences(await final(), again.capture);
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
