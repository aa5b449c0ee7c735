import type { Migration } from '../../migrations/migration.ts';
import type { Reversible } from '../../plan/task.ts';
import type { CheckName, CheckResult, ProvedFile, ProveFinding } from '../../reports/prove.ts';
import { fileOf, notShown } from './assemble.ts';
import { compareStates } from './compare.ts';
import { finding } from './findings.ts';
import { proveStops } from './prove-stops.ts';
import { reachesOut, runScripts, type State } from './state.ts';
import { isPlain, type Trial } from './trial.ts';

/** What is shown of a file, and the state that it leaves. */
export interface Proved {
  readonly file: ProvedFile;
  /** Absent where it could not be run. */
  readonly state?: State;
}

/** Shows of a file that is not applied what can be shown from here. */
export async function proveFile(trial: Trial, state: State, migration: Migration): Promise<Proved> {
  const { up, down } = migration;
  if (reachesOut(up) || (down && reachesOut(down)))
    return {
      file: notShown(migration, 'Nothing is shown of it: it reaches other files, by ATTACH or VACUUM INTO.'),
    };
  const findings: ProveFinding[] = [];
  trial.onProgress(up.file, 'once');
  trial.count();
  const once = await runScripts(state, [up]);
  if (once.failed) {
    findings.push(finding('once-fails', 'It does not run.', up, { failed: once.failed }));
    return { file: fileOf(migration, { once: 'failed' }, findings) };
  }
  const checks: Partial<Record<CheckName, CheckResult>> = { once: 'ok' };
  if (isPlain(migration) && trial.checks.has('twice'))
    checks.twice = await proveAgain(trial, once.state, migration, findings);
  const stopped =
    isPlain(migration) && trial.checks.has('stopped')
      ? await proveStops(trial, state, once.state, migration)
      : undefined;
  if (stopped) {
    checks.stopped = stopped.result;
    findings.push(...stopped.findings);
  }
  if (down && trial.checks.has('down'))
    Object.assign(checks, await provePair(trial, state, once.state, migration, findings));
  const file = fileOf(migration, checks, findings, stopped?.notes);
  return { file: stopped ? { ...file, stops: stopped.stops } : file, state: once.state };
}

async function proveAgain(
  trial: Trial,
  state: State,
  { up }: Migration,
  findings: ProveFinding[],
): Promise<CheckResult> {
  trial.onProgress(up.file, 'twice');
  trial.count();
  await trial.breathe();
  const again = await runScripts(state, [up]);
  if (again.failed) {
    findings.push(finding('rerun-fails', 'Run twice, it fails.', up, { failed: again.failed }));
    return 'failed';
  }
  const compared = await compareStates(state, again.state, trial.leaveOut);
  if (compared.differences.length === 0) return 'ok';
  findings.push(finding('rerun-damages', 'Run twice, it leaves something else.', up, { compared }));
  return 'failed';
}

/** Up, down, and up again, from before the file. */
async function provePair(
  trial: Trial,
  before: State,
  after: State,
  migration: Migration,
  findings: ProveFinding[],
): Promise<Partial<Record<CheckName, CheckResult>>> {
  const { down } = migration;
  if (!down) return {};
  trial.onProgress(down.file, 'down');
  trial.count();
  await trial.breathe();
  const back = await runScripts(after, [down]);
  if (back.failed) {
    findings.push(finding('down-fails', 'The way back fails here.', down, { failed: back.failed }));
    return { down: 'failed', 'up-again': 'not-shown' };
  }
  const compared = await compareStates(before, back.state, trial.leaveOut);
  const isBack = compared.differences.length === 0;
  if (!isBack)
    findings.push(
      finding('down-differs', 'Up and down again, it does not come back to where it was.', down, {
        compared,
      }),
    );
  const again = await upAgain(trial, after, back.state, { ...migration, down }, findings, isBack);
  return { down: isBack ? 'ok' : 'failed', 'up-again': again };
}

/** Of what was not come back from the same is told once. */
async function upAgain(
  trial: Trial,
  once: State,
  back: State,
  { up, down }: Reversible,
  findings: ProveFinding[],
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
  const compared = await compareStates(once, again.state, trial.leaveOut);
  if (compared.differences.length === 0) return 'ok';
  if (isTold) {
    const message = 'After its way back, up leaves something else than was there before.';
    // What is lost was lost on the way back.
    const blamed = compared.lost.length > 0 ? down : up;
    findings.push(finding('up-again-differs', message, blamed, { compared }));
  }
  return 'failed';
}

/** Shows of a pair that is applied whether it can be undone and done again, on what is there; the state is that without it. */
export async function proveApplied(trial: Trial, state: State, migration: Migration): Promise<Proved> {
  const { up, down } = migration;
  if (!down || reachesOut(down) || reachesOut(up)) return { file: fileOf(migration, {}, []) };
  const findings: ProveFinding[] = [];
  trial.onProgress(down.file, 'down');
  trial.count();
  await trial.breathe();
  const back = await runScripts(state, [down]);
  if (back.failed) {
    findings.push(finding('down-fails', 'The way back fails here.', down, { failed: back.failed }));
    return { file: fileOf(migration, { down: 'failed', 'up-again': 'not-shown' }, findings) };
  }
  const again = await upAgain(trial, state, back.state, { ...migration, down }, findings);
  return { file: fileOf(migration, { down: 'ok', 'up-again': again }, findings), state: back.state };
}
