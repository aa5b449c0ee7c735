import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { stopped } from '../../errors/stopped.ts';
import { BLOCKER_COLUMNS, describeBlockers, parseBlockers } from '../../postgres/catalog/blockers.ts';
import { LOCK_NOT_AVAILABLE } from '../../postgres/explain/sqlstates.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { migrationLockKey } from '../../postgres/session/advisory-lock.ts';
import type { Connection } from '../../postgres/session/connection.ts';
import { tryLock } from '../../postgres/session/try-lock.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';

/** Those with a transaction: whoever holds a lock has one. */
const IN_TRANSACTION = `SELECT ${BLOCKER_COLUMNS} FROM pg_catalog.pg_stat_activity a
  WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.xact_start IS NOT NULL
    AND a.backend_type = 'client backend' ORDER BY a.xact_start`;

async function explain(
  connection: Connection,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  await connection.quiet();
  if (signal?.aborted && isPostgresError(error))
    return stopped(signal, ' before everything was dropped: nothing was', { cause: error });
  if (!isPostgresError(error) || error.code !== LOCK_NOT_AVAILABLE) return error;
  const { rows } = await connection.send(IN_TRANSACTION);
  return new RegistryJobsError(
    'reset-blocked',
    `Something is in use by ${describeBlockers(parseBlockers(rows))}.`,
    {
      hint: 'End that session, then try again; nothing was dropped.',
      sqlstate: error.code,
      cause: error,
    },
  );
}

const USER_SCHEMAS = `SELECT nspname AS name FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname`;

/**
 * Drops every schema that is not Postgres' own, and creates an empty `public`: in one transaction, so that an
 * interruption leaves everything as it was. Holds the migration lock meanwhile.
 *
 * @returns the names of the dropped schemas
 * @throws RegistryJobsError `locked` while a migration runs, `reset-blocked` while something is in use, `stopped`; nothing was dropped then
 */
export async function dropEverything(
  connection: Connection,
  database: string,
  ledger: LedgerName,
  signal?: AbortSignal,
): Promise<string[]> {
  const key = migrationLockKey(database, ledger);
  const [isLocked, schemas] = await Promise.all([tryLock(connection, key), connection.send(USER_SCHEMAS)]);
  if (!isLocked) {
    throw new RegistryJobsError('locked', 'A migration is running on this database.', {
      hint: 'Wait for it to end.',
    });
  }
  const names = schemas.rows.map(({ name }) => String(name));
  const drops = names.map((name) => `DROP SCHEMA ${quoteIdentifier(name)} CASCADE`);
  const statements = [
    'BEGIN READ WRITE',
    `SET LOCAL client_min_messages = 'warning'`,
    ...drops,
    'CREATE SCHEMA public',
    'GRANT USAGE ON SCHEMA public TO PUBLIC', // as in every new database
    'COMMIT',
  ];
  try {
    await Promise.all(
      statements.map((sql) => connection.send(sql, { mayTakeMs: Infinity, mayBeStopped: true })),
    );
  } catch (error) {
    throw await explain(connection, error, signal);
  }
  await connection.send('SELECT pg_catalog.pg_advisory_unlock($1::bigint)', { values: [key] });
  return names;
}
