import type { DatabaseSync } from 'node:sqlite';
import type { ForeignRows } from '../../plan/adopt.ts';
import { LEDGERS_OF_OTHERS } from '../../plan/ledgers-of-others.ts';
import type { OtherTable } from '../../plan/other-table.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { columnsOf } from './read.ts';
import { ledgerTable, quoteIdentifier } from './tables.ts';

/** What the table of another tool says that has the ledger's name. */
export function readForeignRows(database: DatabaseSync, name: LedgerName): ForeignRows {
  const columns = columnsOf(database, name);
  const others = namesOfOthers(database);
  if (!columns.has('version')) return { ledger: [], flyway: [], isGolangMigrate: false, others };
  const isGolangMigrate = columns.has('dirty');
  const rows = database
    .prepare(
      `SELECT CAST(version AS TEXT) AS version${isGolangMigrate ? ', CAST(dirty AS TEXT) AS dirty' : ''} FROM ${ledgerTable(name)}`,
    )
    .all();
  return {
    // That tool writes a boolean as text or as a number, by its version.
    ledger: rows.map(({ version, dirty }) => ({
      version,
      ...(isGolangMigrate && { dirty: /^(?:true|t|1)$/i.test(String(dirty)) }),
    })),
    flyway: [],
    isGolangMigrate,
    others,
  };
}

function namesOfOthers(database: DatabaseSync): string[] {
  const rows = database
    .prepare("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
    .all();
  return rows.map(({ name }) => String(name)).filter((name) => LEDGERS_OF_OTHERS.has(name));
}

/** Tables of a name that have these columns: there is one, or none. */
export function readOtherTables(
  database: DatabaseSync,
  table: string,
  columns: readonly string[],
): OtherTable[] {
  const name = { schema: 'main', table };
  const types = columnsOf(database, name);
  if (columns.length === 0 || !columns.every((column) => types.has(column.toLowerCase()))) return [];
  const shown = [...types.keys()].map(
    (column) => `CAST(${quoteIdentifier(column)} AS TEXT) AS ${quoteIdentifier(column)}`,
  );
  const rows = database.prepare(`SELECT ${shown.join(', ')} FROM main.${quoteIdentifier(table)}`).all();
  return [{ name, columns: types, isUntyped: true, rows: rows as OtherTable['rows'] }];
}
