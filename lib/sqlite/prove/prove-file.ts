import type { Migration } from '../../migrations/migration.ts';
import { locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { Reversible } from '../../plan/task.ts';
import type { CheckName, CheckResult, ProvedFile } from '../../reports/prove.ts';
import { describeIdle } from '../../reports/prove-notes.ts';
import { fileOf, notShown } from './assemble.ts';
import { finding } from './findings.ts';
import { proveStops } from './prove-stops.ts';
import { NOTHING_SHOWN, reachesOut, runScripts, type State } from './state.ts';
import { comesTo, createTold, isPlain, type Told, type Trial } from './trial.ts';

/** What is shown of a file, and the state that it leaves. */
export interface Proved {
  readonly file: ProvedFile;
  /** Absent where it could not be run. */
  readonly state?: State;
}

/** Shows of a file that is not applied what can be shown from here. */
export async function proveFile(trial: Trial, state: State, migration: Migration): Promise<Proved> {
  const { up, down } = migration;
  if (reachesOut(up) || (down && reachesOut(down))) return { file: notShown(migration, NOTHING_SHOWN) };
  const told = createTold();
  const { findings, notes } = told;
  trial.onProgress(up.file, 'once');
  trial.count();
  const once = await runScripts(state, [up]);
  if (once.failed) {
    findings.push(finding('once-fails', 'It does not run.', up, { failed: once.failed }));
    return { file: fileOf(migration, { once: 'failed' }, findings) };
  }
  notes.push(...idleStatements(up, once.idle));
  const checks: Partial<Record<CheckName, CheckResult>> = { once: 'ok' };
  if (isPlain(migration) && trial.checks.has('twice'))
    checks.twice = await proveAgain(trial, once.state, migration, told);
  const stopped =
    isPlain(migration) && trial.checks.has('stopped')
      ? await proveStops(trial, state, once.state, migration)
      : undefined;
  if (stopped) {
    checks.stopped = stopped.result;
    findings.push(...stopped.findings);
    notes.push(...stopped.notes.filter(({ of }) => of === undefined || notes.every((one) => one.of !== of)));
  }
  if (down && trial.checks.has('down'))
    Object.assign(checks, await provePair(trial, state, once.state, migration, told));
  const file = fileOf(migration, checks, findings, notes);
  return { file: stopped ? { ...file, stops: stopped.stops } : file, state: once.state };
}

async function proveAgain(
  trial: Trial,
  state: State,
  { up }: Migration,
  { findings, notes }: Told,
): Promise<CheckResult> {
  trial.onProgress(up.file, 'twice');
  trial.count();
  await trial.breathe();
  const again = await runScripts(state, [up]);
  if (again.failed) {
    findings.push(finding('rerun-fails', 'Run twice, it fails.', up, { failed: again.failed }));
    return 'failed';
  }
  const { result, compared } = await comesTo(trial, up, [state, again.state], notes);
  if (result === 'failed')
    findings.push(finding('rerun-damages', 'Run twice, it leaves something else.', up, { compared }));
  return result;
}

/** Up, down, and up again, from before the file. */
async function provePair(
  trial: Trial,
  before: State,
  after: State,
  migration: Migration,
  told: Told,
): Promise<Partial<Record<CheckName, CheckResult>>> {
  const { down } = migration;
  if (!down) return {};
  const { findings, notes } = told;
  trial.onProgress(down.file, 'down');
  trial.count();
  await trial.breathe();
  const back = await runScripts(after, [down]);
  if (back.failed) {
    findings.push(finding('down-fails', 'The way back fails here.', down, { failed: back.failed }));
    return { down: 'failed', 'up-again': 'not-shown' };
  }
  const { result, compared } = await comesTo(trial, down, [before, back.state], notes);
  const isBack = result !== 'failed';
  if (!isBack)
    findings.push(
      finding('down-differs', 'Up and down again, it does not come back to where it was.', down, {
        compared,
      }),
    );
  const again = await upAgain(trial, after, back.state, { ...migration, down }, told, isBack);
  return { down: result, 'up-again': again };
}

/** Of what was not come back from the same is told once. */
async function upAgain(
  trial: Trial,
  once: State,
  back: State,
  { up, down }: Reversible,
  { findings, notes }: Told,
  isTold = true,
): Promise<CheckResult> {
  trial.count();
  const again = await runScripts(back, [up]);
  if (again.failed) {
    findings.push(
      finding('up-again-fails', 'After its way back it does not run again.', up, { failed: again.failed }),
    );
    return 'failed';
  }
  const { result, compared } = await comesTo(trial, up, [once, again.state], notes);
  if (result === 'failed' && isTold) {
    const message = 'After its way back, up leaves something else than was there before.';
    // What is lost was lost on the way back.
    const blamed = compared.lost.length > 0 ? down : up;
    findings.push(finding('up-again-differs', message, blamed, { compared }));
  }
  return result;
}

/** Shows of a pair that is applied whether it can be undone and done again, on what is there; the state is that without it. */
export async function proveApplied(trial: Trial, state: State, migration: Migration): Promise<Proved> {
  const { up, down } = migration;
  if (!down) return { file: fileOf(migration, {}, []) };
  if (reachesOut(down) || reachesOut(up)) return { file: notShown(migration, NOTHING_SHOWN) };
  const told = createTold();
  const { findings, notes } = told;
  trial.onProgress(down.file, 'down');
  trial.count();
  await trial.breathe();
  const back = await runScripts(state, [down]);
  if (back.failed) {
    findings.push(finding('down-fails', 'The way back fails here.', down, { failed: back.failed }));
    return { file: fileOf(migration, { down: 'failed', 'up-again': 'not-shown' }, findings) };
  }
  const again = await upAgain(trial, state, back.state, { ...migration, down }, told);
  return { file: fileOf(migration, { down: 'ok', 'up-again': again }, findings, notes), state: back.state };
}

/** Statements that had nothing to do, where rows are brought along or there: of what they do to one nothing is shown. */
function idleStatements(script: Script, idle: readonly number[]) {
  return idle.map((index) => {
    const statement = script.statements[index];
    const location = locate(script.file, script.text, statement?.start ?? 0);
    return { code: 'no-rows', message: describeIdle(statement?.line), location } as const;
  });
}
