import type { LedgerName } from '../../settings/ledger-name.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { ensureJournalSql } from '../ledger/journal.ts';
import { ensureLedgerSql } from '../ledger/ledger.ts';
import type { ProveContext } from './context.ts';
import { OUTSIDE } from './run-script.ts';

/** Makes the tables that say what is applied: files may know them. */
export async function createLedger(
  { stage }: Pick<ProveContext, 'stage'>,
  ledger: LedgerName,
): Promise<void> {
  await stage.session(async (connection) => {
    await connection.send(OUTSIDE);
    // Whoever names another schema has made it before.
    await connection.send(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(ledger.schema)}`);
    for (const sql of [...ensureLedgerSql(ledger, undefined), ...ensureJournalSql(ledger, undefined)])
      await connection.send(sql);
  });
}
