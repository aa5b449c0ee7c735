import type { SourceLocation } from '../errors/error.ts';
import type { Arranged, LedgerSays } from '../plan/drift.ts';
import type { DatabaseReport } from './database.ts';

/** How the catalog of a database differs from what the files make that are applied there. */
export interface DriftReport extends LedgerSays, Arranged {
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
  /** Schemas that the files need and do not make: they are there, so they were made before the files here as well. */
  readonly madeBefore: readonly string[];
  /** What was not compared, since it was not asked for, or one of the servers has another version. */
  readonly notCompared: readonly string[];
  /** Why nothing was compared. */
  readonly failed?: {
    readonly sqlstate: string;
    readonly message: string;
    readonly location?: SourceLocation;
  };
}
