import type { Migration } from '../../migrations/migration.ts';
import { locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { chooseStops, describeSample } from '../../plan/stops.ts';
import type { CheckResult, ProveFinding, ProveNote } from '../../reports/prove.ts';
import { finding } from './findings.ts';
import { runBeginning, runScripts, type State } from './state.ts';
import { comesTo, type Trial } from './trial.ts';

/** What came of stopping a file. */
export interface Stops {
  readonly result: CheckResult;
  readonly stops: { readonly tried: number; readonly failed: number };
  readonly findings: readonly ProveFinding[];
  readonly notes: readonly ProveNote[];
}

/** What begins with one of these words takes something away, or changes it. */
const HARSH = /^(?:drop|alter|update|delete|insert|replace|with)\b/;

/** As a shell leaves it that is stopped: the statements before the stop are kept. Then it is run as a whole. */
export async function proveStops(
  trial: Trial,
  before: State,
  after: State,
  { up }: Migration,
): Promise<Stops> {
  trial.onProgress(up.file, 'stopped');
  const all = up.statements.length;
  const stops = chooseStops(all, trial.mostStops, (index) => HARSH.test(up.statements[index]?.kind ?? ''));
  const failed: number[] = [];
  const notes: ProveNote[] = [];
  let isOpen = false;
  let first: ProveFinding | undefined;
  for (const stop of stops) {
    trial.count();
    await trial.breathe();
    const half = await runBeginning(before, up, stop);
    const rest = await runScripts(half, [up]);
    const came = rest.failed ? undefined : await comesTo(trial, up, [after, rest.state], notes);
    if (came?.result === 'not-shown') isOpen = true;
    if (rest.failed) {
      const message = `Stopped after statement ${stop} and run again, it fails.`;
      first ??= finding('stuck-half-way', message, up, { failed: rest.failed });
    } else if (came?.result === 'failed') {
      const { compared } = came;
      const message = `Stopped after statement ${stop} and run again, it leaves something else.`;
      first ??= finding('stop-damages', message, up, { compared });
    } else continue;
    failed.push(stop);
  }
  return {
    result: stops.length === 0 ? 'not-asked' : failed.length > 0 ? 'failed' : isOpen ? 'not-shown' : 'ok',
    stops: { tried: stops.length, failed: failed.length },
    findings: first ? [{ ...first, after: failed }] : [],
    notes: [...notes, ...(stops.length < all - 1 ? [sampled(up, stops.length)] : [])],
  };
}

function sampled(script: Script, tried: number): ProveNote {
  const location = locate(script.file, script.text, script.statements[0]?.start ?? 0);
  return { code: 'sampled', message: describeSample(tried, script.statements.length), location };
}
