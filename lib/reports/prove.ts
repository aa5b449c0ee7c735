import type { SourceLocation } from '../errors/error.ts';
import type { Difference } from '../plan/differences.ts';
import type { DriftReport } from './drift.ts';

/** What is shown of a file, by doing it. */
export type CheckName = 'once' | 'twice' | 'stopped' | 'late' | 'down' | 'up-again';

/** What can be asked for beside running each file once; `down` is the way back and up again, `set` all files together. */
export type ProveCheck = 'twice' | 'stopped' | 'late' | 'down' | 'set';

export const PROVE_CHECKS: readonly ProveCheck[] = ['twice', 'stopped', 'late', 'down', 'set'];

/**
 * - `ok`: it was done, and nothing was found
 * - `failed`: it was done, and something was found
 * - `not-shown`: it could not be done; a note says why
 * - `not-asked`: it has no meaning for such a file, or was not asked for
 */
export type CheckResult = 'ok' | 'failed' | 'not-shown' | 'not-asked';

/** What keeps a set from being called proved. Silent damage is worse than a failure that is seen. */
export type FindingCode =
  | 'once-fails'
  | 'rerun-fails'
  | 'rerun-damages'
  | 'stuck-half-way'
  | 'stop-damages'
  | 'late-fails'
  | 'overwrites-successor'
  | 'down-fails'
  | 'down-differs'
  | 'up-again-fails'
  | 'up-again-differs'
  | 'set-again-fails'
  | 'set-again-differs'
  | 'chain-fails'
  | 'chain-differs'
  | 'sequence-behind'
  | 'drift'
  | 'accepts-nothing';

/** What is worth knowing, and no fault. */
export type NoteCode =
  | 'loaded-once'
  | 'writes-the-time'
  | 'masked-column'
  | 'column-order'
  | 'heals-with-successors'
  | 'made-role'
  | 'extension-missing'
  | 'role-missing'
  | 'rights-missing'
  | 'sampled'
  | 'no-rows'
  | 'rows-not-loaded'
  | 'rows-not-compared'
  | 'roles-not-compared'
  | 'not-shown';

export interface ProveFinding {
  readonly code: FindingCode;
  readonly message: string;
  /** Absent for what is about more than one file. */
  readonly location?: SourceLocation;
  /** The source line with a caret under the place. */
  readonly excerpt?: string;
  /** After how many statements the file was stopped, where that is how it was found. */
  readonly after?: readonly number[];
  /** What the server said, and where. */
  readonly error?: {
    /** Of Postgres. */
    readonly sqlstate?: string;
    readonly message: string;
    readonly location?: SourceLocation;
  };
  /** From what should be there to what is. `rows` are what a table holds. */
  readonly differences: readonly Difference[];
  /** Rows that are there no more, by table, as SQL writes their values: the first few of each. SQLite alone. */
  readonly lost?: readonly string[];
  readonly hint?: string;
  /** Why it is meant, as the file says it: it is no fault then. */
  readonly accepted?: string;
}

export interface ProveNote {
  readonly code: NoteCode;
  readonly message: string;
  /** The table that it is about. */
  readonly of?: string;
  readonly location?: SourceLocation;
}

/** The strongest lock that a file holds on a table that was there before it. */
export interface ProveLock {
  readonly table: string;
  readonly mode: string;
  /** The first statement that takes it, from 1, and its line. */
  readonly statement: number;
  readonly line: number;
  /** From the beginning of that statement to the end of the file, in milliseconds: at the size that the table has here. */
  readonly heldMs: number;
  /** Rows of the table here, as the server has counted them last; 0 where it never has. */
  readonly rows: number;
  /** What the table and its indexes take on the disk here, before the file. */
  readonly bytes: number;
  /** Whether the whole table is written anew. */
  readonly rewrites: boolean;
}

/** How long a statement took in the first run of its file: by the clock of the server, without a transaction by that of the one who asks. */
export interface ProveTiming {
  /** From 1. */
  readonly statement: number;
  readonly line: number;
  readonly ms: number;
}

/** What was looked at, where that is not all. */
export interface ProveScope {
  /** How many files were judged, and how many there are. */
  readonly judged: number;
  readonly of: number;
  /** How many files, before the judged ones, among and after them, were applied without a trial. */
  readonly onlyApplied: number;
  /** How many were applied in the given database before. */
  readonly appliedBefore?: number;
  /** Which checks were left out. */
  readonly leftOut: readonly ProveCheck[];
}

/** The database whose copies were used. */
export interface ProvedOn {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly bytes: number;
  /** The largest table whose rows were compared, in bytes: those of larger ones were not. Absent where all were. */
  readonly rowsUpTo?: number;
}

export interface ProvedFile {
  readonly file: string;
  readonly version: string;
  readonly checksum: string;
  readonly statements: number;
  readonly checks: Readonly<Record<CheckName, CheckResult>>;
  /** How many stops were tried, and after how many of them something was found. */
  readonly stops: { readonly tried: number; readonly failed: number };
  readonly locks: readonly ProveLock[];
  /** On a given database: elsewhere tables have no sizes that a time would say anything of. */
  readonly timings?: readonly ProveTiming[];
  readonly findings: readonly ProveFinding[];
  readonly notes: readonly ProveNote[];
}

/** What `prove` has shown. */
export interface ProveReport {
  readonly command: 'prove';
  readonly format: 1;
  /**
   * `proved` where nothing was found in all files and checks; `shown` where that is true of what was asked for, which is less; `findings`
   * where something was found that is not accepted; `incomplete` where nothing was, and not all that was asked for could be shown.
   */
  readonly status: 'proved' | 'shown' | 'findings' | 'incomplete';
  /** `product` is absent for Postgres. */
  readonly server: { readonly product?: 'SQLite'; readonly version: string; readonly source: string };
  /** Where not all files, or not all checks, were asked for. */
  readonly scope?: ProveScope;
  /** Where a database was given to do it on copies of. */
  readonly on?: ProvedOn;
  readonly files: readonly ProvedFile[];
  /** What is about more than one file. */
  readonly findings: readonly ProveFinding[];
  /** Whether the whole set was run once more, and whether all that can be undone was undone and done again. */
  readonly set: { readonly again: CheckResult; readonly chain: CheckResult };
  /** How a database differs from what the files make, where one was named. */
  readonly drift?: DriftReport;
  readonly trials: number;
  readonly copies: number;
  readonly durationMs: number;
}
