import { findPending, type MigrationDigest } from '../plan/pending.ts';
import { readLedger } from '../postgres/ledger/read-ledger.ts';
import { withConnection } from '../postgres/session/connection.ts';
import type { PostgresSettings } from '../settings/settings.ts';

/**
 * Asks a database which of these migrations it lacks, in a session of its own that only reads. Where there is no ledger it
 * lacks all of them.
 *
 * @param giveUpAt when to stop waiting for answers, in milliseconds since the epoch
 * @returns their versions, in the order in which they would be applied; undefined while migrations are being applied
 * @throws RegistryJobsError `connect-...`; `ledger-unreadable` when this user may not see all of the ledger, or the table is
 * another tool's
 */
export async function readPending(
  settings: PostgresSettings,
  digest: readonly MigrationDigest[],
  giveUpAt: number,
): Promise<readonly string[] | undefined> {
  const { database, ledger } = settings;
  // Not a whole session: the function that refreshes the statistics would carry all that a migration needs.
  return withConnection(database, { purpose: 'registry-jobs pending', giveUpAt }, async (connection) => {
    const rows = await readLedger(connection, database, ledger);
    return rows && findPending(digest, rows);
  });
}
