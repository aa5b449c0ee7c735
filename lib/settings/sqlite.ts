import { UsageError } from '../errors/error.ts';
import type { PostgresSettings, Settings, SqliteSettings } from './settings.ts';

export const USE_A_SERVER =
  'Name a database of Postgres: --database-url postgres://user:password@localhost/database';

/**
 * The settings of a server of Postgres, for what only such a one can do: here, and nowhere below, it is asked which database is meant.
 *
 * @param what begins the refusal, as a sentence without its end: `The statistics are kept by Postgres`
 * @throws UsageError `not-for-sqlite`
 */
export function postgresOnly(settings: Settings, what: string, hint = USE_A_SERVER): PostgresSettings {
  const { database } = settings;
  if (database.kind !== 'sqlite') return { ...settings, database };
  throw new UsageError('not-for-sqlite', `${what}, and ${database.shownAs} is a SQLite database.`, { hint });
}

/**
 * A SQLite database, by its file as it was named.
 *
 * @param resolve makes its path absolute @default it is
 */
export function sqliteSettings(named: string, resolve = (file: string) => file): SqliteSettings {
  return { kind: 'sqlite', file: resolve(named), shownAs: named };
}
