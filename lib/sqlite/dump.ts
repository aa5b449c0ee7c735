import type { SqliteDatabase } from '../reports/database.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import type { SqliteSettings } from '../settings/settings.ts';
import { ownTables } from './ledger/tables.ts';
import { describeDatabase } from './session/describe.ts';
import { openToRead } from './session/open-to-read.ts';
import { shadowTables } from './session/shadows.ts';

/** Tables first, so that what names them comes after them; by name among themselves, so that equal schemas are equal texts. */
const ORDER = ['table', 'view', 'index', 'trigger'];

/**
 * The schema of a SQLite database as SQL, in an order that stays, without our own tables. Writes nothing.
 *
 * @throws RegistryJobsError `sqlite-open`
 */
export async function dumpFile(
  settings: SqliteSettings,
  ledger: LedgerName,
): Promise<{ readonly database: SqliteDatabase; readonly sql: string }> {
  const database = await openToRead(settings);
  try {
    const rows = database
      .prepare(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      )
      .all();
    const left = [...ownTables(ledger), ...shadowTables(database)];
    const objects = rows
      .map((row) => ({
        type: String(row.type),
        name: String(row.name),
        of: String(row.tbl_name),
        sql: String(row.sql),
      }))
      .filter(({ of }) => !left.includes(of))
      .sort(
        (one, other) => ORDER.indexOf(one.type) - ORDER.indexOf(other.type) || compare(one.name, other.name),
      );
    const sql = objects.map((object) => `${object.sql};\n`).join('\n');
    return { database: describeDatabase(database, settings), sql };
  } finally {
    database.close();
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
