import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { rowsIn } from './operator-trees.ts';

/** What a killed run was at is undone by who opens the file next and may write it. */
export function rollBack(file: string): void {
  const database = new DatabaseSync(file);
  database.prepare('SELECT count(*) FROM sqlite_master').get();
  database.close();
}

/** A hash of schema and rows, but for the time of a step and the history of runs. */
export function contentOf(file: string): string {
  const integrity = rowsIn(file, 'PRAGMA integrity_check');
  const schema = rowsIn(
    file,
    `SELECT type, name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'schema\\_migrations\\_%' ESCAPE '\\' ORDER BY type, name`,
  );
  const tables = rowsIn(
    file,
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'schema\\_migrations%' ESCAPE '\\' ORDER BY name`,
  );
  const rows = tables.map(([name]) => [
    name,
    rowsIn(file, `SELECT * FROM "${name}"`)
      .map((row) => JSON.stringify(row.map(readable)))
      .sort(),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([integrity, schema, rows]))
    .digest('hex');
}

const readable = (value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
