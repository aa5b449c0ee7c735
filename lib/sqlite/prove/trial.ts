import type { Migration } from '../../migrations/migration.ts';
import { locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { CheckName, CheckResult, ProveCheck, ProveFinding, ProveNote } from '../../reports/prove.ts';
import { describeUncompared } from '../../reports/prove-notes.ts';
import { type Compared, compareStates } from './compare.ts';
import type { State } from './state.ts';

/** What every trial is given. */
export interface Trial {
  /** Versions of the files that are judged; the others are only run, for those. */
  readonly judged: ReadonlySet<string>;
  /** Whether that is less than all files. */
  readonly isPart: boolean;
  /** What is done beside running each file once. */
  readonly checks: ReadonlySet<ProveCheck>;
  /** Tables that are not looked at. */
  readonly leaveOut: readonly string[];
  /** After how many statements at the most a file is stopped. */
  readonly mostStops: number;
  /** The largest table whose rows are compared, in bytes. */
  readonly rowsUpTo: number;
  readonly onProgress: (file: string, check: CheckName | 'applied' | 'rows') => void;
  /** Counts trials. */
  readonly count: () => void;
  /** @throws RegistryJobsError `stopped` */
  readonly breathe: () => Promise<void>;
}

/** What is told of a file: it grows while that is tried. */
export interface Told {
  readonly findings: ProveFinding[];
  readonly notes: ProveNote[];
}

export function createTold(): Told {
  return { findings: [], notes: [] };
}

/**
 * Whether a trial has come to where it should: not shown where all that was compared is the same, and rows of a large table were not.
 *
 * @param script the file that was tried, of which it is noted
 */
export async function comesTo(
  { leaveOut, rowsUpTo }: Trial,
  script: Script,
  [wanted, found]: readonly [State, State],
  notes: ProveNote[],
): Promise<{ readonly result: CheckResult; readonly compared: Compared }> {
  const compared = await compareStates(wanted, found, leaveOut, rowsUpTo);
  const location = locate(script.file, script.text, script.statements[0]?.start ?? 0);
  for (const { name, bytes } of compared.uncompared) {
    if (notes.some(({ code, of }) => code === 'rows-not-compared' && of === name)) continue;
    const message = describeUncompared(name, bytes, true);
    notes.push({ code: 'rows-not-compared', message, of: name, location });
  }
  const isSame = compared.differences.length === 0;
  return { result: !isSame ? 'failed' : compared.uncompared.length > 0 ? 'not-shown' : 'ok', compared };
}

/** Those that are written to be run again. */
export function isPlain({ style }: Migration): boolean {
  return style === 'plain' || style === 'repeatable';
}
