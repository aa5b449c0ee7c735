import { showLedgerName } from './ledger-name.ts';
import type { DatabaseSettings, PostgresSettings, RawSettings, SettingKey } from './settings.ts';
import { parseAddress, parseHost, parsePort } from './values.ts';

/** What counts of a setting, and who said it. */
export interface SettingOrigin {
  readonly setting: string;
  readonly value: string;
  readonly from: string;
}

/** In the order in which a person thinks of them. The others are told only where they are set. */
const ALWAYS = ['host', 'port', 'database', 'user', 'password', 'tls', 'ledger'] as const;
const WHERE_SET = [
  ...(['address', 'tokenPort', 'auth', 'certificateFile', 'tlsNegotiation', 'channelBinding'] as const),
  ...(['applicationName', 'options', 'targetSession', 'connectTimeout', 'lockTimeout'] as const),
];

const WORDS: Readonly<Partial<Record<SettingKey, string>>> = {
  // Alone, the word would have whoever masks the report mask what comes after it.
  password: 'password set',
  tokenPort: 'port of tokens',
  tls: 'TLS',
  certificateFile: 'authority of TLS',
  tlsNegotiation: 'TLS negotiation',
  channelBinding: 'channel binding',
  applicationName: 'application name',
  targetSession: 'target session',
  connectTimeout: 'connect timeout',
  lockTimeout: 'lock timeout',
};

/**
 * Lists the settings that a run of migrations works with, and where each came from. No value of a secret is in it: neither a password nor what
 * `options` sets, and of settings that could not be read no value that might hold a URL. Pure.
 *
 * @param raw absent where they could not be found: then nothing can be said of any
 * @param settings what they came to; absent where they have a fault
 */
export function settingOrigins(raw: RawSettings | undefined, settings?: PostgresSettings): SettingOrigin[] {
  if (!raw) return [];
  const isIam = settings?.database.createToken !== undefined;
  const keys = [
    ...ALWAYS.filter((key) => key !== 'password' || !isIam),
    ...WHERE_SET.filter((key) => raw[key]),
  ];
  return keys.flatMap((key): SettingOrigin[] => {
    const found = raw[key];
    const value =
      key === 'password'
        ? passwordWords(found?.value)
        : (parsedValue(key, settings) ?? asGiven(key, found?.value));
    if (key === 'password' && !found)
      return [{ setting: WORDS.password ?? key, value: passwordWords(), from: '' }];
    // What is not set where nothing could be parsed has no default to tell.
    if (value === undefined) return [{ setting: WORDS[key] ?? key, value: 'not set', from: '' }];
    return [{ setting: WORDS[key] ?? key, value, from: found?.name ?? 'default' }];
  });
}

function passwordWords(value?: string): string {
  return value ? 'yes' : 'no (or in a password file)';
}

function parsedValue(key: SettingKey, settings: PostgresSettings | undefined): string | undefined {
  if (!settings) return undefined;
  const { database, ledger } = settings;
  switch (key) {
    case 'host':
    case 'database':
    case 'user':
      return database[key];
    case 'port':
      return String(database.port);
    case 'tls':
      return database.tls.mode;
    case 'ledger':
      return showLedgerName(ledger);
    default:
      return undefined;
  }
}

/** What no URL with a password can look like. */
const HARMLESS = /^[\w.-]{1,100}$|^\/[\w./ -]{0,200}$|^[\da-f:]+$/i;

function asGiven(key: SettingKey, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (key === 'options') {
    const names = [...value.matchAll(/(?:-c\s*|--)([\w.-]+)\s*=/g)].map(([, name]) => name);
    return names.length > 0 ? `sets ${names.join(', ')}` : 'not shown';
  }
  if (key === 'applicationName' || key === 'certificateFile') return value;
  return HARMLESS.test(value) ? value : 'not shown';
}

/** The part of the settings that says where a server is. */
export type KnownServer = Pick<DatabaseSettings, 'host' | 'port' | 'address' | 'connectTimeoutMs'>;

/**
 * Where the server is, as far as settings say it that have a fault elsewhere; nothing where that part has one itself.
 *
 * @param connectTimeoutMs how long to wait for it
 */
export function knownServer(raw: RawSettings = {}, connectTimeoutMs = 10_000): KnownServer | undefined {
  const { host, port, address } = raw;
  if (!host?.value && !address?.value) return undefined;
  try {
    const at = address?.value ? parseAddress(address.value) : undefined;
    const named = host?.value ? parseHost(host.value) : (at ?? '');
    return {
      ...{ host: named, port: parsePort(port?.value ?? '5432'), connectTimeoutMs },
      ...(at !== undefined && at !== named && { address: at }),
    };
  } catch {
    // What is wrong with it is told among the faults.
    return undefined;
  }
}
