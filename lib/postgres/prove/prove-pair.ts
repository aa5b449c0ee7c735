import type { Script } from '../../migrations/script/statement.ts';
import type { Reversible } from '../../plan/task.ts';
import type { CheckResult, ProveFinding, ProveNote } from '../../reports/prove.ts';
import type { Connection } from '../session/connection.ts';
import type { Capture } from './capture.ts';
import { dataDifferences } from './compare-captures.ts';
import type { ProveContext } from './context.ts';
import { finding, isOrderOnly, placeOf } from './findings.ts';
import { isSamePrint } from './fingerprint.ts';
import { fullLook, type Look, lookAtPair } from './look.ts';
import { noteNatural } from './notes.ts';
import { unlessFailed } from './prove-late.ts';
import { beginOf, RESET_WITHIN, runWithin } from './run-script.ts';
import { captureNow, judge, keepRuns, tryOnCopy, type Verdict } from './trials.ts';

/** What was shown of the way back of a file, before the file was applied. */
export interface WayBack {
  readonly down: CheckResult;
  readonly upAgain: CheckResult;
  readonly findings: readonly ProveFinding[];
  readonly notes: readonly ProveNote[];
}

/** Runs a pair up, down and up again; leaves the database as it was. */
export async function provePair(context: ProveContext, migration: Reversible): Promise<WayBack> {
  const { up, down } = migration;
  context.onProgress({ file: down.file, check: 'down' });
  context.count(2);
  const isWithin = up.directives.transaction && down.directives.transaction;
  const isClean =
    isWithin && (await context.stage.session((connection) => isPairClean(connection, context, up, down)));
  const way: WayBack = isClean
    ? { down: 'ok', upAgain: 'ok', findings: [], notes: [] }
    : await lookAgain(context, up, down);
  const { notes, isWritten } = context.large.take(down);
  if (!isWritten) return way;
  const [back, again] = [unlessFailed(way.down), unlessFailed(way.upAgain)];
  return { ...way, down: back, upAgain: again, notes: [...way.notes, ...notes] };
}

async function isPairClean(
  connection: Connection,
  context: ProveContext,
  up: Script,
  down: Script,
): Promise<boolean> {
  const ran = await tryPair(connection, context, up, down, lookAtPair);
  if (!ran) return false;
  const { looks, look } = ran;
  const [before, once, after, again] = looks;
  let isBack = false;
  let isAgain = false;
  if (before && once && after && again) {
    isAgain = look.compare(once, again).length === 0;
    isBack = look.compare(before, after).length === 0;
    if (!isBack && dataDifferences(before.data, after.data).length === 0) {
      // What came up to the way back may be what all of it has taken away.
      await connection.send(beginOf(up));
      const went = await look.went(after);
      await connection.send('ROLLBACK');
      isBack = went !== undefined && isSamePrint(went.print, after.print);
    }
  }
  if (isBack && isAgain) return true;
  // A column that comes again has another number than before. What is sure already is not looked at in full.
  const wanted = [!isBack, !isAgain, !isBack, !isAgain] as const;
  const full = await tryPair(connection, context, up, down, fullLook, wanted);
  if (!full) return false;
  const [was, first, is, second] = full.looks;
  const isSame = (one: Capture | undefined, other: Capture | undefined) =>
    one !== undefined && other !== undefined && full.look.compare(one, other).length === 0;
  return (isBack || isSame(was, is)) && (isAgain || isSame(first, second));
}

/**
 * Up, down and up again in one transaction that is thrown away: what is found there is only a suspicion.
 *
 * @param wanted after which of them to look, the first being the state before all
 * @returns nothing where one of them failed
 */
async function tryPair<Seen, More>(
  connection: Connection,
  { leaveOut, large }: ProveContext,
  up: Script,
  down: Script,
  makeLook: Look<Seen, More>,
  wanted: readonly boolean[] = [true, true, true, true],
) {
  await connection.send(beginOf(up));
  await large.watch?.begin(connection);
  const look = await makeLook(connection, leaveOut);
  const looks: (Seen | undefined)[] = [wanted[0] ? await look.see() : undefined];
  let hasFailed = false;
  for (const [index, script] of [up, down, up].entries()) {
    const failed = await runWithin(connection, script);
    const isReset = await connection.send(RESET_WITHIN).then(
      () => true,
      () => false,
    );
    hasFailed = failed !== undefined || !isReset;
    if (hasFailed) break;
    looks.push(wanted[index + 1] ? await look.see() : undefined);
  }
  await large.watch?.peek(connection).catch(large.watch.lost);
  await connection.send('ROLLBACK');
  return hasFailed ? undefined : { looks, look };
}

async function lookAgain(context: ProveContext, up: Script, down: Script): Promise<WayBack> {
  const { stage, leaveOut } = context;
  const findings: ProveFinding[] = [];
  const notes: ProveNote[] = [];
  const note = (verdict: Verdict) => {
    notes.push(...noteNatural(verdict.natural, up, 'masked-column'));
    if (!isOrderOnly(verdict.differences)) return verdict.differences;
    const [table] = verdict.differences;
    const message = `It leaves the columns of ${table?.name} in another order.`;
    notes.push({ code: 'column-order', message, location: placeOf(down, 0).location });
    return [];
  };
  const now = keepRuns(() => captureNow(context));
  // Nothing of it is done to the database itself.
  const before = () => now(0);
  const back = await judge(stage, [{ script: up }, { script: down }], before, leaveOut, 'before');
  const backDiffers = note(back);
  if (back.failed) {
    const { index, step } = back.failed;
    const script = step === 0 ? up : down;
    findings.push(finding('down-fails', 'The way back fails here.', { script, index, failed: back.failed }));
    return { down: 'failed', upAgain: 'not-shown', findings, notes };
  }
  if (backDiffers.length > 0) {
    const message = 'Up and down again, it does not come back to where it was.';
    findings.push(finding('down-differs', message, { script: down, index: 0, differences: backDiffers }));
  }
  const once = keepRuns(async (what) => (await tryOnCopy(stage, [{ script: up }], leaveOut, what)).capture);
  const again = await judge(stage, [{ script: up }, { script: down }, { script: up }], once, leaveOut);
  if (again.failed) {
    const { index } = again.failed;
    const message = 'After its way back it does not run again.';
    findings.push(finding('up-again-fails', message, { script: up, index, failed: again.failed }));
    return { down: backDiffers.length > 0 ? 'failed' : 'ok', upAgain: 'failed', findings, notes };
  }
  const differences = note(again);
  // What it did not come back from is told once.
  if (differences.length > 0 && backDiffers.length === 0) {
    const message = 'After its way back, up leaves something else than the first time.';
    findings.push(finding('up-again-differs', message, { script: up, index: 0, differences }));
  }
  return {
    down: backDiffers.length > 0 ? 'failed' : 'ok',
    upAgain: differences.length > 0 ? 'failed' : 'ok',
    findings,
    notes,
  };
}
