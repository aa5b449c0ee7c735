import type { RawSettings } from './settings.ts';

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
    throw new Error('not a URL such as postgres://user:password@host:5432/database');
  }
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
