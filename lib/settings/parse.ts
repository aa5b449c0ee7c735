import { defaultStatisticsFunctions } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import { parseDuration } from '../text/duration.ts';
import { defaultLedger, fileLedger, parseFileLedger, parseLedgerName } from './ledger-name.ts';
import { isOnThisMachine } from './near.ts';
import type {
  DatabaseSettings,
  Login,
  PostgresSettings,
  RawSettings,
  RawValue,
  SettingKey,
  Settings,
  TlsSettings,
} from './settings.ts';
import { postgresOnly, sqliteSettings, USE_A_SERVER } from './sqlite.ts';
import {
  parseAddress,
  parseAuth,
  parseBoolean,
  parseChannelBinding,
  parseFunctionNames,
  parseHost,
  parsePort,
  parseTargetSession,
  parseTlsMode,
  parseTlsNegotiation,
} from './values.ts';

/** What the parser cannot know by itself. */
export interface ParseContext {
  readonly environment?: string | undefined;
  /** How a setting that is not set is called in the source that should have it: `host` -> `PGHOST`. */
  readonly nameOf: (key: SettingKey) => string;
  /** Says that a required setting is in none of the places that were looked at. @default - its name "is not set" */
  readonly missing?: (key: SettingKey) => string;
  /** The certificate authorities of RDS, used to check a server when the settings name no file of their own. */
  readonly certificates: () => readonly string[];
  /** Reads the file that the settings name as certificate authority. */
  readonly readFile: (file: string) => string;
  /** The absolute path of a file that is named relative to the current folder. @default as it is named */
  readonly resolve?: (file: string) => string;
  /** Makes a token of IAM: see iam-token.ts, which is heavy to load. */
  readonly createToken: (login: Login) => Promise<string>;
}

/**
 * The same for what only works on a server of Postgres: a function, the tables of the registry.
 *
 * @throws UsageError `invalid-settings`, `not-for-sqlite`
 */
export function parseSettings(raw: RawSettings, context: ParseContext): PostgresSettings {
  return postgresOnly(parseAnySettings(raw, context), 'This works on Postgres alone', USE_A_SERVER);
}

/**
 * Turns untrusted text into settings, of whichever database they name. All faults are reported together, each with the name of its setting,
 * never with the value of a password.
 *
 * @throws UsageError `invalid-settings`
 */
export function parseAnySettings(raw: RawSettings, context: ParseContext): Settings {
  const faults: string[] = [];
  const required = (key: SettingKey): string => {
    const found = raw[key];
    if (found?.value) return found.value;
    if (found) faults.push(`${found.name} is empty`);
    else faults.push(context.missing?.(key) ?? `${context.nameOf(key)} is not set`);
    return '';
  };
  const optional = <T>(key: SettingKey, fallback: T, parse: (value: string) => T): T => {
    const found = raw[key];
    if (found === undefined) return fallback;
    try {
      return parse(found.value);
    } catch (error) {
      faults.push(`${found.name}: ${error instanceof Error ? error.message : error}`);
      return fallback;
    }
  };
  const settings: Settings = {
    environment: context.environment,
    database: raw.file
      ? sqliteSettings(raw.file.value, context.resolve)
      : parseDatabase(raw, context, { faults, required, optional }),
    ledger: optional(
      'ledger',
      raw.file ? fileLedger : defaultLedger,
      raw.file ? parseFileLedger : parseLedgerName,
    ),
    migrations: { lockTimeoutMs: optional('lockTimeout', 2_000, parseDuration) },
    statistics: {
      functions: optional('statisticsFunctions', [...defaultStatisticsFunctions], parseFunctionNames),
      timeoutMs: optional('statisticsTimeout', 10 * 60_000, parseDuration),
    },
    maintenance: optional('maintenance', false, parseBoolean),
  };
  if (faults.length > 0) {
    throw new UsageError(
      'invalid-settings',
      `The settings${context.environment === undefined ? '' : ` of ${context.environment}`} have ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`,
      {
        detail: faults.map((fault) => `- ${fault}`).join('\n'),
        hint: 'Correct them where they are set. docs/reference/settings.md lists every setting.',
      },
    );
  }
  return settings;
}

