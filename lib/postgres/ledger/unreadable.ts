import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { describeBlockers, HOLDERS_OF_TABLES, parseBlockers } from '../catalog/blockers.ts';
import { serverDetails } from '../explain/hints.ts';
import { INSUFFICIENT_PRIVILEGE, isMissingRelation, LOCK_NOT_AVAILABLE } from '../explain/sqlstates.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { Connection, QueryResult } from '../session/connection.ts';
import { bundlesTable } from './bundles.ts';
import { journalTable } from './journal.ts';
import { ledgerTable } from './ledger.ts';

export const FLYWAY_TABLE = 'flyway_schema_history';

/** The tables that are ours, quoted and with their schema. */
export function tablesOf(name: LedgerName): string[] {
  return [ledgerTable(name), journalTable(name), bundlesTable(name)];
}

/** Before the first run there is neither ledger nor journal. */
export function noRowsIfMissing(error: unknown): QueryResult {
  if (isPostgresError(error) && isMissingRelation(error.code)) return { command: 'SELECT', rows: [] };
  throw error;
}

export function noRowsIfUnreadable(error: unknown): QueryResult {
  if (isPostgresError(error) && error.code === INSUFFICIENT_PRIVILEGE) return { command: 'SELECT', rows: [] };
  return noRowsIfMissing(error);
}

/** Makes a handler that says why the ledger, or what goes with it, could not be read. */
export function explainUnreadable(
  connection: Connection,
  { user }: DatabaseSettings,
  name: LedgerName,
): (error: unknown) => Promise<never> {
  return async (error) => {
    if (!isPostgresError(error)) throw error;
    if (error.code === LOCK_NOT_AVAILABLE) {
      const tables = [ledgerTable(name), journalTable(name), bundlesTable(name), FLYWAY_TABLE];
      const holders = await connection.send(HOLDERS_OF_TABLES, { values: [tables] });
      throw new RegistryJobsError(
        'ledger-locked',
        `The ledger is locked by ${describeBlockers(parseBlockers(holders.rows))}.`,
        { hint: 'Wait for it to end and try again.', sqlstate: error.code, cause: error },
      );
    }
    if (error.code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new RegistryJobsError('ledger-denied', `The ledger cannot be read: ${error.message}`, {
      ...serverDetails(error, { user: quoteIdentifier(user), sql: tablesOf(name).join(' ') }),
      cause: error,
    });
  };
}
