import type { LedgerName } from '../advisory-lock.ts';
import { withConnection } from '../connection.ts';
import type { Settings } from '../settings/settings.ts';
import type { CompiledMigrations } from './compiled.ts';
import { type PlanOptions, planUp } from './plan.ts';
import type { StatusReport } from './report.ts';
import { surveyOnce } from './session.ts';
import { defaultLedger } from './up.ts';

/**
 * Compares files and ledger. Neither writes nor waits: it takes no lock.
 *
 * @throws RegistryJobsError when the database cannot be read
 */
export async function status(
  compiled: CompiledMigrations,
  settings: Settings,
  options: PlanOptions & { readonly ledger?: LedgerName } = {},
): Promise<StatusReport> {
  const ledger = options.ledger ?? defaultLedger;
  return withConnection(settings.database, 'registry-jobs status', async (connection) => {
    const survey = await surveyOnce(connection, settings.database, ledger);
    const plan = planUp(compiled.migrations, survey.ledger.rows, options);
    const pending = plan.entries.some((entry) => entry.state === 'pending');
    return {
      command: 'status',
      status: plan.problems.length > 0 ? 'invalid' : pending ? 'pending' : 'up-to-date',
      environment: settings.environment,
      database: survey.database,
      entries: plan.entries,
      warnings: plan.warnings,
      problems: plan.problems,
    };
  });
}
