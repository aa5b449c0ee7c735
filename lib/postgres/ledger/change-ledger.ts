import { createContext, type RunOptions } from '../../engine/run.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Migration } from '../../migrations/migration.ts';
import { bundleOf } from '../../plan/bundle.ts';
import { PlanError } from '../../plan/error.ts';
import type { Known } from '../../plan/known.ts';
import type { LedgerChange, LedgerPlan } from '../../plan/ledger.ts';
import type { LedgerReport } from '../../reports/report.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { Settings } from '../../settings/settings.ts';
import { serverDetails } from '../explain/hints.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { withConnection } from '../session/connection.ts';
import { insertAttemptSql } from './journal.ts';
import { assertOurs, forgetSql, keepSql, type Ledger, NO_LEDGER, recordSql, renameSql } from './ledger.ts';
import { surveyLocked } from './lock.ts';
import { prepareSql, recordBundle } from './prepare.ts';
import { knownOf, noRowsIfMissing, survey, tablesOf } from './survey.ts';

/**
 * The frame of the commands that write the ledger without running a file: `force`, `baseline`, `renumber`. First they
 * show what they would write; then, with `apply`, they write it under the lock, with a row each in the journal.
 *
 * @param reads queries on tables of other tools, for {@link decide}; a table that is missing has no rows
 * @param decide pure; called again under the lock, so that what is written is still what the database calls for
 * @throws RegistryJobsError when nothing was written
 */
export async function changeLedger(
  command: LedgerReport['command'],
  settings: Settings,
  options: RunOptions & { readonly apply: boolean },
  migrations: readonly Migration[],
  decide: (found: Known, others: readonly Row[][]) => LedgerPlan,
  reads: readonly string[] = [],
): Promise<LedgerReport> {
  const context = createContext(settings, options);
  const { ledger } = context;
  const waitUntil = Date.now() + (options.waitForLockMs ?? 60_000);
  const session = { purpose: `registry-jobs ${command}`, giveUpAt: waitUntil + ANSWER_MS };
  const bundle = bundleOf(migrations);
  return withConnection(settings.database, session, async (connection) => {
    const found = options.apply
      ? await surveyLocked(connection, settings.database, ledger, { until: waitUntil }, bundle)
      : await survey(connection, settings.database, ledger, bundle);
    if (command !== 'adopt') assertOurs(ledger, found.ledger);
    const others = await Promise.all(reads.map((sql) => connection.send(sql).catch(noRowsIfMissing)));
    const plan = decide(
      knownOf(found),
      others.map(({ rows }) => [...rows]),
    );
    if (plan.problems.length > 0) throw new PlanError(plan.problems);
    const { changes, notes } = plan;
    const report = {
      command,
      environment: settings.environment,
      database: found.database,
      changes,
      ...(notes && { notes }),
    } as const;
    if (changes.length === 0 && plan.keepAs === undefined) return { ...report, status: 'nothing-to-do' };
    if (!options.apply) return { ...report, status: 'planned' };
    const { keepAs } = plan;
    const setup = keepAs === undefined ? [] : [keepSql(ledger, keepAs)];
    const ledgerAfterSetup = keepAs === undefined ? found.ledger : NO_LEDGER;
    const steps: Step[] = [
      { sql: 'BEGIN READ WRITE' },
      ...[...setup, ...prepareSql(ledger, { ...found, ledger: ledgerAfterSetup })].map((sql) => ({ sql })),
      ...changes.map((change) => changeStep(ledger, ledgerAfterSetup, change, migrations)),
      ...changes.map((change) => ({
        sql: insertAttemptSql(ledger, attemptOf(command, change), context.runner, 'applied'),
      })),
      { sql: 'COMMIT' },
    ];
    try {
      await Promise.all(steps.map(({ sql, values }) => connection.send(sql, values ? { values } : {})));
      await recordBundle(connection, context, found, bundle);
    } catch (error) {
      if (!isPostgresError(error)) throw error;
      throw new RegistryJobsError('ledger-failed', `The ledger was not changed: ${error.message}`, {
        ...serverDetails(error, {
          user: quoteIdentifier(found.database.user),
          sql: tablesOf(ledger).join(' '),
          otherwise: 'See what stands in the way, then try again.',
        }),
        cause: error,
      });
    }
    return { ...report, status: 'changed' };
  });
}

/** To write it, once the lock is there. */
const ANSWER_MS = 60_000;

type Row = Readonly<Record<string, unknown>>;

interface Step {
  readonly sql: string;
  readonly values?: readonly unknown[];
}

function changeStep(
  ledger: LedgerName,
  { zoned }: Ledger,
  { version, action, to }: LedgerChange,
  migrations: readonly Migration[],
): Step {
  const checksum = migrations.find((migration) => migration.version === (to ?? version))?.up.checksum ?? null;
  // To settle writes only the journal; a row that came up meanwhile must not stay either.
  if (action === 'forget' || action === 'settle') return { sql: forgetSql(ledger), values: [version] };
  if (action === 'rename') return { sql: renameSql(ledger), values: [version, to, checksum] };
  return { sql: recordSql(ledger, zoned), values: [version, checksum] };
}

function attemptOf(command: LedgerReport['command'], { version, file, to }: LedgerChange) {
  const direction = command === 'renumber' ? 'adopt' : command;
  return {
    id: crypto.randomUUID(),
    version: to ?? version,
    file: file ?? '',
    checksum: '',
    direction,
    transaction: true,
    statements: 0,
    done: 0,
    doneChecksum: '',
  } as const;
}
