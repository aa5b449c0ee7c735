import type { SourceLocation } from '../errors/error.ts';
import type { Difference } from '../plan/differences.ts';
import type { DriftReport } from './drift.ts';

/** What is shown of a file, by doing it. */
export type CheckName = 'once' | 'twice' | 'stopped' | 'late' | 'down' | 'up-again';

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
  readonly location?: SourceLocation;
}

/** The strongest lock that a file holds on a table that was there before it. */
export interface ProveLock {
  readonly table: string;
  readonly mode: string;
  /** The first statement that takes it, from 1, and its line. */
  readonly statement: number;
  readonly line: number;
  /** From there to the end of the file, in milliseconds: at the size that the table has here. */
  readonly heldMs: number;
  /** Rows of the table here. */
  readonly rows: number;
  /** Whether the whole table is written anew. */
  readonly rewrites: boolean;
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
  readonly findings: readonly ProveFinding[];
  readonly notes: readonly ProveNote[];
}

/** What `prove` has shown. */
export interface ProveReport {
  readonly command: 'prove';
  readonly format: 1;
  /** `findings` where something was found that is not accepted; `incomplete` where nothing was, and not all was shown. */
  readonly status: 'proved' | 'findings' | 'incomplete';
  /** `product` is absent for Postgres. */
  readonly server: { readonly product?: 'SQLite'; readonly version: string; readonly source: string };
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
