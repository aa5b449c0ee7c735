import type { OnMigrationEvent } from '../../engine/events.ts';
import type { Runner, SessionOptions } from '../../engine/session-options.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { PostgresSettings } from '../../settings/settings.ts';
import { migrationLockKey } from '../session/advisory-lock.ts';

/** What stays the same during a run. */
export interface RunContext {
  readonly settings: PostgresSettings;
  readonly ledger: LedgerName;
  readonly lockKey: bigint;
  readonly runner: Runner;
  /** What is run, as a list of sessions shows it. */
  readonly purpose: string;
  /** When this process will be stopped, in milliseconds since the epoch; may be Infinity. */
  readonly deadline: number;
  readonly onEvent: OnMigrationEvent;
  /** Asks to stop. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known besides once the database has answered. */
export interface TaskContext extends RunContext {
  /** The ledger's columns whose times have a zone. */
  readonly zoned: readonly string[];
  /** Settings that only newer servers know, to be made again after `RESET ALL`. */
  readonly later: readonly string[];
  /** What was found of the session, where it was lost. */
  readonly lost?: LostSession;
}

/** What a session had applied when it was lost: it has ended, so that stays as it is. By the attempt, with the times of the ledger. */
export interface LostSession {
  applied?: ReadonlyMap<string, { readonly startedAt: string; readonly finishedAt: string }>;
}

const NOBODY = { runId: '', who: 'unknown', toolVersion: 'unknown', isDeploy: false };

/** Binds a session to what it is opened with. */
export function createContext(settings: PostgresSettings, options: SessionOptions): RunContext {
  const {
    ledger = settings.ledger,
    deadline = Infinity,
    onEvent = () => {},
    runner = NOBODY,
    signal,
    purpose,
  } = options;
  const lockKey = migrationLockKey(settings.database.database, ledger);
  return { settings, ledger, lockKey, deadline, onEvent, runner, purpose, signal };
}
