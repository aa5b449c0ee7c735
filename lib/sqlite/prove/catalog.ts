import type { DatabaseSync } from 'node:sqlite';
import type { ErrorReport } from '../../errors/error.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import { keyOf, type Snapshot, type SnapshotObject } from '../../plan/snapshot.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { ownTables } from '../ledger/tables.ts';
import { shadowTables } from '../session/shadows.ts';
import { emptyState, openState, REACHES_OUT, reachesOut, runScripts } from './state.ts';

/** What files make of an empty database, or why they do not run. */
export type Made =
  | { readonly version: string; readonly snapshot: Snapshot }
  | { readonly version: string; readonly failed: Pick<ErrorReport, 'message' | 'location'> };

/** Runs all files in order in an empty database in memory, and looks at the schema that they leave. */
export async function makeCatalog({ migrations }: CompiledMigrations, ledger: LedgerName): Promise<Made> {
  const scripts = migrations.map(({ up }) => up);
  const outside = scripts.find(reachesOut);
  const { state, failed } = await runScripts(
    await emptyState(ledger),
    scripts.filter((one) => one !== outside),
  );
  const database = await openState(state);
  try {
    const version = String(database.prepare('SELECT sqlite_version() AS version').get()?.version);
    if (failed) return { version, failed: failed.error };
    if (outside) {
      const message = `${outside.file} is not run: ${REACHES_OUT}`;
      return { version, failed: { message } };
    }
    return { version, snapshot: readSchema(database, [...ownTables(ledger), ...shadowTables(database)]) };
  } finally {
    database.close();
  }
}

/** Tables with their columns, and what belongs to them, as SQLite keeps it. */
function readSchema(database: DatabaseSync, leaveOut: readonly string[]): Snapshot {
  const rows = database
    .prepare(
      "SELECT type, name, tbl_name AS whole, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all();
  const objects = rows
    .filter(({ whole }) => !leaveOut.includes(String(whole)))
    .flatMap(({ type, name, whole, sql }): SnapshotObject[] => {
      const own = `table ${whole}`;
      const isPart = type === 'index' || type === 'trigger';
      const properties = JSON.stringify({ definition: String(sql) });
      const object = { kind: String(type), name: String(name), ...(isPart && { of: own }), properties };
      return [object, ...(type === 'table' ? columnsOf(database, String(name)) : [])];
    });
  return new Map(objects.map((object) => [keyOf(object), object]));
}

/** Kinds of columns that are computed, by what `PRAGMA table_xinfo` calls hidden. */
const HIDDEN: Readonly<Record<number, string>> = { 2: 'virtual', 3: 'stored' };

function columnsOf(database: DatabaseSync, table: string): SnapshotObject[] {
  const rows = database.prepare('SELECT * FROM pragma_table_xinfo(?)').all(table);
  return rows
    .filter(({ hidden }) => hidden !== 1)
    .map(({ cid, name, type, notnull, dflt_value: otherwise, pk, hidden }) => ({
      kind: 'column',
      name: String(name),
      of: `table ${table}`,
      properties: JSON.stringify({
        ...{ position: String(Number(cid) + 1), type: String(type) },
        'not null': notnull === 1 ? 'true' : null,
        default: otherwise === null ? null : String(otherwise),
        'place in the primary key': pk === 0 ? null : String(pk),
        generated: HIDDEN[Number(hidden)] ?? null,
      }),
    }));
}
