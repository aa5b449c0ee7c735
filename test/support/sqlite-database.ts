import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestDatabase } from './database.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A SQLite database in a folder of its own; there is no file before something is written. */
export function createSqliteDatabase(): TestDatabase {
  const file = path.join(temporaryFolder(), 'shop.db');
  return {
    name: file,
    url: `sqlite:${file}`,
    query: async <Row>(sql: string, values: unknown[] = []) => querySqlite(file, sql, values) as Row[],
    connect: () => Promise.reject(new Error('A file has no connections to hand out.')),
    drop: async () => {},
  };
}

/** Runs SQL on a connection of its own and returns the rows of the statement, if it is only one. */
export function querySqlite(file: string, sql: string, values: unknown[] = []): Record<string, unknown>[] {
  const database = new DatabaseSync(file);
  try {
    const statement = database.prepare(sql);
    if (statement.sourceSQL.trim() === sql.trim() || statement.sourceSQL.trim() === `${sql.trim()};`)
      return statement.all(...(values as string[])).map((row) => ({ ...row }));
    database.exec(sql);
    return [];
  } finally {
    database.close();
  }
}
