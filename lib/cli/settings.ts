import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rdsCertificates } from '../bundle/certificates.ts';
import type { JobName } from '../contract.ts';
import { fromVariables, readDatabaseUrl } from '../settings/environment.ts';
import { mergeLayers } from '../settings/layers.ts';
import { parseSettings } from '../settings/parse.ts';
import type { RawSettings, Settings } from '../settings/settings.ts';
import { readSource, type SettingsSource } from '../settings/source.ts';
import type { Io } from './io.ts';

/** The options that every command with a database has. */
export interface DatabaseOptions {
  readonly env: string;
  readonly databaseUrl?: string;
  readonly ledger?: string;
}

/** Settings, and where they came from: `reset` must know. */
export interface OpenedSettings {
  readonly settings: Settings;
  readonly source: SettingsSource['kind'];
}

/** Finds and parses the settings, and has the embedded Postgres started if they ask for it. */
export async function openSettings(options: DatabaseOptions, job: JobName, io: Io): Promise<OpenedSettings> {
  const { databaseUrl, ledger } = options;
  const flags: RawSettings = {
    ...(databaseUrl !== undefined && readDatabaseUrl(databaseUrl, '--database-url')),
    ...(ledger !== undefined && { ledger: { value: ledger, name: '--ledger' } }),
  };
  const environment = fromVariables(io.env);
  const isServerGiven = Boolean(flags.host ?? environment.host);
  const source = await readSource({ folder: io.folder, environment: options.env, job, isServerGiven });
  const isEmbedded = source.embedded !== undefined && !isServerGiven;
  const found = isEmbedded
    ? { ...source.raw, ...(await embeddedServer(source, { ...source.raw, ...environment, ...flags }, io)) }
    : source.raw;
  const settings = parseSettings(mergeLayers({ flags, environment, source: found }), {
    environment: isServerGiven ? undefined : options.env,
    nameOf: source.nameOf,
    certificates: () => [rdsCertificates()],
    readFile: (file) => readFileSync(path.resolve(io.folder, file), 'utf8'),
    // Loaded only here, like the client of Parameter Store.
    createToken: async (login) => (await import('../settings/iam-token.ts')).createIamToken(login),
  });
  return { settings, source: isServerGiven ? 'none' : source.kind };
}

async function embeddedServer(
  source: SettingsSource,
  { database }: RawSettings,
  io: Io,
): Promise<RawSettings> {
  // Loaded only here, since an installation that never uses it need not have it.
  const { joinSharedPostgres } = await import('../local/shared-postgres.ts');
  const server = await joinSharedPostgres(path.resolve(io.folder, source.embedded ?? ''));
  if (database?.value) await server.createDatabase(database.value);
  const name = 'the embedded Postgres';
  const raw = { host: server.host, port: String(server.port), user: server.user, password: server.password };
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, { value, name }]));
}
