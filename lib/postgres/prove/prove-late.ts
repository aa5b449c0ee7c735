import type { Migration } from '../../migrations/migration.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { CheckResult, ProvedFile, ProveFinding, ProveNote } from '../../reports/prove.ts';
import type { Connection } from '../session/connection.ts';
import { blame } from './blame.ts';
import { type Capture, capture } from './capture.ts';
import { differencesOf } from './compare-captures.ts';
import type { ProveContext } from './context.ts';
import { finding, isKnown, placeOf } from './findings.ts';
import { sequencesSetBack, setsSequence } from './late-sequences.ts';
import { changesNothing } from './look.ts';
import { noteNatural, noteRoles } from './notes.ts';
import { beginOf, RESET_WITHIN, runWithin } from './run-script.ts';
import { sequencesBehind } from './sequences.ts';
import { asOneRun, judge } from './trials.ts';

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
  const files = rerunnable(context.migrations).filter(({ version }) => context.judged.has(version));
  const found = new Map<string, Late>();
  const before = files.some(({ up }) => setsSequence(up)) ? await context.stage.session(sequencesBehind) : [];
  for (const { version, up } of files) {
    context.onProgress({ file: up.file, check: 'late' });
    context.count(1);
    const clean = up.directives.transaction && (await isClean(context, up, final));
    const shown: Late = clean
      ? { late: 'ok', findings: [], notes: [] }
      : await lookAgain(context, up, known.get(version) ?? [], final);
    const { notes, isWritten } = context.large.take(up);
    const setBack = shown.late === 'ok' ? await sequencesSetBack(context, up, before) : [];
    const ofRoles = noteRoles(up);
    const open = isWritten || ofRoles.length > 0 ? unlessFailed(shown.late) : shown.late;
    const late = setBack.length > 0 ? 'failed' : open;
    const findings = [...shown.findings, ...setBack];
    found.set(version, { late, findings, notes: [...shown.notes, ...notes, ...ofRoles] });
  }
  return found;
}

/** What was not looked at is not shown; what was found was. */
export function unlessFailed(result: CheckResult): CheckResult {
  return result === 'ok' ? 'not-shown' : result;
}

/** The files that may be run again on their own. */
export function rerunnable(migrations: readonly Migration[]): Migration[] {
  return migrations.filter(isRerunnable);
}

/** A pair is undone instead, and an initial schema is loaded once. */
export function isRerunnable({ style }: Migration): boolean {
  return style === 'plain' || style === 'repeatable';
}

async function isClean(
  { stage, leaveOut, large }: ProveContext,
  script: Script,
  final: Final,
): Promise<boolean> {
  const runWatched = async (connection: Connection) => {
    await large.watch?.begin(connection);
    const failed = await runWithin(connection, script);
    if (!failed) await large.watch?.peek(connection);
    return failed;
  };
  const quick = await stage.session((connection) =>
    changesNothing(connection, beginOf(script), () => runWatched(connection), leaveOut),
  );
  if (quick !== 'unsure') return quick === 'same';
  const wanted = await final();
  const left = await stage.session(async (connection) => {
    await connection.send(beginOf(script));
    const failed = await runWatched(connection);
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
  const { failed, differences, natural } = await judge(stage, [{ script: up }], final, leaveOut, 'before');
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
  const index = await blame(context, [], up, differences, natural);
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
  const steps = asOneRun(all.slice(all.findIndex((one) => one.up === up)).map((one) => one.up));
  const { failed, differences } = await judge(stage, steps, final, leaveOut, 'before');
  return !failed && differences.length === 0;
}

/** Whether the set changes nothing in one transaction that is undone: then it changes nothing either in those that its files want. */
async function isSetClean({ stage, leaveOut }: ProveContext, scripts: readonly Script[]): Promise<boolean> {
  const begins = new Set(scripts.map((script) => (script.directives.transaction ? beginOf(script) : '')));
  const [begin = ''] = begins;
  if (begins.size > 1 || begin === '') return false;
  const seen = await stage.session((connection) => {
    const run = async () => {
      for (const script of scripts) {
        const failed = await runWithin(connection, script);
        if (failed) return failed;
        await connection.send(RESET_WITHIN);
      }
      return undefined;
    };
    return changesNothing(connection, begin, run, leaveOut);
  });
  return seen === 'same';
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
  const scripts = files.map(({ up }) => up);
  if (await isSetClean(context, scripts)) return { again: 'ok', findings: [] };
  const steps = asOneRun(scripts);
  const { failed, differences } = await judge(stage, steps, final, leaveOut, 'before');
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
