import type { ErrorReport, RegistryJobsError } from '../errors/error.ts';
import type { WarningReport } from '../errors/warning.ts';
import type { ForeignRows } from '../plan/adopt.ts';
import type { AtWork } from '../plan/at-work.ts';
import type { HistoryPage, HistoryPlace } from '../plan/history-page.ts';
import type { Begun, Bundle, Direction, JournalRow, Known, SessionState } from '../plan/known.ts';
import type { LedgerChange } from '../plan/ledger.ts';
import type { OtherTable } from '../plan/other-table.ts';
import type { Plan } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import type { DatabaseReport, NoticeReport } from '../reports/database.ts';
import type { Settings } from '../settings/settings.ts';
import type { DetachedAttempt, DetachedFailed, Hindrance } from './detached.ts';
import type { Blocker, OnMigrationEvent } from './events.ts';
import type { SessionOptions } from './session-options.ts';

/**
 * What a database has to be able to do for the engine. Which one it is, is decided once, from the settings; nobody below asks again: what
 * differs between databases is a method of these two. Its parser is apart: what runs in a function was parsed before, and must not carry one.
 */
export interface Dialect {
  readonly name: 'postgres' | 'sqlite';
  /** Whether a server does the work, so that it may go on when nobody waits for it. */
  readonly canDetach: boolean;
  /**
   * Opens a session for `use` and closes it after it. It is bound to settings, ledger and runner once: none of them travels further.
   * @throws RegistryJobsError `connect-...`
   */
  withSession<T>(
    settings: Settings,
    options: SessionOptions,
    use: (session: Session) => Promise<T>,
  ): Promise<T>;
}

/** What is known of a database before anything is decided. */
export interface Survey {
  readonly database: DatabaseReport;
  readonly known: Known;
  /** The clock of the server when it was read: UTC, ISO 8601. Of a file that of this machine. */
  readonly at: string;
}

export interface SurveyOptions {
  /** The files of a run that wants to know whether they are the last ones. */
  readonly bundle?: Bundle;
  /** The versions of the files: a ledger may say of the newest alone that it is applied, and mean all before it. @default those of `bundle` */
  readonly versions?: readonly string[];
  /** A moment, UTC, ISO 8601: what was attempted after it is read as well. */
  readonly since?: string | undefined;
  /** Take a ledger of another tool as it is. @default false, which refuses it */
  readonly mayBeForeign?: boolean;
}

/** How long, and whom to tell meanwhile who is in the way. */
export interface Patience {
  /** In milliseconds since the epoch. */
  readonly until: number;
  readonly onWait?: (blockers: readonly Blocker[]) => void;
  /** Ends the waiting early. */
  readonly signal?: AbortSignal | undefined;
}