/** Reads single settings, and keeps what is wrong with them. */
interface Reader {
  readonly faults: string[];
  readonly required: (key: SettingKey) => string;
  readonly optional: <T>(key: SettingKey, fallback: T, parse: (value: string) => T) => T;
}

function parseDatabase(
  raw: RawSettings,
  context: ParseContext,
  { faults, required, optional }: Reader,
): DatabaseSettings {
  const address = optional('address', undefined, parseAddress);
  const named = raw.host || address === undefined ? required('host') : address;
  const host = raw.host?.value ? optional('host', named, parseHost) : named;
  const isIam = optional('auth', 'password', parseAuth) === 'iam';
  const isNear = isOnThisMachine({ host, ...(address !== undefined && { address }) });
  const asked = optional('tls', isNear && !isIam ? 'disable' : 'verify-full', (value) => {
    const mode = parseTlsMode(value);
    if (!isIam || mode === 'verify-full') return mode;
    throw new Error(`"${value}" does not go with IAM authentication, which needs verify-full`);
  });
  const port = optional('port', 5432, parsePort);
  const database = required('database');
  const login: Login = { host, port, user: required('user') };
  const forToken = { ...login, port: optional('tokenPort', port, parsePort) };
  const isSocket = host.startsWith('/') && !isIam;
  const directTls = optional('tlsNegotiation', false, (value) => {
    const isDirect = parseTlsNegotiation(value);
    if (!isDirect || isSocket || ['require', 'verify-ca', 'verify-full'].includes(asked)) return isDirect;
    throw new Error(`"direct" goes with TLS require, verify-ca and verify-full only, and it is ${asked}`);
  });
  const options = raw.options?.value;
  const applicationName = raw.applicationName?.value;
  const target = optional('targetSession', undefined, parseTargetSession);
  const channelBinding = optional('channelBinding', undefined, parseChannelBinding);
  return {
    ...login,
    ...(address !== undefined && address !== host && { address }),
    database,
    ...(!isIam && raw.password && { password: raw.password.value }),
    ...(isIam && { createToken: () => context.createToken(forToken) }),
    // As for libpq: nobody is between both ends of a socket.
    tls: tlsOf(isSocket ? 'disable' : asked, raw.certificateFile, context, faults),
    ...(directTls && { directTls }),
    ...(channelBinding && { channelBinding }),
    ...(applicationName && { applicationName }),
    ...(options && { options }),
    ...(target && { target }),
    connectTimeoutMs: optional('connectTimeout', 10_000, parseDuration),
    names: namesOf(raw, context),
  };
}

/** Of what a failed connection may be about. */
function namesOf(raw: RawSettings, { nameOf }: ParseContext): Partial<Record<SettingKey, string>> {
  const keys = [
    'host',
    'port',
    'user',
    'password',
    'auth',
    'tls',
    'certificateFile',
    'targetSession',
  ] as const;
  return Object.fromEntries(keys.map((key) => [key, raw[key]?.name ?? nameOf(key)]));
}

function tlsOf(
  asked: TlsSettings['mode'],
  file: RawValue | undefined,
  context: ParseContext,
  faults: string[],
): TlsSettings {
  // As for libpq: who names an authority wants it to be looked at.
  const mode = asked === 'require' && file ? 'verify-ca' : asked;
  if (mode !== 'verify-ca' && mode !== 'verify-full') return { mode };
  if (!file) return { mode, certificates: context.certificates() };
  if (file.value === 'system') {
    if (mode !== 'verify-full') faults.push(`${file.name}: "system" goes with verify-full only`);
    return { mode };
  }
  try {
    return { mode, certificates: [context.readFile(file.value)] };
  } catch (error) {
    faults.push(`${file.name}: ${error instanceof Error ? error.message : error}`);
    return { mode };
  }
}
