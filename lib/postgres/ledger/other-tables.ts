import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { OtherTable } from '../../plan/other-table.ts';
import { type LedgerName, showLedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import { INSUFFICIENT_PRIVILEGE } from '../explain/sqlstates.ts';
import { quoteLiteral, quoteName } from '../identifiers.ts';
import type { Connection } from '../session/connection.ts';
import { ledgerTable } from './ledger.ts';
import { explainUnreadable } from './unreadable.ts';

/**
 * Reads every table of a name that some columns are in, whatever schema it is in.
 *
 * @param columns names that it must have, all of them
 * @throws RegistryJobsError `ledger-denied`, `ledger-locked`
 */
export async function readOtherTables(
  connection: Connection,
  settings: DatabaseSettings,
  ledger: LedgerName,
  table: string,
  columns: readonly string[],
): Promise<OtherTable[]> {
  const explained = explainUnreadable(connection, settings, ledger);
  const { rows } = await connection
    .send(
      `SELECT n.nspname AS schema, pg_catalog.jsonb_object_agg(a.attname, pg_catalog.format_type(a.atttypid, NULL)) AS columns
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relname = ${quoteLiteral(table)} AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
      GROUP BY n.nspname ORDER BY n.nspname`,
    )
    .catch(explained);
  const found = rows
    .map((row) => ({
      name: { schema: String(row.schema), table },
      columns: new Map(Object.entries(row.columns as Record<string, string>)),
    }))
    .filter((one) => columns.every((column) => one.columns.has(column)));
  return Promise.all(
    found.map(async (one) => {
      const answer = await connection
        .send(
          `SELECT (SELECT pg_catalog.jsonb_object_agg(e.key, e.value) FROM pg_catalog.jsonb_each_text(pg_catalog.to_jsonb(t)) e) AS row
          FROM ${ledgerTable(one.name)} t`,
        )
        .catch(explainDenied(one.name, settings.user))
        .catch(explained);
      return { ...one, rows: answer.rows.map(({ row }) => row as OtherTable['rows'][number]) };
    }),
  );
}

/** Reading it is all that is asked for. */
function explainDenied({ schema, table }: LedgerName, user: string) {
  return (error: unknown): never => {
    if (!isPostgresError(error) || error.code !== INSUFFICIENT_PRIVILEGE) throw error;
    const [home, name, to] = [quoteName(schema), quoteName(table), quoteName(user)];
    throw new RegistryJobsError(
      'ledger-denied',
      `${showLedgerName({ schema, table })} cannot be read: ${error.message}`,
      {
        hint: `Let its owner say: GRANT USAGE ON SCHEMA ${home} TO ${to}; GRANT SELECT ON TABLE ${home}.${name} TO ${to};`,
        sqlstate: error.code,
        cause: error,
      },
    );
  };
}
