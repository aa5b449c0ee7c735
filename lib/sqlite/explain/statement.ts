import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../../errors/error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script, Statement } from '../../migrations/script/statement.ts';
import { redact } from '../../secrets/redact.ts';
import { nearest } from '../../text/nearest.ts';
import { placeIn } from './place.ts';

/** What became of the rest of the file. */
export type Kept = 'nothing-run' | 'undone' | 'half-done';

const REST: Readonly<Record<Kept, string>> = {
  'nothing-run': 'Correct the file and run again: nothing was run.',
  undone: 'Correct the file and run again: nothing of it was kept.',
  'half-done': 'Correct the file, then go on with: registry-jobs resume',
};

/**
 * What SQLite says of a statement, with the place in the file.
 *
 * @param database in the state in which the statement was refused
 */
export function explainStatement(
  database: DatabaseSync,
  { file, text }: Script,
  { start, end }: Statement,
  cause: unknown,
  kept: Kept,
): RegistryJobsError {
  if (cause instanceof RegistryJobsError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const location = locate(file, text, start + placeIn(database, text.slice(start, end), said));
  const rest = REST[kept];
  const meant = whatWasMeant(database, said);
  return new RegistryJobsError('statement-failed', redact(said), {
    location,
    excerpt: excerpt(text, location),
    hint: meant === undefined ? rest : `Perhaps you meant ${meant}. ${rest}`,
    cause,
  });
}

/** A table or column with nearly that name, where there is one. */
function whatWasMeant(database: DatabaseSync, message: string): string | undefined {
  const [, kind, name] = /^no such (table|column): "?([^"]+)"?$/.exec(message) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  const word = name.slice(name.lastIndexOf('.') + 1);
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    .all()
    .map((row) => String(row.name));
  if (kind === 'table') return nearest(word, tables);
  const columns = tables.flatMap((table) => {
    try {
      return database
        .prepare('SELECT name FROM pragma_table_info(?)')
        .all(table)
        .map((row) => String(row.name));
    } catch {
      // A view of what is gone has no columns.
      return [];
    }
  });
  return nearest(word, columns);
}
