import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { JournalRow } from '../plan/known.ts';
import { type PlanOptions, planUp } from '../plan/up.ts';
import { historySql, parseJournalRow } from '../postgres/ledger/journal.ts';
import { assertOurs } from '../postgres/ledger/ledger.ts';
import { explainUnreadable, knownOf, noRowsIfMissing, survey } from '../postgres/ledger/survey.ts';
import { withConnection } from '../postgres/session/connection.ts';
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
    const history = options.history
      ? connection
          .send(historySql(ledger), { values: [options.history] })
          .catch(noRowsIfMissing)
          .catch(explainUnreadable(connection, settings.database, ledger))
      : undefined;
    // Both are sent; whichever fails first is the one to tell.
    const [found, attempts] = await Promise.all([survey(connection, settings.database, ledger), history]);
    assertOurs(ledger, found.ledger);
    const plan = planUp(compiled.migrations, knownOf(found), options);
    const pending = plan.entries.some((entry) => entry.state === 'pending');
    const rows: JournalRow[] | undefined = attempts?.rows.map(describeAttempt);
    return {
      command: 'status',
      status: plan.problems.length > 0 ? 'invalid' : pending ? 'pending' : 'up-to-date',
      environment: settings.environment,
      database: found.database,
      entries: plan.entries,
      warnings: plan.warnings,
      problems: plan.problems,
      ...(rows && { history: rows }),
    };
  });
}

function describeAttempt(row: Record<string, unknown>): JournalRow {
  const attempt = parseJournalRow(row);
  return { ...attempt, ...utcTimes(attempt) };
}
