import { type LedgerName, migrationLockKey } from '../advisory-lock.ts';
import type { Connection } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { tryLock } from '../try-lock.ts';

const USER_SCHEMAS = `SELECT nspname AS name FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname`;

/**
 * Drops every schema that is not Postgres' own, and creates an empty `public`: in one transaction, so that an
 * interruption leaves everything as it was. Holds the migration lock meanwhile.
 *
 * @returns the names of the dropped schemas
 * @throws RegistryJobsError `locked` while a migration runs
 */
export async function dropEverything(
  connection: Connection,
  database: string,
  ledger: LedgerName,
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
  await Promise.all(statements.map((sql) => connection.send(sql)));
  await connection.send('SELECT pg_catalog.pg_advisory_unlock($1::bigint)', { values: [key] });
  return names;
}
