import { RegistryJobsError } from '../errors/error.ts';
import { isPostgresError } from '../errors/postgres-error.ts';
import { findPending, type MigrationDigest } from '../plan/pending.ts';
import { INSUFFICIENT_PRIVILEGE } from '../postgres/explain/sqlstates.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import { ledgerTable, parseLedger, readLedgerSql } from '../postgres/ledger/ledger.ts';
import { noRowsIfMissing } from '../postgres/ledger/survey.ts';
import { lockIsHeld, migrationLockKey } from '../postgres/session/advisory-lock.ts';
import { withConnection } from '../postgres/session/connection.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { DatabaseSettings, Settings } from '../settings/settings.ts';

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
  { database: settings, ledger: name }: Pick<Settings, 'database' | 'ledger'>,
  digest: readonly MigrationDigest[],
  giveUpAt: number,
): Promise<readonly string[] | undefined> {
  const table = ledgerTable(name);
  return withConnection(settings, { purpose: 'registry-jobs pending', giveUpAt }, async (connection) => {
    const sql = readLedgerSql(name);
    try {
      const running = lockIsHeld(migrationLockKey(settings.database, name));
      const [shape, rows, lock] = await Promise.all([
        connection.send(sql.shape),
        connection.send(sql.rows).catch(noRowsIfMissing),
        connection.send(`SELECT ${running} AS held`),
      ]);
      if (lock.rows[0]?.held === true) return undefined;
      const ledger = parseLedger(
        shape.rows,
        rows.rows.map(({ row }) => row as Record<string, unknown>),
      );
      if (ledger.foreign === undefined) return findPending(digest, ledger.rows);
      throw unreadable(`${table} is not our ledger: ${ledger.foreign}.`, 'See: registry-jobs adopt');
    } catch (error) {
      if (!isPostgresError(error)) throw error;
      throw unreadable(
        `The ledger cannot be read: ${error.message}`,
        hintFor(error.code, name, settings),
        error,
      );
    }
  });
}

function hintFor(sqlstate: string, name: LedgerName, { user }: DatabaseSettings): string {
  if (sqlstate !== INSUFFICIENT_PRIVILEGE) return 'Nothing was changed; the next run looks again.';
  const who = quoteIdentifier(user);
  return `As the owner of the table: GRANT USAGE ON SCHEMA ${quoteIdentifier(name.schema)} TO ${who}; GRANT SELECT ON ${ledgerTable(name)} TO ${who}; Where row-level security hides rows, as an administrator: ALTER ROLE ${who} BYPASSRLS;`;
}

function unreadable(message: string, hint: string, cause?: unknown): RegistryJobsError {
  const sqlstate = isPostgresError(cause) ? { sqlstate: cause.code } : {};
  return new RegistryJobsError('ledger-unreadable', message, { hint, cause, ...sqlstate });
}
