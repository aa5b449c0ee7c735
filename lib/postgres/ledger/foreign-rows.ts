import type { ForeignRows } from '../../plan/adopt.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';
import type { Connection } from '../session/connection.ts';
import { readLedgerSql } from './ledger.ts';
import { explainUnreadable, noRowsIfMissing } from './unreadable.ts';

/** What the tables of other tools say; a table that is missing has no rows. */
export async function readForeignRows(
  connection: Connection,
  settings: DatabaseSettings,
  name: LedgerName,
): Promise<ForeignRows> {
  const { rows, shape } = readLedgerSql(name);
  const explained = explainUnreadable(connection, settings, name);
  const read = async (sql: string) =>
    (await connection.send(sql).catch(noRowsIfMissing).catch(explained)).rows;
  const [ledger, flyway, columns] = await Promise.all([
    read(
      `SELECT row || pg_catalog.jsonb_build_object('version', row ->> 'version') AS row FROM (${rows}) found`,
    ),
    read('SELECT pg_catalog.to_jsonb(f) AS row FROM flyway_schema_history f ORDER BY f.installed_rank'),
    read(shape),
  ]);
  const types = new Map(columns.map(({ name: column, type }) => [column, type]));
  return {
    ledger: rowsOf(ledger),
    flyway: rowsOf(flyway),
    isGolangMigrate: types.get('version') === 'bigint' && types.get('dirty') === 'boolean',
  };
}

function rowsOf(rows: readonly Record<string, unknown>[]) {
  return rows.map(({ row }) => row as Record<string, unknown>);
}
