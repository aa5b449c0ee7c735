import { isNumbered, type Migration } from '../../migrations/migration.ts';
import type { ProvedFile } from '../../reports/prove.ts';
import { fileOf, NOTHING, notShown } from './assemble.ts';
import { finding } from './findings.ts';
import { proveApplied, proveFile } from './prove-file.ts';
import { loadRows, type Rows } from './rows.ts';
import { REACHES_OUT, reachesOut, runScripts, type State } from './state.ts';
import type { Trial } from './trial.ts';

/** What is to be told of a file that was run, or undone, and the state that it leaves; nothing where it could not be. */
interface Ran {
  readonly file?: ProvedFile;
  readonly state?: State | undefined;
}

/**
 * What can be shown of files that are applied: newest first, as far as each can be undone, down to the oldest one that is judged. Those
 * between that are not judged are undone without a trial.
 *
 * @param applied in their order
 */
export async function proveBack(
  trial: Trial,
  start: State,
  applied: readonly Migration[],
): Promise<Map<string, ProvedFile>> {
  const files = new Map<string, ProvedFile>();
  if (!trial.checks.has('down')) return files;
  const numbered = applied.filter(isNumbered);
  const oldest = numbered.findIndex(({ version }) => trial.judged.has(version));
  let state: State | undefined = start;
  let inTheWay = '';
  for (const migration of oldest < 0 ? [] : numbered.slice(oldest).toReversed()) {
    const isJudged = trial.judged.has(migration.version);
    if (!state || !migration.down) {
      inTheWay ||= migration.up.file;
      if (isJudged) files.set(migration.version, notUndone(trial, migration, inTheWay));
      state = undefined;
      continue;
    }
    const proved: Ran = isJudged
      ? await proveApplied(trial, state, migration)
      : { state: await undo(trial, state, migration) };
    if (proved.file) files.set(migration.version, proved.file);
    state = proved.state;
    if (!state) inTheWay = migration.up.file;
  }
  return files;
}

/** One that is applied and cannot be undone, or is behind such a one. Who has asked for just this one is told that it was not tried. */
function notUndone({ isPart }: Trial, migration: Migration, inTheWay: string): ProvedFile {
  const isIt = inTheWay === migration.up.file;
  if (isIt && !isPart) return fileOf(migration, NOTHING, []);
  const message = isIt
    ? 'It is applied and has no way back: it is not undone here.'
    : `It is not undone here: ${inTheWay} is applied and cannot be undone before it.`;
  const missed = isPart && !isIt ? ({ down: 'not-shown', 'up-again': 'not-shown' } as const) : {};
  return fileOf(migration, { ...NOTHING, ...missed }, [], [{ code: 'not-shown', message }]);
}

/** Without a trial; nothing where it cannot be. */
async function undo(trial: Trial, state: State, { down, up }: Migration): Promise<State | undefined> {
  if (!down || reachesOut(down)) return undefined;
  trial.onProgress(up.file, 'applied');
  await trial.breathe();
  const back = await runScripts(state, [down]);
  return back.failed ? undefined : back.state;
}

/** What was shown of files that are not applied, and the state that all of them leave, where all could be run. */
export interface Forward {
  readonly files: ReadonlyMap<string, ProvedFile>;
  readonly state: State | undefined;
  /** How many were only run. */
  readonly onlyApplied: number;
}

/**
 * Each from the state that those before it leave, with the rows that are brought along, up to the first that cannot be run.
 *
 * @throws RegistryJobsError `rows-failed`
 */
export async function proveForward(
  trial: Trial,
  start: State,
  pending: readonly Migration[],
  { data, fixtures }: Rows,
): Promise<Forward> {
  const first = pending.find(({ version }) => trial.judged.has(version));
  const files = new Map<string, ProvedFile>();
  let state: State | undefined = start;
  let stopper = '';
  let onlyApplied = 0;
  for (const migration of pending) {
    const isJudged = trial.judged.has(migration.version);
    if (!state) {
      const message = `Nothing is shown of it: ${stopper}, before it, could not be run.`;
      if (isJudged) files.set(migration.version, notShown(migration, message));
      continue;
    }
    await trial.breathe();
    const { up } = migration;
    const isLate = migration.style === 'initial';
    const ofData = data && migration === first ? [data] : [];
    if (!isLate) state = await loadRows(trial, state, ofData, `before ${up.file}`);
    const proved: Ran = isJudged
      ? await proveFile(trial, state, migration)
      : await onlyApply(trial, state, migration);
    if (proved.file) files.set(migration.version, proved.file);
    else onlyApplied++;
    const rows = [...(isLate ? ofData : []), ...(fixtures?.get(migration.version) ?? [])];
    state = proved.state && (await loadRows(trial, proved.state, rows, `after ${up.file}`));
    stopper = up.file;
  }
  return { files, state, onlyApplied };
}

/** @returns what is to be told, where it could not be */
async function onlyApply(trial: Trial, state: State, migration: Migration): Promise<Ran> {
  const { up } = migration;
  trial.onProgress(up.file, 'applied');
  if (reachesOut(up)) return { file: notShown(migration, `It is not run: ${REACHES_OUT}.`) };
  const { state: after, failed } = await runScripts(state, [up]);
  if (!failed) return { state: after };
  const found = finding('once-fails', 'It does not run.', up, { failed });
  return { file: fileOf(migration, { once: 'failed' }, [found]) };
}
