import type { DatabaseSync } from 'node:sqlite';
import { quoteIdentifier } from '../ledger/tables.ts';

/** A row whose foreign key names no row, or a table whose keys cannot be looked at. */
export interface Violation {
  /** The same before and after a table was made anew, which gives rows other numbers. */
  readonly key: string;
  /** `channel row 3 (head = 'etcd') names no row of operatorbundle` */
  readonly text: string;
}

/** How many are told by name. */
const SHOWN = 5;

/** Every row whose foreign key leads nowhere, by `foreign_key_check`. Reads all tables that have such keys. */
export function readViolations(database: DatabaseSync): Violation[] {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  return tables.flatMap(({ name }): Violation[] => {
    const table = String(name);
    try {
      const check = database.prepare('SELECT rowid AS row, parent, fkid FROM pragma_foreign_key_check(?)');
      check.setReadBigInts(true);
      return check
        .all(table)
        .map(({ row, parent, fkid }) =>
          describe(database, table, String(parent), Number(fkid), row === null ? undefined : (row as bigint)),
        );
    } catch (error) {
      // A key that names columns which are no key of the other table: nothing in it can be looked at.
      const text = `${table}: ${error instanceof Error ? error.message : error}`;
      return [{ key: text, text }];
    }
  });
}

function describe(
  database: DatabaseSync,
  table: string,
  parent: string,
  fkid: number,
  row: bigint | undefined,
): Violation {
  const columns = database
    .prepare('SELECT "from" AS name FROM pragma_foreign_key_list(?) WHERE id = ? ORDER BY seq')
    .all(table, fkid)
    .map(({ name }) => String(name));
  const values = row === undefined ? [] : valuesOf(database, table, columns, row);
  const pairs = columns.map((column, index) => `${column} = ${values[index] ?? '?'}`).join(', ');
  return {
    key: JSON.stringify([table, parent, columns, values]),
    text: `${table} row ${row ?? '?'} (${pairs}) names no row of ${parent}`,
  };
}

function valuesOf(database: DatabaseSync, table: string, columns: readonly string[], row: bigint): string[] {
  const shown = columns.map((column, index) => `quote(${quoteIdentifier(column)}) AS v${index}`).join(', ');
  const found = database.prepare(`SELECT ${shown} FROM ${quoteIdentifier(table)} WHERE rowid = ?`).get(row);
  return columns.map((_, index) => String(found?.[`v${index}`]));
}

/** Those that were not there before, each as often as it came up. Pure. */
export function newViolations(before: readonly Violation[], after: readonly Violation[]): Violation[] {
  const known = new Map<string, number>();
  for (const { key } of before) known.set(key, (known.get(key) ?? 0) + 1);
  return after.filter(({ key }) => {
    const left = known.get(key) ?? 0;
    known.set(key, left - 1);
    return left <= 0;
  });
}

/** As lines of an error. Pure. */
export function listViolations(found: readonly Violation[]): string {
  const more = found.length - SHOWN;
  const lines = found.slice(0, SHOWN).map(({ text }) => `- ${text}`);
  return [...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}
