import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { LedgerRow } from '../../plan/known.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { INSUFFICIENT_PRIVILEGE } from '../explain/sqlstates.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { lockIsHeld, migrationLockKey } from '../session/advisory-lock.ts';
import type { Connection } from '../session/connection.ts';
import { ledgerTable, parseLedger, readLedgerSql } from './ledger.ts';
import { noRowsIfMissing } from './unreadable.ts';

/**
 * Reads the ledger alone, for whoever may read nothing else; no rows where there is none.
 *
 * @returns undefined while migrations are being applied
 * @throws RegistryJobsError `ledger-unreadable` when this user may not see all of the ledger, or the table is another tool's
 */
export async function readLedger(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
): Promise<readonly LedgerRow[] | undefined> {
  const table = ledgerTable(name);
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
    if (ledger.foreign === undefined) return ledger.rows;
    throw unreadable(`${table} is not our ledger: ${ledger.foreign}.`, 'See: registry-jobs adopt');
  } catch (error) {
    if (!isPostgresError(error)) throw error;
    throw unreadable(
      `The ledger cannot be read: ${error.message}`,
      hintFor(error.code, name, settings),
      error,
    );
  }
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