/** In milliseconds; 0 means no limit. */
export interface Limits {
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** What a file comes after that is sent ahead. */
export interface Follows {
  /** The attempt at the file before it, which has to be applied, and what became of that. */
  readonly after: string;
  readonly settled: Promise<Attempt | undefined>;
  /** The attempt at the first file of the flight, and for how long after it began others may begin, in milliseconds; may be Infinity. */
  readonly first: string;
  readonly withinMs: number;
  /** Hears that the database has begun it. */
  readonly onBegun: () => void;
  /** Instead of that of the session: what happens is told when it is its turn. */
  readonly onEvent: OnMigrationEvent;
}

/** A session with a database. What it has read stays with it: the steps after that rely on it. */
export interface Session {
  /**
   * Reads all that a plan needs, without a lock: neither writes nor waits.
   * @throws RegistryJobsError `foreign-ledger`, `ledger-denied`, `ledger-locked`, `ledger-elsewhere`
   */
  survey(options?: SurveyOptions): Promise<Survey>;
  /** The same, and takes the lock if nobody has it; then it was read under it. */
  surveyTryingLock(options?: SurveyOptions): Promise<Survey & { readonly isLocked: boolean }>;
  /** Waits for the lock, and reads under it. @throws RegistryJobsError `locked`, `stopped` */
  waitForLock(patience: Patience, options?: SurveyOptions): Promise<Survey>;
  /** What would fail of these tasks, as far as that is known before anything is written; Postgres says it when they run. */
  rehearse(tasks: readonly Task[]): Promise<ErrorReport[]>;
  /**
   * Creates or completes ledger and journal, settles what a killed run left behind, records which files were run last. Under the lock.
   * @returns warnings, which keep nothing from running
   * @throws RegistryJobsError `ledger-failed`
   */
  prepare(plan: Plan, bundle: Bundle): Promise<WarningReport[]>;
  /** Makes one attempt at a task and finds out what is true of it; the journal knows. Throws nothing: the outcome says what is true. */
  attempt(task: Task, start: AttemptStart, limits: Limits): Promise<Attempt>;
  /**
   * The same, sent before the file that it comes after is answered. The database itself sees whether that one is applied, and begins nothing
   * otherwise. Only where a database can see to that.
   * @returns nothing where it was not begun
   */
  readonly attemptAhead?: (
    task: Task,
    start: AttemptStart,
    limits: Limits,
    follows: Follows,
  ) => Promise<Attempt | undefined>;
  /** Why a task can only be run while somebody waits for it; nothing where the server can run it by itself. */
  whyAttached(task: Task): Hindrance | undefined;
  /** Has the server run a task by itself, and waits as long as that is for its end. It gives the lock back: the session is used up. */
  detach(task: Task, start: AttemptStart, limits: Limits, patience: Patience): Promise<DetachedAttempt>;
  /** What a row of the journal says of a task that has not succeeded, with its place in the file. */
  explainRow(task: Task, row: JournalRow): DetachedFailed;
  /** The journal's row of an attempt. */
  journalRow(id: string): Promise<JournalRow | undefined>;
  /** Writes the ledger without running a file, in one transaction, with a row each in the journal. @throws RegistryJobsError `ledger-failed` */
  write(change: LedgerWrite): Promise<void>;
  /** What the tables of other tools say. */
  foreignRows(): Promise<ForeignRows>;
  /** The tables of a name that have these columns, with their rows, in whatever schema. @throws RegistryJobsError `ledger-denied`, `ledger-locked` */
  otherTables(table: string, columns: readonly string[]): Promise<OtherTable[]>;
  /** The newest attempts, newest first. */
  history(most: number): Promise<readonly JournalRow[]>;
  /** The same, with the way to the older ones. @param before where a page before has ended */
  historyPage(most: number, before?: HistoryPlace): Promise<HistoryPage>;
  /** The rows of one run, oldest first, as they are. */
  runRows(runId: string): Promise<JournalRow[]>;
  /** Who else holds the lock of the migrations, and what that session does at this moment. Neither writes nor waits. */
  atWork(): Promise<AtWork | undefined>;
  /** Asks a process of the server to cancel what it is at, if it was started then. @throws RegistryJobsError `cancel-denied` */
  cancel(pid: number, start: string | undefined): Promise<void>;
  /** What interrupted statements have left in the catalog. */
  faults(): Promise<ErrorReport[]>;
}

/** What is written of some versions without running their files. */
export interface LedgerWrite {
  readonly command: 'force' | 'baseline' | 'renumber' | 'adopt';
  readonly changes: readonly (LedgerChange & { readonly checksum: string | null })[];
  /** The table of another tool that has the ledger's name gets this one first. */
  readonly keepAs?: string | undefined;
  readonly bundle: Bundle;
}

/** What is known of an attempt before it begins. */
export interface AttemptStart {
  readonly id: string;
  readonly version: string;
  readonly file: string;
  readonly checksum: string;
  readonly direction: Direction;
  readonly transaction: boolean;
  readonly statements: number;
  /** How many of them an earlier attempt has done, and {@link doneChecksum} of those. */
  readonly done: number;
  readonly doneChecksum: string;
  /** What those had done to their session. */
  readonly session?: SessionState;
  /** What an earlier attempt has begun after those. */
  readonly begun?: Begun;
}

/** How one attempt at one migration ended. */
export type Attempt = {
  readonly notices: readonly NoticeReport[];
  readonly noticesLeftOut: number;
  /** How many statements succeeded; a rollback undid them with the rest. */
  readonly done: number;
  /** Why the journal does not know how it ended. */
  readonly notRecorded?: WarningReport;
} & Outcome;

export type Outcome =
  /** `isClean` is false when the session could not be made ready for another file. */
  | {
      readonly outcome: 'applied';
      readonly startedAt: string;
      readonly finishedAt: string;
      readonly isClean: boolean;
    }
  /** Nothing was kept. `retry` when the same transaction may succeed in a moment. */
  | { readonly outcome: 'rolled-back'; readonly error: RegistryJobsError; readonly retry: boolean }
  /** Without a transaction: nothing of it was begun by this attempt, and none of it is on record. */
  | { readonly outcome: 'not-started'; readonly error: RegistryJobsError }
  /** Without a transaction: what was done before the failure stays. `uncertain` when the next statement may be done in part. */
  | { readonly outcome: 'half-done'; readonly error: RegistryJobsError; readonly uncertain: boolean }
  /** The connection went before COMMIT was answered: only the ledger knows. */
  | { readonly outcome: 'unknown'; readonly error: RegistryJobsError };
