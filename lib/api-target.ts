import { type DatabaseOptions, settingsOf } from './api-settings.ts';
import { UsageError } from './errors/error.ts';
import { type CompiledMigrations, checkCompiled } from './migrations/compiled.ts';
import { withoutSecrets } from './secrets/redact-error.ts';
import { passwordOf } from './settings/database-url.ts';
import type { Settings } from './settings/settings.ts';

/** The migrations: a folder of SQL files, or what {@link compile} made of one. */
export type MigrationSource =
  | {
      /** The folder, absolute or relative to the current one. Files are named in reports as it is written here. */
      readonly folder: string;
      /** What an empty database starts with, instead of `initial_schema.sql` of the folder. */
      readonly initialSchema?: string;
      readonly compiled?: never;
    }
  | { readonly compiled: CompiledMigrations; readonly folder?: never; readonly initialSchema?: never };

/** Where to work, and on what. */
export type Target = MigrationSource & {
  /**
   * A connection string of libpq, such as `postgres://user:password@host:5432/database?sslmode=verify-full`, or its parts; or a file of
   * SQLite, `sqlite:./index.db`, relative to the current folder.
   */
  readonly database: string | DatabaseOptions;
  /** What reports call this environment. @default 'library' */
  readonly environment?: string;
};

interface CompileOptions {
  readonly initialSchema?: string;
  /** The database that the files are for: `sqlite:./index.db`. @default - a server of Postgres */
  readonly database?: string | DatabaseOptions;
}

/**
 * Reads and checks a folder of migrations with the grammar of the database that it is for, without a database. The result is plain data: as
 * JSON it can be shipped with an application, which then needs neither the files nor the parser.
 *
 * @throws UsageError for a folder that cannot be read; RegistryJobsError naming every file that cannot run, and where
 */
export async function compile(
  folder: string,
  { initialSchema: file, database }: CompileOptions = {},
): Promise<CompiledMigrations> {
  // Loaded only here, since the parser takes longer to load than the rest.
  const { compileFolder } = await import('./jobs/compile.ts');
  const options = file === undefined ? {} : { initialSchema: { file, shownAs: file } };
  return compileFolder(
    folder,
    folder,
    options,
    database === undefined ? undefined : settingsOf(database).database,
  );
}

/** Errors are logged by whoever catches them: none leaves with the password of the database. */
export function withTarget<T>(
  target: Target & { readonly lockTimeoutMs?: number },
  work: (compiled: CompiledMigrations, settings: Settings) => Promise<T>,
): Promise<T> {
  return withoutSecrets([passwordOf(target.database)], async () => {
    const settings = settingsOf(target.database, target.environment, target.lockTimeoutMs);
    return work(await compiledOf(target, target.database), settings);
  });
}

/** @throws UsageError `wrong-dialect` */
function checkDialect(
  compiled: CompiledMigrations,
  database: string | DatabaseOptions | undefined,
): CompiledMigrations {
  const isFile = database !== undefined && settingsOf(database).database.kind === 'sqlite';
  if (database === undefined || isFile === (compiled.dialect === 'sqlite')) return compiled;
  const [own, other] = isFile ? ['Postgres', 'SQLite'] : ['SQLite', 'Postgres'];
  throw new UsageError(
    'wrong-dialect',
    `These files were compiled for ${own}, and the database is one of ${other}.`,
    {
      hint: 'Compile them for it: compile(folder, { database })',
    },
  );
}

/** @throws UsageError `no-migrations-folder`, and whatever is wrong with the files */
export async function compiledOf(
  target: MigrationSource,
  database?: string | DatabaseOptions,
): Promise<CompiledMigrations> {
  const { initialSchema } = target;
  if (target.folder !== undefined) {
    return compile(target.folder, { ...(initialSchema && { initialSchema }), ...(database && { database }) });
  }
  if (target.compiled !== undefined) return checkDialect(checkCompiled(target.compiled), database);
  throw new UsageError('no-migrations-folder', 'Neither a folder nor compiled migrations were given.', {
    hint: 'Name the folder of SQL files as `folder`, or give what compile() returned as `compiled`.',
  });
}
