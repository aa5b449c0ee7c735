import { type LedgerName, lockIsHeld } from '../advisory-lock.ts';
import { type Statement, statementText } from '../sql/statement.ts';
import { recordedSql, recordSql } from './ledger.ts';
import type { Migration } from './migration.ts';

/** One message of a migration's flight. Only those with a `statement` come from the file. */
export interface FlightStep {
  readonly part: 'prepare' | 'begin' | 'statement' | 'guard' | 'record' | 'read-back' | 'commit' | 'clean';
  readonly sql: string;
  readonly values?: readonly unknown[];
  readonly statement?: Statement;
}

export interface FlightOptions {
  readonly ledger: LedgerName;
  readonly lockKey: bigint;
  readonly lockTimeoutMs: number;
  /** 0 means no limit. */
  readonly statementTimeoutMs: number;
}

/** What the guard raises when the session no longer holds the migration lock. */
export const LOCK_LOST = 'RJ001';

/**
 * All that is sent for one migration, in one flight: its transaction with the ledger row inside, and what
 * makes the session clean for the next. Pure.
 *
 * It is safe to send COMMIT before knowing that the statements worked: after an error Postgres refuses
 * everything up to the end of the transaction, and answers COMMIT with a rollback. And should BEGIN itself
 * fail, nothing behind it can write, because the session is read-only outside an explicit READ WRITE.
 */
export function transactionFlight(migration: Migration, options: FlightOptions): FlightStep[] {
  const { up } = migration;
  return [
    // Makes the server stop when we are gone. Not every version and platform knows it; then this fails alone.
    { part: 'prepare', sql: `SET client_connection_check_interval = '2s'` },
    { part: 'begin', sql: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE' },
    {
      part: 'begin',
      sql: `SELECT pg_catalog.set_config('lock_timeout', $1, true), pg_catalog.set_config('statement_timeout', $2, true)`,
      values: [`${options.lockTimeoutMs}ms`, `${options.statementTimeoutMs}ms`],
    },
    ...up.statements.map((statement): FlightStep => {
      return { part: 'statement', sql: statementText(up, statement), statement };
    }),
    // The file may have left a timeout that is too short for us, and a role that is not ours.
    { part: 'guard', sql: `SET LOCAL statement_timeout = ${options.statementTimeoutMs}` },
    { part: 'guard', sql: 'RESET SESSION AUTHORIZATION' },
    { part: 'guard', sql: 'RESET ROLE' },
    { part: 'guard', sql: guardSql(options.lockKey) },
    { part: 'record', sql: recordSql(options.ledger), values: [migration.version, up.checksum] },
    { part: 'read-back', sql: recordedSql(options.ledger), values: [migration.version] },
    { part: 'commit', sql: 'COMMIT' },
    // First and alone: a file may have left a statement_timeout that is too short for the rest.
    { part: 'clean', sql: 'RESET ALL' },
    { part: 'clean', sql: CLEAN_SESSION },
  ];
}

/** A file that unlocked our lock let other runners in: its work must not be kept. */
function guardSql(key: bigint): string {
  return `DO $guard$ BEGIN
    IF NOT ${lockIsHeld(key, 'l.pid = pg_catalog.pg_backend_pid()')} THEN
      RAISE EXCEPTION USING ERRCODE = '${LOCK_LOST}', MESSAGE = 'The session no longer holds the migration lock.';
    END IF;
  END $guard$`;
}

/**
 * Undoes whatever a file did to the session. DISCARD ALL would do too much (it drops the advisory lock), and
 * RESET ALL too little (it leaves the role).
 */
const CLEAN_SESSION = [
  'RESET SESSION AUTHORIZATION',
  'RESET ROLE',
  'CLOSE ALL',
  'UNLISTEN *',
  'DEALLOCATE ALL',
  'DISCARD TEMP',
  'DISCARD SEQUENCES',
].join('; ');
