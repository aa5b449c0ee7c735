import type { RawSettings, SettingKey } from './settings.ts';

const NO_URL = 'not a URL such as postgres://user:password@host:5432/database';
const PARAMETERS = { sslmode: 'tls', sslrootcert: 'certificateFile' } as const;

/**
 * Splits a connection URL into settings. A part that the URL does not name is left out.
 *
 * @throws Error whose message completes "NAME: ..." and never repeats the URL, which may hold a password
 */
export function splitDatabaseUrl(text: string, name: string): RawSettings {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(NO_URL);
  }
  // With one slash the host would be taken for a part of the path, and another database for the one that is meant.
  if (/^[a-z]+:(?!\/\/)/i.test(text)) throw new Error(NO_URL);
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw new Error(`"${url.protocol}//" is not postgres://`);
  const raw: RawSettings = {};
  const set = (key: keyof RawSettings, value: string) => {
    if (value) raw[key] = { value: decode(value), name };
  };
  set('host', url.hostname.replace(/^\[(.*)\]$/, '$1'));
  set('port', url.port);
  set('database', url.pathname.replace(/^\//, ''));
  set('user', url.username);
  set('password', url.password);
  for (const [parameter, value] of url.searchParams) {
    const key = PARAMETERS[parameter as keyof typeof PARAMETERS];
    if (!key)
      throw new Error(`"${parameter}" is not a parameter we know (${Object.keys(PARAMETERS).join(', ')})`);
    raw[key] = { value, name };
  }
  return raw;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('holds a % that is not part of an escape; write %25 for the character itself');
  }
}

/** A database in parts, as a caller in code gives it. */
interface DatabaseParts {
  readonly tls?: { readonly mode: string };
  readonly connectTimeoutMs?: number;
}

/** As if it were text from a file: a caller without types is told about each fault by the same parser. */
export function splitDatabaseParts(database: DatabaseParts | undefined): RawSettings {
  const { tls, connectTimeoutMs, ...rest } = database ?? {};
  const values = { ...rest, tls: tls?.mode, connectTimeoutMs };
  const raw: RawSettings = {};
  for (const [key, value] of Object.entries(values)) {
    const name = `database.${key}`;
    if (value === undefined) continue;
    if (key === 'connectTimeoutMs') raw.connectTimeout = { value: `${value}ms`, name };
    else raw[key as SettingKey] = { value: String(value), name };
  }
  return raw;
}

/** The password of a database that is given as a URL or in parts, if it has one. Throws nothing, whatever the URL is. */
export function passwordOf(
  database: string | { readonly password?: string } | undefined,
): string | undefined {
  if (typeof database !== 'string') return database?.password;
  try {
    return decodeURIComponent(new URL(database).password);
  } catch {
    return undefined;
  }
}
