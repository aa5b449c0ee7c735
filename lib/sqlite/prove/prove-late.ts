import { isNumbered, type Migration } from '../../migrations/migration.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { CheckResult, ProveFinding, ProveNote } from '../../reports/prove.ts';
import { finding } from './findings.ts';
import { NOTHING_SHOWN, reachesOut, runScripts, type State } from './state.ts';
import { comesTo, isPlain, type Trial } from './trial.ts';

/** What was shown of more than one file. */
export interface Set {
  readonly result: CheckResult;
  readonly findings: readonly ProveFinding[];
}

const NOT_SHOWN: Set = { result: 'not-shown', findings: [] };
const NOT_ASKED: Set = { result: 'not-asked', findings: [] };

/** All that can be undone from the end, undone and done again. */
export async function proveChain(
  trial: Trial,
  state: State | undefined,
  migrations: readonly Migration[],
): Promise<Set> {
  if (!trial.checks.has('set')) return NOT_ASKED;
  if (!state) return NOT_SHOWN;
  const numbered = migrations.filter(isNumbered);
  const last = numbered.findLastIndex(({ down, up }) => !down || up.directives.irreversible);
  const chain = numbered.slice(last + 1);
  const [first] = chain;
  if (!first || chain.length < 2) return NOT_ASKED;
  const downs = chain.toReversed().flatMap(({ down }) => down ?? []);
  const scripts = [...downs, ...chain.map(({ up }) => up)];
  return comesToTheSame(trial, state, scripts, {
    fails: ['chain-fails', 'All undone and done again, it fails here.'],
    differs: [
      'chain-differs',
      `Undone down to ${first.version} and done again, the set leaves something else than was there before.`,
    ],
    first: first.up,
  });
}

/** The plain files once more, in their order, after all others. */
export async function proveSet(
  trial: Trial,
  state: State | undefined,
  migrations: readonly Migration[],
): Promise<Set> {
  if (!trial.checks.has('set')) return NOT_ASKED;
  if (!state) return NOT_SHOWN;
  const plain = migrations.filter(isPlain).map(({ up }) => up);
  const [first] = plain;
  if (!first) return NOT_ASKED;
  return comesToTheSame(trial, state, plain, {
    fails: ['set-again-fails', 'Run again as a whole, the set fails here.'],
    differs: ['set-again-differs', 'Run again as a whole, the set leaves something else.'],
    first,
  });
}

/** What is found, as its code and a sentence. */
type Told = readonly [code: ProveFinding['code'], message: string];

/** Runs files, and compares what they come to with what was there. */
async function comesToTheSame(
  trial: Trial,
  state: State,
  scripts: readonly Script[],
  told: { readonly fails: Told; readonly differs: Told; readonly first: Script },
): Promise<Set> {
  if (scripts.some(reachesOut)) return NOT_SHOWN;
  trial.count();
  const { state: end, failed } = await runScripts(state, scripts);
  if (failed) return { result: 'failed', findings: [finding(...told.fails, failed.script, { failed })] };
  const { result, compared } = await comesTo(trial, told.first, [state, end], []);
  if (result !== 'failed') return { result, findings: [] };
  return { result, findings: [finding(...told.differs, told.first, { compared })] };
}

/** What was shown of a file on the final state. */
export interface Late {
  readonly late: CheckResult;
  readonly findings: readonly ProveFinding[];
  readonly notes?: readonly ProveNote[];
}

/** Each plain file that is judged once more by itself, after all others. */
export async function proveLate(
  trial: Trial,
  state: State | undefined,
  migrations: readonly Migration[],
): Promise<Map<string, Late>> {
  const late = new Map<string, Late>();
  if (!trial.checks.has('late')) return late;
  for (const { version, up } of migrations.filter((one) => isPlain(one) && trial.judged.has(one.version))) {
    if (!state) {
      late.set(version, { late: 'not-shown', findings: [] });
      continue;
    }
    if (reachesOut(up)) {
      late.set(version, {
        late: 'not-shown',
        findings: [],
        notes: [{ code: 'not-shown', message: NOTHING_SHOWN }],
      });
      continue;
    }
    trial.onProgress(up.file, 'late');
    trial.count();
    await trial.breathe();
    const { state: end, failed } = await runScripts(state, [up]);
    if (failed) {
      late.set(version, {
        late: 'failed',
        findings: [finding('late-fails', 'Run after all the others, it fails.', up, { failed })],
      });
      continue;
    }
    const notes: ProveNote[] = [];
    const { result, compared } = await comesTo(trial, up, [state, end], notes);
    const message = 'Run after all the others, it changes what is there.';
    const findings = result === 'failed' ? [finding('overwrites-successor', message, up, { compared })] : [];
    late.set(version, { late: result, findings, notes });
  }
  return late;
}
