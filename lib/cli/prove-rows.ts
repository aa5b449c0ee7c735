import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { CompiledMigrations } from '../migrations/compiled.ts';
import { decodeSql } from '../migrations/script/decode.ts';
import type { Script } from '../migrations/script/statement.ts';
import { findVersion } from '../plan/versions.ts';
import { nearest } from '../text/nearest.ts';
import type { Io } from './io.ts';

interface RowsOptions {
  readonly data?: string;
  readonly fixtures?: string;
}

/** Rows for the files to work on, read and parsed. */
export interface ReadRows {
  readonly data?: Script;
  /** By the version of the file after which they are loaded. */
  readonly fixtures?: ReadonlyMap<string, readonly Script[]>;
}

/**
 * Reads what `--data` and `--fixtures` name. A file of the folder is loaded after the migration whose version, or number, it begins with.
 *
 * @throws UsageError `no-such-file`, `unknown-version`; what is wrong with the SQL
 */
export async function readRows(
  io: Pick<Io, 'folder'>,
  compiled: CompiledMigrations,
  { data, fixtures }: RowsOptions,
): Promise<ReadRows> {
  return {
    ...(data !== undefined && { data: await readScript(io, data) }),
    ...(fixtures !== undefined && { fixtures: await readFixtures(io, compiled, fixtures) }),
  };
}

async function readScript({ folder }: Pick<Io, 'folder'>, file: string): Promise<Script> {
  // Loaded only here: the parser is needed anyway, but not before it is known which command runs.
  const { parseScript } = await import('../postgres/parser/parse.ts');
  const bytes = await readFile(path.resolve(folder, file)).catch(unreadable(file));
  return parseScript(file, decodeSql(bytes, file));
}

async function readFixtures(
  io: Pick<Io, 'folder'>,
  { migrations, folder: shownAs }: CompiledMigrations,
  folder: string,
): Promise<Map<string, Script[]>> {
  const names = await readdir(path.resolve(io.folder, folder)).catch(unreadable(folder));
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
    found.set(migration.version, [...(found.get(migration.version) ?? []), await readScript(io, file)]);
  }
  return found;
}

function unreadable(file: string): (cause: unknown) => never {
  return (cause) => {
    throw new UsageError('no-such-file', `${file} cannot be read.`, { hint: 'Correct its name.', cause });
  };
}
