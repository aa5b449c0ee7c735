import { nearest } from '../text/nearest.ts';
import type { RawSettings, SettingKey } from './settings.ts';

/** Why a connection string is refused; the message completes "NAME: ..." and never repeats what may be a password. */
export class UrlFault extends Error {
  /** What to do, where it is something else than to write the URL in another way. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

const PARAMETERS = 'Correct it there; docs/reference/settings.md lists the parameters that are understood.';

/** Parameters of libpq that are settings of ours. */
const SETTINGS: Readonly<Record<string, SettingKey>> = {
  host: 'host',
  hostaddr: 'address',
  port: 'port',
  dbname: 'database',
  user: 'user',
  password: 'password',
  sslmode: 'tls',
  sslrootcert: 'certificateFile',
  sslnegotiation: 'tlsNegotiation',
  channel_binding: 'channelBinding',
  application_name: 'applicationName',
  options: 'options',
  target_session_attrs: 'targetSession',
  connect_timeout: 'connectTimeout',
};

/** Others of libpq, with the values that say what we do anyway. */
const KEPT: Readonly<Record<string, RegExp>> = {
  // A session of ours keeps its connection alive by itself, and is named by itself where nobody gives it a name.
  keepalives: /^1?$/,
  keepalives_idle: /^\d*$/,
  keepalives_interval: /^\d*$/,
  keepalives_count: /^\d*$/,
  tcp_user_timeout: /^\d*$/,
  fallback_application_name: /^/,
  client_encoding: /^(utf-?8|auto)$/i,
  gssencmode: /^(disable|prefer)$/,
  sslcompression: /^0$/,
  sslsni: /^1?$/,
  sslcertmode: /^(disable|allow)$/,
  load_balance_hosts: /^disable$/,
};

/** What other tools write into a URL, or what we cannot do, and what to write instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  sslcert:
    'certificates of clients are not supported; log in with a password, or by IAM with REGISTRY_JOBS_AUTH=iam',
  sslkey:
    'certificates of clients are not supported; log in with a password, or by IAM with REGISTRY_JOBS_AUTH=iam',
  service: 'service files are not read; write host, port, dbname and user themselves',
  passfile: 'leave it out, and set PGPASSWORD',
  requiressl: 'write sslmode=require',
  schema: 'write options=-csearch_path%3DNAME',
  currentschema: 'write options=-csearch_path%3DNAME',
  search_path: 'write options=-csearch_path%3DNAME',
  pgbouncer: 'connect to the database itself, not to a pooler, and leave it out',
  sslaccept: 'write sslmode=require, or sslmode=verify-full',
};

/**
 * Reads one parameter of a URL or of a `keyword=value` text, with the meaning that it has for libpq.
 *
 * @param source ends the name in a fault: `--database-url`
 * @throws UrlFault whose message completes "NAME: ..."
 */
export function setParameter(raw: RawSettings, parameter: string, value: string, source: string): void {
  const name = `${parameter} in ${source}`;
  const key = Object.hasOwn(SETTINGS, parameter) ? SETTINGS[parameter] : undefined;
  if (key === 'connectTimeout') raw.connectTimeout = { value: secondsOf(value), name };
  else if (key) raw[key] = { value, name };
  else if (parameter === 'ssl' && value === 'true') raw.tls = { value: 'require', name };
  else if (parameter === 'ssl')
    throw new UrlFault('instead of ssl, write sslmode=require or sslmode=disable', PARAMETERS);
  else if (Object.hasOwn(KEPT, parameter)) assertKept(parameter, value);
  else throw new UrlFault(unknown(parameter), PARAMETERS);
}

function assertKept(parameter: string, value: string): void {
  if (!KEPT[parameter]?.test(value))
    throw new UrlFault(`this value of "${parameter}" is not supported; leave the parameter out`, PARAMETERS);
}

function unknown(parameter: string): string {
  const instead = INSTEAD[parameter.toLowerCase()];
  if (instead) return `"${parameter}" is not a parameter that we take: ${instead}`;
  // What is no word may be a part of a password.
  if (!/^[a-z_]{2,30}$/i.test(parameter)) return 'has a parameter that we do not know';
  const meant = nearest(parameter, Object.keys(SETTINGS));
  const rest = meant ? `did you mean ${meant}?` : `leave it out; we know ${Object.keys(SETTINGS).join(', ')}`;
  return `"${parameter}" is not a parameter that we know: ${rest}`;
}

/** For libpq a number of seconds, and 0 for ever: nobody should wait that long. */
export function secondsOf(value: string): string {
  if (/^[1-9]\d{0,6}$/.test(value.trim())) return `${value.trim()}s`;
  throw new UrlFault(`"${value}" is not a number of seconds from 1, such as connect_timeout=10`, PARAMETERS);
}
