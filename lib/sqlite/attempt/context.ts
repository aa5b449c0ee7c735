import type { DatabaseSync } from 'node:sqlite';
import type { AttemptStart, Limits } from '../../engine/dialect.ts';
import type { OnMigrationEvent } from '../../engine/events.ts';
import type { Runner } from '../../engine/session-options.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { SqliteSettings } from '../../settings/settings.ts';
import type { Ledger } from '../ledger/read.ts';

/** What stays the same during a run. */
export interface RunContext {
  readonly settings: SqliteSettings;
  readonly ledger: LedgerName;
  readonly runner: Runner;
  readonly onEvent: OnMigrationEvent;
  /** Asks to stop. */
  readonly signal?: AbortSignal | undefined;
}

/** What one attempt is made with. */
export interface AttemptOptions extends Limits {
  readonly context: RunContext;
  readonly start: AttemptStart;
  /** The versions of the files. */
  readonly versions: readonly string[];
  /** The ledger that the plan was made for; what comes of it is told. */
  readonly ledger: Ledger;
  readonly onLedger: (ledger: Ledger) => void;
  /** Called when all is done but the COMMIT. */
  readonly beforeCommit?: () => Promise<void>;
}

/** Now, as our tables hold a time. */
export function now(database: DatabaseSync): string {
  const row = database.prepare("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now') AS now").get();
  return String(row?.now);
}
