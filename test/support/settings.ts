import { fromVariables, readDatabaseUrl } from '../../lib/settings/environment.ts';
import { type ParseContext, parseSettings } from '../../lib/settings/parse.ts';
import type { DatabaseSettings, PostgresSettings, RawSettings } from '../../lib/settings/settings.ts';

/** What the parser is given when a test does not care. */
export const parseContext: ParseContext = {
  environment: 'test',
  nameOf: (key) => `the name of ${key}`,
  certificates: () => ['the certificates of RDS'],
  readFile: (file) => `the content of ${file}`,
  createToken: async ({ user, host, port }) => `a token for ${user} at ${host}:${port}`,
};

/** Settings as the command line would make them from a connection URL and variables. */
export function settingsFor(url: string, variables: Readonly<Record<string, string>> = {}): PostgresSettings {
  return parseSettings({ ...fromVariables(variables), ...readDatabaseUrl(url, 'the test') }, parseContext);
}

/** The part about the database, with some of it changed. */
export function databaseSettings(url: string, changes: Partial<DatabaseSettings> = {}): DatabaseSettings {
  return { ...settingsFor(url).database, ...changes };
}

/** `{ host: 'db' }` as a source would give it, each value named `<SOURCE> host`. */
export function rawSettings(
  values: Readonly<Partial<Record<keyof RawSettings, string>>>,
  source = 'test',
): RawSettings {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, name: `${source} ${key}` }]),
  );
}
