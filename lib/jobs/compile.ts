import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type CompileOptions, readFolder } from '../migrations/folder.ts';
import { parseScript } from '../postgres/parser/parse.ts';

/**
 * Reads and parses a folder of migrations. This is the only way in that needs the parser: bundling calls it
 * when it builds, the command line when it runs; a Lambda reads the result.
 *
 * @param shownAs how files are named in reports and errors; the folder as given, unless said otherwise
 * @throws UsageError for a folder that cannot be read, and for every problem that can be seen without a database.
 */
export function compileFolder(
  folder: string,
  shownAs: string = folder,
  options: CompileOptions = {},
): Promise<CompiledMigrations> {
  return readFolder(parseScript, folder, shownAs, options);
}
