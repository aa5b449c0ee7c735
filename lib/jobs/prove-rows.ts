import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { decodeSql } from '../migrations/script/decode.ts';
import type { Script } from '../migrations/script/statement.ts';
import { findVersion } from '../plan/versions.ts';
import type { Settings } from '../settings/settings.ts';
import { nearest } from '../text/nearest.ts';

type Database = Settings['database'];

export interface RowsOptions {
  /** A file of SQL, loaded once, before the first file that is judged. @default none */
  readonly data?: string;
  /** A folder of SQL files, each loaded after the migration whose version or number its name begins with. @default none */
  readonly fixtures?: string;
}

/** Rows for the files to work on, read and parsed. */
export interface ReadRows {
  readonly data?: Script;
  /** By the version of the file after which they are loaded. */
  readonly fixtures?: ReadonlyMap<string, readonly Script[]>;
}

/**
 * Reads the file of rows and the folder of fixtures. A file of the folder is loaded after the migration whose version, or number, it begins with.
 *
 * @param base the folder that their names are relative to
 * @param database the one that the files are for @default - some server of Postgres
 * @throws UsageError `no-such-file`, `unknown-version`; what is wrong with the SQL
 */
export async function readRows(
  base: string,
  compiled: CompiledMigrations,
  { data, fixtures }: RowsOptions,
  database?: Database,
): Promise<ReadRows> {
  return {
    ...(data !== undefined && { data: await readScript(base, data, database) }),
    ...(fixtures !== undefined && { fixtures: await readFixtures(base, compiled, fixtures, database) }),
  };
}

async function readScript(base: string, file: string, database: Database | undefined): Promise<Script> {
  // Loaded only here: the parser is needed anyway, but not before it is known which command runs.
  const { parserFor } = await import('./compile.ts');
  const bytes = await readFile(path.resolve(base, file)).catch(unreadable(file));
  return parserFor(database)(file, decodeSql(bytes, file));
}

async function readFixtures(
  base: string,
  { migrations, folder: shownAs }: CompiledMigrations,
  folder: string,
  database: Database | undefined,
): Promise<Map<string, Script[]>> {
  const names = await readdir(path.resolve(base, folder)).catch(unreadable(folder));
  const found = new Map<string, Script[]>();
  for (const name of names.filter((one) => one.endsWith('.sql')).sort()) {
    const file = path.posix.join(folder.split(path.sep).join('/'), name);
    const stem = name.replace(/\.sql$/, '');
    const migration =
      findVersion(migrations, stem) ?? findVersion(migrations, /^\d+/.exec(stem)?.[0] ?? stem);
    if (!migration) {
      const meant = nearest(
        stem,
        migrations.map(({ version }) => version),
      );
      throw new UsageError('unknown-version', `${file} belongs to no migration in ${shownAs}.`, {
        hint: meant
          ? `Perhaps ${meant}.sql is meant.`
          : 'Begin its name with the number of the file after which it is loaded: 003_rows.sql',
      });
    }
    const script = await readScript(base, file, database);
    found.set(migration.version, [...(found.get(migration.version) ?? []), script]);
  }
  return found;
}

function unreadable(file: string): (cause: unknown) => never {
  return (cause) => {
    throw new UsageError('no-such-file', `${file} cannot be read.`, { hint: 'Correct its name.', cause });
  };
}
