import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { WarningReport } from '../../errors/warning.ts';
import type { Bundle } from '../../plan/known.ts';
import type { Plan } from '../../plan/plan.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { RunContext } from '../attempt/context.ts';
import { serverDetails } from '../explain/hints.ts';
import { UNDEFINED_SCHEMA } from '../explain/sqlstates.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';
import { recordBundleSql } from './bundles.ts';
import { closeInterruptedSql, ensureJournalSql } from './journal.ts';
import { ensureLedgerSql } from './ledger.ts';
import type { FoundDatabase } from './survey.ts';
import { tablesOf } from './unreadable.ts';

/**
 * Creates or completes ledger and journal, settles what a killed run left behind, and records which files were run last: in one
 * flight, if there is anything of it to do at all. Under the lock.
 *
 * @returns a warning when the files could not be recorded, which keeps nothing from running
 * @throws RegistryJobsError `ledger-failed`
 */
export async function prepareTables(
  connection: Connection,
  plan: Plan,
  found: FoundDatabase,
  bundle: Bundle,
  context: RunContext,
): Promise<WarningReport[]> {
  const { ledger } = context;
  const hasWork = plan.tasks.length > 0 || found.unsettled.some(({ status }) => status === 'running');
  const statements = hasWork ? prepareSql(ledger, found) : [];
  const [failure, warnings] = await Promise.all([
    firstFailure(inTransaction(connection, statements)),
    plan.older ? [] : recordBundle(connection, context, found, bundle),
  ]);
  if (failure) throw explain(failure, found.database.user, ledger);
  return warnings;
}

/** In a transaction of its own: whoever may not do this may still migrate. */
export async function recordBundle(
  connection: Connection,
  { ledger, runner }: RunContext,
  { bundles }: FoundDatabase,
  bundle: Bundle,
): Promise<WarningReport[]> {
  const { last } = bundles;
  // The last ones on record are these.
  if (last?.id === bundle.id && (last.byDeploy || !runner.isDeploy)) return [];
  const statements = recordBundleSql(ledger, bundle, runner);
  const refusal = await firstFailure(inTransaction(connection, statements));
  if (!refusal) return [];
  if (!isPostgresError(refusal)) throw refusal;
  return [
    {
      code: 'bundle-not-recorded',
      message: `Which files were run last could not be recorded: ${refusal.message}. An older deploy will not be recognised.`,
    },
  ];
}

/** What has to be done to ledger and journal before anything can be written into them. Pure. */
export function prepareSql(ledger: LedgerName, found: FoundDatabase): string[] {
  return [
    ...ensureLedgerSql(ledger, found.ledger),
    ...ensureJournalSql(ledger, found.journalColumns),
    ...(found.unsettled.some(({ status }) => status === 'running') ? [closeInterruptedSql(ledger)] : []),
  ];
}

function inTransaction(connection: Connection, statements: readonly string[]): Promise<unknown>[] {
  if (statements.length === 0) return [];
  return ['BEGIN READ WRITE', ...statements, 'COMMIT'].map((statement) => connection.send(statement));
}

async function firstFailure(answers: readonly Promise<unknown>[]): Promise<unknown> {
  const settled = await Promise.allSettled(answers);
  return settled.find((answer) => answer.status === 'rejected')?.reason;
}

function explain(error: unknown, user: string, name: LedgerName): unknown {
  if (!isPostgresError(error)) return error;
  const isMissing = error.code === UNDEFINED_SCHEMA;
  return new RegistryJobsError('ledger-failed', `The ledger cannot be prepared: ${error.message}`, {
    ...serverDetails(error, {
      user: quoteIdentifier(user),
      sql: tablesOf(name).join(' '),
      otherwise: 'Nothing was run; see what stands in the way, then run again.',
    }),
    ...(isMissing && {
      hint: `Nothing was run. Make the schema, then run again: CREATE SCHEMA ${quoteIdentifier(name.schema)}`,
    }),
    cause: error,
  });
}
