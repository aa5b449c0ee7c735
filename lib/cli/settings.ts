import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rdsCertificates } from '../bundle/certificates.ts';
import { environmentVariables, type JobName } from '../contract.ts';
import { renderWarnings, type WarningReport } from '../errors/warning.ts';
import { readEnvFile } from '../settings/env-file.ts';
import { fromVariables, readDatabaseUrl, variableNames } from '../settings/environment.ts';
import { besides, mergeLayers, whichDatabase } from '../settings/layers.ts';
import { fromEnvFile } from '../settings/other-names.ts';
import { type ParseContext, parseAnySettings } from '../settings/parse.ts';
import type { RawSettings, Settings, SqliteSettings } from '../settings/settings.ts';
import { readSource, type SettingsSource } from '../settings/source.ts';
import type { Io } from './io.ts';
import { assertOneDatabase, missingIn } from './which-database.ts';

/** The options that every command with a database has. */
export interface DatabaseOptions {
  readonly env: string;
  readonly databaseUrl?: string;
  /** What the option is called that gave it. @default --database-url */
  readonly urlOption?: string;
  readonly parameterPath?: string;
  readonly ledger?: string;
  readonly statisticsFunctions?: string;
  /** How long to wait for the server, and for another run, in milliseconds. */
  readonly wait?: number;
}

/** Settings, and where they came from: `reset` must know. */
export interface OpenedSettings {
  readonly settings: Settings;
  readonly source: SettingsSource['kind'];
  readonly isEmbedded: boolean;
}

/** Settings that are found, and not parsed yet. */
export interface FoundSettings {
  readonly raw: RawSettings;
  readonly context: ParseContext;
  readonly source: SettingsSource['kind'];
  /** Whether it is the embedded Postgres, which stops when no command uses it. */
  readonly isEmbedded: boolean;
}

/**
 * Finds and parses the settings, and has the embedded Postgres started if they ask for it. What was set and not used is told.
 *
 * @param isEnvNamed whether somebody asked for the environment by name
 * @throws UsageError `invalid-settings`, `no-settings`, `two-databases`; RegistryJobsError `parameters-...`, and of the embedded server
 */
export async function openSettings(
  options: DatabaseOptions,
  job: JobName,
  io: Io,
  isEnvNamed = false,
): Promise<OpenedSettings> {
  const { raw, context, source, isEmbedded } = await findSettings(options, job, io, isEnvNamed);
  return { settings: parseAnySettings(raw, context), source, isEmbedded };
}

/**
 * The SQLite database that the options, the environment or a `.env` file mean; nothing where they mean a server. Asks neither a server nor
 * Parameter Store: files are parsed before there is a reason to.
 *
 * @throws UsageError `invalid-settings`
 */
export async function findSqlite(options: DatabaseOptions, io: Io): Promise<SqliteSettings | undefined> {
  const flags = readFlags(options);
  const environment = fromVariables(io.env);
  const isGiven = whichDatabase(flags) ?? whichDatabase(environment) ?? options.parameterPath;
  // What cannot be read is told when the settings are.
  const file = isGiven ? undefined : await readEnvFile(io.folder, options.env).catch(() => undefined);
  const source = file ? fromEnvFile(file).raw : {};
  const { file: named } = mergeLayers({ flags, environment, source });
  if (!named) return undefined;
  return { kind: 'sqlite', file: path.resolve(io.folder, named.value), shownAs: named.value };
}

/** The same without the parsing, for who wants to show where each came from, whatever is wrong with it. */
export async function findSettings(
  options: DatabaseOptions,
  job: JobName,
  io: Io,
  isEnvNamed = false,
): Promise<FoundSettings> {
  const { env } = options;
  const flags = readFlags(options);
  const environment = fromVariables(io.env);
  const isServerGiven = Boolean(whichDatabase(flags) ?? whichDatabase(environment));
  const parameterPath = options.parameterPath ?? (io.env[environmentVariables.parameterPath] || undefined);
  const named = parameterPath !== undefined && {
    path: { value: parameterPath, isFlag: options.parameterPath !== undefined },
  };
  // Before anything is asked over the network, as far as that is possible.
  const before = { flags, environment, env, isEnvNamed, ...named };
  if (named) assertOneDatabase({ ...before, source: { raw: {}, missing: (key) => key } });
  const source = await readSource({
    ...{ folder: io.folder, environment: env, job, isServerGiven },
    ...(!isServerGiven && { parameterPath }),
  });
  const asked = { ...before, source };
  tell(io, [...source.warnings, ...assertOneDatabase(asked)]);
  if (source.embedded !== undefined && source.raw.file) tell(io, [notStarted(source.raw.file.name)]);
  const isEmbedded = source.embedded !== undefined && !isServerGiven && !source.raw.file;
  const found = isEmbedded
    ? { ...source.raw, ...(await embeddedServer(source, { ...source.raw, ...environment, ...flags }, io)) }
    : source.raw;
  const isOfEnvironment = !isServerGiven && (!named || isEnvNamed);
  return {
    raw: mergeLayers({ flags, environment: isEmbedded ? besides(environment) : environment, source: found }),
    context: {
      environment: isOfEnvironment ? env : undefined,
      nameOf: isServerGiven ? (key) => variableNames[key] : source.nameOf,
      missing: missingIn(asked, (key) => variableNames[key]),
      certificates: () => [rdsCertificates()],
      readFile: (file) => readFileSync(path.resolve(io.folder, file), 'utf8'),
      // A .env file stands in the same folder, so a path means the same wherever it is named.
      resolve: (file) => path.resolve(io.folder, file),
      // Loaded only here, like the client of Parameter Store.
      createToken: async (login) => (await import('../settings/iam-token.ts')).createIamToken(login),
    },
    source: isServerGiven ? 'none' : source.kind,
    isEmbedded,
  };
}

/** A file and a server in one place: the file is named, the server only asked for. */
function notStarted(name: string): WarningReport {
  const message = `${name} names a SQLite database, so the embedded Postgres that REGISTRY_JOBS_EMBEDDED asks for was not started.`;
  return { code: 'settings-disagree', message };
}

function readFlags({
  databaseUrl,
  ledger,
  statisticsFunctions,
  parameterPath,
  urlOption = '--database-url',
}: DatabaseOptions): RawSettings {
  const url = databaseUrl === undefined ? {} : readDatabaseUrl(databaseUrl, urlOption);
  return {
    // Without a name it is the host, unless that one is in Parameter Store.
    ...(url.address && parameterPath === undefined && { host: url.address }),
    ...url,
    ...(ledger !== undefined && { ledger: { value: ledger, name: '--ledger (or --table)' } }),
    ...(statisticsFunctions !== undefined && {
      statisticsFunctions: { value: statisticsFunctions, name: '--statistics-functions' },
    }),
  };
}

/** What keeps nothing from running. */
export function tell(io: Io, warnings: readonly WarningReport[]): void {
  for (const line of renderWarnings(warnings)) io.err(`${line}\n`);
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
