import { RegistryJobsError } from '../errors/error.ts';
import { MigrationProblems } from '../errors/problems.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type CompileOptions, type ParseScript, readFolder } from '../migrations/folder.ts';
import { parseScript } from '../postgres/parser/parse.ts';
import type { Settings } from '../settings/settings.ts';
import { parseScript as parseForSqlite } from '../sqlite/parser/parse.ts';

/**
 * Reads and parses a folder of migrations. This is the only way in that needs the parser: bundling calls it
 * when it builds, the command line when it runs; a Lambda reads the result.
 *
 * @param shownAs how files are named in reports and errors; the folder as given, unless said otherwise
 * @param database the one that the files are for @default - some server of Postgres
 * @throws UsageError for a folder that cannot be read, and for every problem that can be seen without a database.
 */
export function compileFolder(
  folder: string,
  shownAs: string = folder,
  options: CompileOptions = {},
  database?: Settings['database'],
): Promise<CompiledMigrations> {
  const parse = parserFor(database);
  return readFolder((file, text) => parse(file, text), folder, shownAs, options);
}

/** The parser of the database that the settings mean; where it refuses a file that the other one takes, it says so. */
export function parserFor(database: Settings['database'] | undefined): ParseScript {
  if (database?.kind === 'sqlite') {
    const rest = `Postgres takes this file, and ${database.shownAs} is a SQLite database.`;
    const hint =
      'Name the database that the files are for: --database-url postgres://user:password@localhost/database';
    return (file, text) => parseForSqlite(file, text).catch(sayingWhose(parseScript, file, text, rest, hint));
  }
  const rest = 'SQLite takes this file, and the database is one of Postgres.';
  const hint = 'Name the database that the files are for: --database-url sqlite:./index.db';
  return (file, text) =>
    parseScript(file, text).catch((error: unknown) => {
      // It takes nearly any word for a type, and so the slips of many a file that is for Postgres.
      if (!ONLY_SQLITE.test(text)) throw error;
      return sayingWhose(parseForSqlite, file, text, rest, hint)(error);
    });
}

/** What no file for Postgres holds where it is SQL. */
const ONLY_SQLITE =
  /\bautoincrement\b|\bwithout\s+rowid\b|^\s*(?:pragma|attach|detach)\b|\b(?:insert|update)\s+or\s+\w+|^\s*replace\s+into\b|\bcreate\s+virtual\s+table\b|\)\s*strict\b|`\w+`|\bafter\s+(?:insert|delete|update)\s+on\s+\w+[^;]*\bbegin\b/im;

/** Asked only of what is refused for its syntax: most words are the same in both. */
function sayingWhose(other: ParseScript, file: string, text: string, rest: string, hint: string) {
  return async (error: unknown): Promise<never> => {
    const [first] = error instanceof MigrationProblems ? error.problems : [error];
    if (!(first instanceof RegistryJobsError) || first.code !== 'syntax-error') throw error;
    const isTaken = await other(file, text).then(
      () => true,
      () => false,
    );
    if (!isTaken) throw error;
    const { location, excerpt } = first;
    throw new RegistryJobsError('wrong-dialect', `${first.message}. ${rest}`, {
      ...(location && { location }),
      ...(excerpt && { excerpt }),
      hint,
      cause: error,
    });
  };
}
