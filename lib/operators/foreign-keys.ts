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

/**
 * How many rows of a table a way down has kept that referred to nothing even then: they come back as they were.
 *
 * @returns by the name of the table that they belong to
 */
export function readKeptViolations(database: DatabaseSync): ReadonlyMap<string, number> {
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_master AS kept WHERE name GLOB 'registry_jobs_kept_[0-9]*'
        AND EXISTS (SELECT 1 FROM pragma_table_info(kept.name) AS info WHERE info.name = 'of_bundle')`,
    )
    .all();
  return new Map(
    tables.map(({ name }) => {
      const row = database.prepare(`SELECT count(*) AS rows FROM "${name}" WHERE NOT of_bundle`).get();
      return [String(name).replace(/^registry_jobs_kept_\d+_/, ''), Number(row?.rows)];
    }),
  );
}

/**
 * What was not there before: rows are counted, since a table that is made anew numbers them anew. Pure.
 *
 * @param kept rows that may come back besides
 */
export function newViolations(
  before: readonly Dangling[],
  after: readonly Dangling[],
  kept: ReadonlyMap<string, number> = new Map(),
): readonly Dangling[] {
  return after.flatMap((one) => {
    const known = before.find(({ table, parent }) => table === one.table && parent === one.parent)?.rows ?? 0;
    return one.rows > known + (kept.get(one.table) ?? 0) ? [{ ...one, rows: one.rows - known }] : [];
  });
}

/** In words. Pure. */
export function sayViolations(found: readonly Dangling[]): string {
  return listed(found.map(({ table, parent, rows }) => `${count(rows, 'row')} of ${table} (${parent})`));
}
