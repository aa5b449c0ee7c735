import type { SourceLocation } from '../errors/error.ts';
import type { Difference } from '../plan/differences.ts';
import type { DatabaseReport } from './database.ts';

/** How the catalog of a database differs from what the files make that are applied there. */
export interface DriftReport {
  readonly code: 'drift';
  /** `not-shown` where the files do not run on the server where they were tried: nothing was compared then. */
  readonly status: 'none' | 'found' | 'not-shown';
  readonly database: DatabaseReport;
  /** Where the files were run. */
  readonly server: { readonly version: string; readonly source: string };
  /** What said which files are applied: without a ledger of ours all of them are taken for it. */
  readonly appliedBy: 'ledger' | 'no-ledger';
  /** How many files were run. */
  readonly applied: number;
  /** Versions that are not applied there: what they make is not looked for. */
  readonly pending: readonly string[];
  /** Files that were applied there in another text: it is the text of today that was run. */
  readonly edited: readonly string[];
  /** Versions that are applied there and have no file: what they made is not in the files. */
  readonly withoutFile: readonly string[];
  /** Versions that stopped half way there, or are at work. */
  readonly unfinished: readonly string[];
  /** Schemas that the files need and do not make: they are there, so they were made before the files here as well. */
  readonly madeBefore: readonly string[];
  /** What is there, and not in the files. */
  readonly onlyThere: readonly Difference[];
  /** What is in the files, and not there. */
  readonly onlyInFiles: readonly Difference[];
  /** What is in both, and not the same: from the files to the database. */
  readonly different: readonly Difference[];
  /** What was not compared, since it was not asked for, or one of the servers has another version. */
  readonly notCompared: readonly string[];
  /** Why nothing was compared. */
  readonly failed?: {
    readonly sqlstate: string;
    readonly message: string;
    readonly location?: SourceLocation;
  };
}
