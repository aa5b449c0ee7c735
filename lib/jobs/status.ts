import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { JournalRow } from '../plan/known.ts';
import { withoutDead } from '../plan/running.ts';
import { type PlanOptions, planUp } from '../plan/up.ts';
import { isAtWork } from '../postgres/ledger/at-work.ts';
import { historySql, parseJournalRow } from '../postgres/ledger/journal.ts';
import { assertOurs } from '../postgres/ledger/ledger.ts';
import {
  explainUnreadable,
  knownOf,
  noRowsIfMissing,
  type Survey,
  survey,
} from '../postgres/ledger/survey.ts';
import { migrationLockKey } from '../postgres/session/advisory-lock.ts';
import { type Connection, withConnection } from '../postgres/session/connection.ts';
import { quickly } from '../postgres/session/session-options.ts';
import type { StatusReport } from '../reports/report.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { utcTimes } from '../text/times.ts';

export interface StatusOptions extends PlanOptions {
  readonly ledger?: LedgerName;
  /** How many of the newest attempts to read from the journal. @default 0 */
  readonly history?: number;
}

/**
 * Compares files and ledger. Neither writes nor waits: it takes no lock.
 *
 * @throws RegistryJobsError when the database cannot be read
 */
export async function status(
  compiled: CompiledMigrations,
  settings: Settings,
  options: StatusOptions = {},
): Promise<StatusReport> {
  const ledger = options.ledger ?? settings.ledger;
  return withConnection(settings.database, quickly('registry-jobs status'), async (connection) => {
    // Both are sent; whichever fails first is the one to tell. The journal comes behind the look at who holds the lock: see isAtWork.
    const [found, attempts] = await Promise.all([
      survey(connection, settings.database, ledger),
      options.history
        ? connection
            .send(historySql(ledger), { values: [options.history] })
            .catch(noRowsIfMissing)
            .catch(explainUnreadable(connection, settings.database, ledger))
        : undefined,
    ]);
    assertOurs(ledger, found.ledger);
    const plan = planUp(compiled.migrations, knownOf(found), options);
    const pending = plan.entries.some(({ state }) => state === 'pending' || state === 'running');
    const history = attempts && (await describeAttempts(connection, settings, ledger, found, attempts.rows));
    return {
      command: 'status',
      status: plan.problems.length > 0 ? 'invalid' : pending ? 'pending' : 'up-to-date',
      environment: settings.environment,
      database: found.database,
      entries: plan.entries,
      warnings: plan.warnings,
      problems: plan.problems,
      ...(history && { history }),
    };
  });
}

async function describeAttempts(
  connection: Connection,
  { database }: Settings,
  ledger: LedgerName,
  { isLockHeld }: Survey,
  rows: readonly Record<string, unknown>[],
): Promise<JournalRow[]> {
  const attempts = rows.map(parseJournalRow);
  const key = migrationLockKey(database.database, ledger);
  const isHeld = await isAtWork(connection, key, isLockHeld, attempts);
  return withoutDead(attempts, isHeld).map((attempt) => ({ ...attempt, ...utcTimes(attempt) }));
}
