import type { Leftover } from '../migrations/script/statement.ts';

/** What is done to a version. The last three only write the ledger. */
export type Direction = 'up' | 'down' | 'force' | 'baseline' | 'adopt';

/** What the ledger says of one version. Times are UTC, ISO 8601, without a zone. */
export interface LedgerRow {
  readonly version: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly checksum?: string;
}

/**
 * The journal has a row for every attempt at anything, also those that failed or were killed: the ledger says what
 * is applied, the journal says what happened. An attempt's row is committed before the attempt begins, and
 * completed in the attempt's own transaction, or after it when that failed.
 */
export type AttemptStatus = 'running' | 'applied' | 'failed' | 'interrupted';

/** A row of the journal, as `status --history` shows it. Times are UTC, ISO 8601. */
export interface JournalRow {
  readonly runId: string;
  readonly version: string;
  readonly file: string;
  readonly checksum: string;
  readonly direction: Direction;
  readonly transaction: boolean;
  readonly status: AttemptStatus;
  readonly statements: number;
  /** How many statements are known to have succeeded. */
  readonly done: number;
  /** SHA-256 of the text of those: a file may be mended after them, and resumed. */
  readonly doneChecksum?: string;
  /** Whether the statement after those may or may not be done: only a person can tell. */
  readonly uncertain?: boolean;
  /** Of a file without a transaction: what the statements that are done had set for those after them. */
  readonly session?: SessionState;
  /** Of a file without a transaction: the statement after those was begun. */
  readonly begun?: Begun;
  readonly error?: string;
  /** Of an attempt that runs on in the server: the process that does it. */
  readonly backend?: Backend;
  /** Of one that has failed there: all that the server said. */
  readonly failure?: DetachedFailure;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly who: string;
  readonly dbUser: string;
  readonly toolVersion: string;
}

/** A process of the server. */
export interface Backend {
  readonly pid: number;
  /** When it was started, ISO 8601: a process id is given again. */
  readonly start: string;
  /** Of a file without a transaction: how many statements were done when it was left to the server. */
  readonly at?: number;
}

/** What the server said of a failure when nobody was there to hear it. */
export interface DetachedFailure {
  /** What it was at: a statement of the file, one of its expectations, or what is ours around them. */
  readonly part: 'begin' | 'statement' | 'guard' | 'expect' | 'record' | 'commit';
  /** Which of them, from 1, where it is a statement or an expectation. */
  readonly number?: number;
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly context?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/** A statement that was begun, and is no transaction by itself. */
export interface Begun {
  /** What it leaves in the catalog if it is interrupted. */
  readonly leftover: Leftover;
  /** What was there before it began: that is not its work. Opaque; absent where nothing was. */
  readonly before?: string;
  /** SHA-256 of its text: a file may be mended before it is resumed. Absent in what an older version of ours wrote. */
  readonly checksum?: string;
}

/**
 * What a file without a transaction has done to its session: its later statements rely on it, and a session is gone with its connection.
 * Taken from the server after each statement, so that it does not matter how it was set: by SET, by a function, by a DO block.
 */
export interface SessionState {
  /** Settings that are not as the session began, by name, in the server's own units. */
  readonly settings: Readonly<Record<string, string>>;
  /** Absent where the file has chosen none: then it is whoever goes on. */
  readonly user?: string;
  /** `none` where no role was chosen. */
  readonly role: string;
  /** Names of what cannot be made again from outside: temporary tables, prepared statements, cursors, locks. */
  readonly left: readonly string[];
}

/** All the files of a run, by what decides anything: version and checksum. Not only those that it applied. */
export interface Bundle {
  /** SHA-256 of the files, in hexadecimal. */
  readonly id: string;
  /** Version and checksum of each, in the order in which they are applied. */
  readonly files: readonly (readonly [version: string, checksum: string])[];
  /** Versions that only an empty database gets: that one was never applied says nothing. */
  readonly initial?: readonly string[];
}

/** Which bundle was last, as the database has it on record. */
export interface LastBundle extends Bundle {
  /** When it was first run after another one. UTC, ISO 8601. */
  readonly recordedAt: string;
  readonly who: string;
  /** Whether a deploy has run it, or only a person. */
  readonly byDeploy: boolean;
}

/** What is on record about bundles that matters for a plan. */
export interface KnownBundles {
  /** Nothing before the first run that recorded one. */
  readonly last?: LastBundle;
  /** Whether the bundle of this run was run before the last one. */
  readonly ranBefore: boolean;
  /** Whether the bundle of this run was run for the first time later than the last one was. */
  readonly cameLater?: boolean;
  /** Whether a file of this run has a text that was never applied. Looked at only where these files may be older ones. */
  readonly hasNewText?: boolean;
}

/** What the database says that matters for a plan. */
export interface Known {
  readonly ledger: readonly LedgerRow[];
  /** Set when the table of the ledger's name belongs to another tool: why it is not ours. */
  readonly foreign?: string;
  readonly unsettled?: readonly JournalRow[];
  /** That of them which another run is at work on. */
  readonly running?: JournalRow;
  /** What was attempted since a moment, oldest first, where it was asked for. */
  readonly attempts?: readonly JournalRow[];
  /** Versions that Flyway calls applied. */
  readonly flyway?: readonly string[];
  readonly isEmpty?: boolean;
  /** Which files were run last. */
  readonly bundles?: KnownBundles;
}
