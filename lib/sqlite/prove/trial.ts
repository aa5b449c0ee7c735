import type { Migration } from '../../migrations/migration.ts';
import type { CheckName, ProveCheck } from '../../reports/prove.ts';

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
  readonly onProgress: (file: string, check: CheckName | 'applied') => void;
  /** Counts trials. */
  readonly count: () => void;
  /** @throws RegistryJobsError `stopped` */
  readonly breathe: () => Promise<void>;
}

/** Those that are written to be run again. */
export function isPlain({ style }: Migration): boolean {
  return style === 'plain' || style === 'repeatable';
}
