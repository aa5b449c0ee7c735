import { RegistryJobsError } from '../errors/error.ts';
import { MigrationProblems } from '../errors/problems.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { type CompileOptions, type ParseScript, readFolder } from '../migrations/folder.ts';
import { parseScript } from '../postgres/parser/parse.ts';
import type { Settings } from '../settings/settings.ts';

/** Loaded when a file is parsed for it: most files are for a server. */
const parseForSqlite: ParseScript = async (file, text) =>
  (await import('../sqlite/parser/parse.ts')).parseScript(file, text);

/**
 * Reads and parses a folder of migrations. This is the only way in that needs the parser: bundling calls it
 * when it builds, the command line when it runs; a Lambda reads the result.
 *
 * @param shownAs how files are named in reports and errors; the folder as given, unless said otherwise
 * @param database the one that the files are for @default - some server of Postgres
 * @throws UsageError for a folder that cannot be read, and for every problem that can be seen without a database.
 */
export async function compileFolder(
  folder: string,
  shownAs: string = folder,
  options: CompileOptions = {},
  database?: Settings['database'],
): Promise<CompiledMigrations> {
  const parse = parserFor(database);
  const compiled = await readFolder((file, text) => parse(file, text), folder, shownAs, options);
  return database?.kind === 'sqlite' ? { ...compiled, dialect: 'sqlite' } : compiled;
}

function problemsIn(error: unknown): readonly unknown[] {
  return error instanceof MigrationProblems ? error.problems : [error];
}

/** The parser of the database that files are for. */
export function parserFor(database: Settings['database'] | undefined): ParseScript {
  const parse: ParseScript =
    database?.kind === 'sqlite' ? parseForSqlite : (file, text) => parseScript(file, text);
  const refused = refusalFor(database);
  return (file, text) => parse(file, text).catch((error: unknown) => refused(error, file, text));
}

/** What no file for Postgres holds where it is SQL: SQLite takes nearly any word for a type, and so many a slip in a file for Postgres. */
const ONLY_SQLITE =
  /\bautoincrement\b|\bwithout\s+rowid\b|^\s*(?:pragma|attach|detach)\b|\b(?:insert|update)\s+or\s+\w+|^\s*replace\s+into\b|\bcreate\s+virtual\s+table\b|\)\s*strict\b|`\w+`|\bafter\s+(?:insert|delete|update)\s+on\s+\w+[^;]*\bbegin\b/im;

/**
 * What becomes of a refusal of a file: where it is for its syntax, and the other database takes the file, that is what is told. Most words are
 * the same in both, so it is asked only then.
 */
export function refusalFor(database: Settings['database'] | undefined) {
  return async (error: unknown, file: string, text: string): Promise<never> => {
    const [first] = problemsIn(error);
    if (!(first instanceof RegistryJobsError) || first.code !== 'syntax-error') throw error;
    const isSqlite = database?.kind === 'sqlite';
    if (!isSqlite && !ONLY_SQLITE.test(text)) throw error;
    const isTaken = await (isSqlite ? parseScript : parseForSqlite)(file, text).then(
      () => true,
      // What it refuses for another reason it has understood.
      (other: unknown) =>
        problemsIn(other).every((one) => one instanceof RegistryJobsError && one.code !== 'syntax-error'),
    );
    if (!isTaken) throw error;
    const rest = isSqlite
      ? `Postgres takes this file, and ${database.shownAs} is a SQLite database.`
      : 'SQLite takes this file, and the database is one of Postgres.';
    const url = isSqlite ? 'postgres://user:password@localhost/database' : 'sqlite:./index.db';
    const { location, excerpt } = first;
    throw new RegistryJobsError('wrong-dialect', `${first.message}. ${rest}`, {
      ...(location && { location }),
      ...(excerpt && { excerpt }),
      hint: `Name the database that the files are for: --database-url ${url}`,
      cause: error,
    });
  };
}
