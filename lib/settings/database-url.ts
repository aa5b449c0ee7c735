import { setParameter, UrlFault } from './connection-parameters.ts';
import { hideValues, isKeywordValue, splitKeywordValues } from './keyword-values.ts';
import type { RawSettings, SettingKey } from './settings.ts';

const NO_URL = 'not a URL such as postgres://user:password@host:5432/database';

export const FORM = 'Write it as postgres://user:password@host:5432/database?sslmode=verify-full';

const SQLITE_FORM =
  'Write it as sqlite:./index.db or sqlite:/var/lib/index.db, with %25 for % and %3F for ? in the path';

/** How to write what would end a part of a URL. */
export const ESCAPES =
  'In user, password and database write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for # and %25 for %.';

/**
 * Splits what names a database into settings: what libpq takes as a connection string, a URL or `keyword=value` pairs, or a URL of SQLite. A part that it does not name is left out.
 * Where libpq would guess which character ends a password, and might send a part of it to a name server, it is refused instead.
 *
 * @throws UrlFault whose message completes "NAME: ..." and never repeats the text, which may hold a password
 */
export function splitDatabaseUrl(given: string, name: string): RawSettings {
  const text = given.trim();
  if (isKeywordValue(text)) return splitKeywordValues(text, name);
  const file = sqliteFileIn(text);
  if (file !== undefined) return { file: { value: file, name } };
  const { login, hosts, database, parameters } = cut(text);
  const raw: RawSettings = {};
  const set = (key: SettingKey, value: string) => {
    if (value) raw[key] = { value, name };
  };
  const [, host = '', port = ''] = HOST.exec(hosts) ?? refuse(WHERE);
  set('host', decode(host.replace(/^\[(.*)\]$/, '$1')));
  set('port', port);
  set('database', decode(database));
  const colon = login.indexOf(':');
  set('user', decode(colon < 0 ? login : login.slice(0, colon)));
  set('password', colon < 0 ? '' : decode(login.slice(colon + 1)));
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    if (equals < 0) refuse('has a parameter without =');
    const value = decode(parameter.slice(equals + 1));
    if (value) setParameter(raw, decode(parameter.slice(0, equals)), value, name);
  }
  if (raw.host?.value.includes(',')) refuse('names several hosts', ONE_HOST);
  return raw;
}

/** A name, an address of IPv6 in brackets or a socket's folder in escapes; and a port. */
const HOST = /^(\[[^[\]]*\]|[^:[\]@\s]*)(?::(\d{0,5}))?$/;
const ONE_HOST = 'Name the one that is to be worked with: the primary.';
const WHERE = 'its host and port are not such as db.example.org:5432';

/**
 * The path in `sqlite:./index.db`, `sqlite:///var/index.db`, or with `sqlite3:` in their front as other tools have it; nothing in what is
 * no URL of SQLite. After `sqlite://` a path without a slash is a relative one, since no file has a host.
 */
function sqliteFileIn(text: string): string | undefined {
  const [, rest] = /^sqlite3?:(?:\/\/)?(.*)$/is.exec(text) ?? [];
  if (rest === undefined) return undefined;
  if (rest.includes('?')) refuse('has parameters, which a SQLite database has none of here', SQLITE_FORM);
  const file = decode(rest);
  if (file === '' || file.endsWith('/')) refuse('names no file', SQLITE_FORM);
  if (/^:memory:$/i.test(file))
    refuse('names a database in memory, which is gone with the command', SQLITE_FORM);
  return file;
}

/** A name that looks like a file is one that lacks what says so. */
function formFor(text: string): string {
  return /^[\w./-]+\.(?:db|sqlite3?)$/i.test(text) ? `Of a SQLite file say: sqlite:${text}` : FORM;
}

function cut(text: string) {
  const scheme = /^(?:jdbc:)?([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1] ?? refuse(NO_URL, formFor(text));
  if (!/^postgres(ql)?$/i.test(scheme)) refuse(`"${scheme}://" is not postgres://`, FORM);
  if (/^jdbc:/i.test(text)) refuse('begins with jdbc:, which only Java takes; leave it out');
  const rest = text.slice(text.indexOf('://') + 3);
  const at = rest.indexOf('@');
  const slash = rest.indexOf('/');
  const hasLogin = at >= 0 && (slash < 0 || at < slash);
  const login = hasLogin ? rest.slice(0, at) : '';
  if (/\?[a-z_]+=/i.test(login)) refuse('has an @ after a ? and its parameter');
  const [, hosts = '', database = '', query = ''] =
    /^([^/?]*)\/?([^?]*)\??(.*)$/s.exec(hasLogin ? rest.slice(at + 1) : rest) ?? [];
  if (hosts.includes('@')) refuse('has more than one @');
  if (hosts.includes(',')) refuse('names several hosts', ONE_HOST);
  if (database.includes('@')) refuse('has a / before its @');
  if (query.includes('@')) refuse('has a ? before its @');
  if (database.includes('/')) refuse('has more than one / after its host');
  if (`${hosts}${database}${query}`.includes('#')) refuse('has a #');
  return { login, hosts, database, parameters: query.split('&').filter(Boolean) };
}

function refuse(why: string, hint?: string): never {
  throw new UrlFault(why, hint);
}

function decode(text: string): string {
  if (/%(?![\da-f]{2})/i.test(text)) refuse('has a % that is not part of an escape');
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? refuse('has %00 in it, which no name has') : decoded;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return refuse('has escapes that are not UTF-8');
  }
}

/** A connection string for others to read, as a word of a command: the word `password` stands where a password was. Throws nothing. */
export function hidePassword(text: string): string {
  const hidden = isKeywordValue(text)
    ? hideValues(text)
    : text
        .replace(/^([^:]*:\/\/[^:@/]*:)[^@/]*@/, '$1password@')
        .replace(/([?&][^=&]*password=)[^&]*/gi, '$1password');
  try {
    // Where another way to write it was overlooked, nothing of it is shown.
    const { password } = splitDatabaseUrl(hidden, '');
    return password === undefined || password.value === 'password' ? hidden : 'URL';
  } catch {
    return 'URL';
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
    return splitDatabaseUrl(database, '').password?.value;
  } catch {
    return undefined;
  }
}
