import type { DatabaseSync } from 'node:sqlite';
import { count, listed } from '../text/format.ts';

/** How many rows of a table refer to a row of another one that is not there. */
export interface Dangling {
  readonly table: string;
  readonly parent: string;
  readonly rows: number;
}

/** Looks at every reference, or says undefined where one names no key, which SQLite cannot follow. */
export function readViolations(database: DatabaseSync): readonly Dangling[] | undefined {
  try {
    return database
      .prepare(
        'SELECT "table" AS child, parent, count(DISTINCT rowid) AS rows FROM pragma_foreign_key_check GROUP BY 1, 2',
      )
      .all()
      .map(({ child, parent, rows }) => ({
        table: String(child),
        parent: String(parent),
        rows: Number(rows),
      }));
  } catch {
    return undefined;
  }
}

/** Whether rows wait for the way up, which may refer to nothing as they did before. */
export function hasKeptRows(database: DatabaseSync): boolean {
  const sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name GLOB 'registry_jobs_kept_[0-9]*'";
  return database.prepare(sql).get() !== undefined;
}

/** What was not there before: rows are counted, since a table that is made anew numbers them anew. Pure. */
export function newViolations(before: readonly Dangling[], after: readonly Dangling[]): readonly Dangling[] {
  return after.flatMap((one) => {
    const known = before.find(({ table, parent }) => table === one.table && parent === one.parent)?.rows ?? 0;
    return one.rows > known ? [{ ...one, rows: one.rows - known }] : [];
  });
}

/** In words. Pure. */
export function sayViolations(found: readonly Dangling[]): string {
  return listed(found.map(({ table, parent, rows }) => `${count(rows, 'row')} of ${table} (${parent})`));
}
