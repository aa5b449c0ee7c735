import { defaultStatisticsFunctions, statisticsFunctionName } from '../contract.ts';
import { UsageError } from '../errors/error.ts';
import { parseDuration } from '../text/duration.ts';
import { defaultLedger, parseLedgerName } from './ledger-name.ts';
import type { Login, RawSettings, RawValue, SettingKey, Settings, TlsSettings } from './settings.ts';

/** What the parser cannot know by itself. */
export interface ParseContext {
  readonly environment?: string | undefined;
  /** How a missing required setting is called in the source that should have it: `host` -> `PGHOST`. */
  readonly nameOf: (key: SettingKey) => string;
  /** The certificate authorities of RDS, used by `verify-full` when the settings name no file of their own. */
  readonly certificates: () => readonly string[];
  /** Reads the file that the settings name as certificate authority. */
  readonly readFile: (file: string) => string;
  /** Makes a token of IAM: see iam-token.ts, which is heavy to load. */
  readonly createToken: (login: Login) => Promise<string>;
}

/**
 * Turns untrusted text into settings. All faults are reported together, each with the name of its setting,
 * never with the value of a password.
 *
 * @throws UsageError `invalid-settings`
 */
export function parseSettings(raw: RawSettings, context: ParseContext): Settings {
  const faults: string[] = [];
  const required = (key: SettingKey): string => {
    const found = raw[key];
    if (found?.value) return found.value;
    faults.push(`${found?.name ?? context.nameOf(key)} is ${found ? 'empty' : 'not set'}`);
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
  const host = required('host');
  const isIam = optional('auth', 'password', parseAuth) === 'iam';
  const tlsMode = optional('tls', isLocal(host) && !isIam ? 'disable' : 'verify-full', (value) => {
    const mode = parseTlsMode(value);
    if (!isIam || mode === 'verify-full') return mode;
    throw new Error(`"${value}" does not go with IAM authentication, which needs verify-full`);
  });
  const port = optional('port', 5432, parsePort);
  const database = required('database');
  const login: Login = { host, port, user: required('user') };
  const settings: Settings = {
    environment: context.environment,
    database: {
      ...login,
      database,
      ...(!isIam && raw.password && { password: raw.password.value }),
      ...(isIam && { createToken: () => context.createToken(login) }),
      tls: tlsOf(tlsMode, raw.certificateFile, context, faults),
      connectTimeoutMs: optional('connectTimeout', 10_000, parseDuration),
    },
    ledger: optional('ledger', defaultLedger, parseLedgerName),
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

/** Hosts on which TLS protects nothing. A path is a Unix socket. */
export function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('/') || /^127(\.\d{1,3}){3}$/.test(host);
}

function tlsOf(
  mode: TlsSettings['mode'],
  file: RawValue | undefined,
  context: ParseContext,
  faults: string[],
): TlsSettings {
  if (mode !== 'verify-full') return { mode };
  if (!file) return { mode, certificates: context.certificates() };
  try {
    return { mode, certificates: [context.readFile(file.value)] };
  } catch (error) {
    faults.push(`${file.name}: ${error instanceof Error ? error.message : error}`);
    return { mode };
  }
}

function parseAuth(value: string): 'password' | 'iam' {
  if (value === 'password' || value === 'iam') return value;
  throw new Error(`"${value}" is neither password nor iam`);
}

function parseTlsMode(value: string): TlsSettings['mode'] {
  if (value === 'disable' || value === 'require' || value === 'verify-full') return value;
  throw new Error(`"${value}" is not one of disable, require, verify-full`);
}

function parsePort(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new Error(`"${value}" is not a port from 1 to 65535`);
}

function parseBoolean(value: string): boolean {
  if (/^(true|on|yes|1)$/i.test(value)) return true;
  if (/^(false|off|no|0|)$/i.test(value)) return false;
  throw new Error(`"${value}" is neither on nor off`);
}

function parseFunctionNames(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!statisticsFunctionName.test(name)) {
      throw new Error(`"${name}" is not the name of a function (name or schema.name, separated by commas)`);
    }
  }
  return names;
}
