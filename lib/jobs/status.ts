import type { CompiledMigrations } from '../migrations/compiled.ts';
import { versionsOf } from '../migrations/migration.ts';
import { parseNow } from '../migrations/unparsed.ts';
import { neededUp } from '../plan/needed.ts';
import { type PlanOptions, planFolder } from '../plan/up.ts';
import { describeAtWork } from '../reports/running.ts';
import type { StatusReport } from '../reports/status.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { Settings } from '../settings/settings.ts';
import { dialectFor } from './dialect.ts';

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
  const bound = { purpose: 'status', ledger: options.ledger };
  return dialectFor(settings).withSession(settings, bound, async (session) => {
    const history = options.history ? session.history(options.history) : undefined;
    // Both are sent; whichever fails first is the one to tell.
    const [{ database, known }, rows, found] = await Promise.all([
      session.survey({ versions: versionsOf(compiled.migrations) }),
      history,
      session.atWork(),
    ]);
    await parseNow([
      ...neededUp(compiled.migrations, known, options),
      ...compiled.migrations.filter(({ version }) => version === found?.row?.version),
    ]);
    const plan = planFolder(compiled, known, options);
    const pending = plan.entries.some(({ state }) => state === 'pending' || state === 'running');
    return {
      command: 'status',
      status: plan.problems.length > 0 ? 'invalid' : pending ? 'pending' : 'up-to-date',
      environment: settings.environment,
      database,
      entries: plan.entries,
      warnings: plan.warnings,
      problems: plan.problems,
      ...(found && { running: describeAtWork(found, compiled.migrations) }),
      ...(rows && { history: rows }),
    };
  });
}
