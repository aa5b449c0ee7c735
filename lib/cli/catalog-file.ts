import path from 'node:path';
import type { MadeOfSqlite } from '../jobs/catalog.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import type { Made } from '../postgres/drift/run-files.ts';
import type { Io } from './io.ts';
import { writeWhole } from './write-file.ts';

const NAME = 'catalog.json';

/** Where a catalog is kept: beside the files, unless another place is named. */
export function catalogFile(migrations: string, named: string | true): string {
  return named === true ? path.join(migrations, NAME) : named;
}

/** Where what files make is to be written down: beside them, unless another place is named. */
interface Wanted {
  readonly migrations: string;
  readonly catalog?: string | true;
}

/**
 * Writes down what files make, where that is asked for, and says where it is.
 *
 * @param made undefined where not all of them run: half of a catalog would call the other half drift
 */
export async function tellCatalog(
  io: Io,
  { migrations, catalog }: Wanted,
  compiled: CompiledMigrations,
  made: Made | MadeOfSqlite | undefined,
): Promise<string[]> {
  if (catalog === undefined) return [];
  if (!made || 'failed' in made) return ['No catalog was written: not all files run.'];
  const file = catalogFile(migrations, catalog);
  const { textOfCatalog, textOfSqliteCatalog } = await import('../jobs/catalog.ts');
  const text = 'role' in made ? textOfCatalog(made, compiled) : textOfSqliteCatalog(made, compiled);
  await writeWhole(io, file, text);
  return [`What they make is in ${file}.`];
}
