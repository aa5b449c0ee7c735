import type { LedgerWrite } from '../../engine/dialect.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { RunContext } from '../attempt/context.ts';
import { serverDetails } from '../explain/hints.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';
import { insertAttemptSql } from './journal.ts';
import { forgetSql, keepSql, type Ledger, NO_LEDGER, recordSql, renameSql } from './ledger.ts';
import { prepareSql, recordBundle } from './prepare.ts';
import type { FoundDatabase } from './survey.ts';
import { tablesOf } from './unreadable.ts';

/** Writes the ledger without running a file, in one transaction, with a row each in the journal. @throws RegistryJobsError `ledger-failed` */
export async function writeLedger(
  connection: Connection,
  { command, changes, keepAs, bundle }: LedgerWrite,
  found: FoundDatabase,
  context: RunContext,
): Promise<void> {
  const { ledger, runner } = context;
  const setup = keepAs === undefined ? [] : [keepSql(ledger, keepAs)];
  const ledgerAfterSetup = keepAs === undefined ? found.ledger : NO_LEDGER;
  const steps: Step[] = [
    { sql: 'BEGIN READ WRITE' },
    ...[...setup, ...prepareSql(ledger, { ...found, ledger: ledgerAfterSetup })].map((sql) => ({ sql })),
    ...changes.map((change) => changeStep(ledger, ledgerAfterSetup, change)),
    ...changes.map((change) => ({
      sql: insertAttemptSql(ledger, attemptOf(command, change), runner, 'applied'),
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
}

interface Step {
  readonly sql: string;
  readonly values?: readonly unknown[];
}

type Change = LedgerWrite['changes'][number];

function changeStep(ledger: LedgerName, { zoned }: Ledger, { version, action, to, checksum }: Change): Step {
  // To settle writes only the journal; a row that came up meanwhile must not stay either.
  if (action === 'forget' || action === 'settle') return { sql: forgetSql(ledger), values: [version] };
  if (action === 'rename') return { sql: renameSql(ledger), values: [version, to, checksum] };
  return { sql: recordSql(ledger, zoned), values: [version, checksum] };
}

function attemptOf(command: LedgerWrite['command'], { version, file, to }: Change) {
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
