import type { ErrorCode } from '../../errors/catalogue.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import type { DatabaseSettings, SettingKey, TlsSettings } from '../../settings/settings.ts';
import { shellWord } from '../../text/format.ts';
import { reachedAt } from '../../text/place.ts';
import { quoteName } from '../identifiers.ts';

export const POOLER_HINT =
  'Connect to the database itself: a pooler moves sessions between servers, and locks with them.';

/** Says why no session could be opened, and what to do, as a command where one helps. Pure. */
export function explainConnectError(error: unknown, settings: DatabaseSettings): RegistryJobsError {
  const { code = '', message } = describe(error);
  const place = reachedAt(settings);
  const make = (ours: ErrorCode, text: string, hint: string, sqlstate?: string) =>
    new RegistryJobsError(ours, text, { hint, cause: error, ...(sqlstate && { sqlstate }) });
  switch (code) {
    case 'ECONNREFUSED':
      return make(
        'connect-refused',
        `Nothing accepts connections at ${place}.`,
        settings.address === undefined
          ? 'Start the server, or correct the host and port.'
          : `Open the tunnel to ${settings.host}, or correct PGHOSTADDR and PGPORT.`,
      );
    case 'ENOENT':
      return make(
        'connect-refused',
        `There is no socket of a server on port ${settings.port} in ${settings.host}.`,
        'Start the server, or correct the folder and the port.',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return make(
        'connect-unknown-host',
        `The host name ${settings.host} is not known.`,
        'Correct the host.',
      );
    case '28P01':
    case '28000':
      return make(
        'connect-denied',
        `The server at ${place} refused user ${settings.user}: ${message}`,
        whatToDoWhenDenied(code, message, settings),
        code,
      );
    case '3D000':
      return make(
        'connect-no-database',
        `The database ${settings.database} does not exist at ${place}.`,
        `Create it: ${createdb(settings)}`,
        code,
      );
    case '57P03':
      return make(
        'connect-starting',
        `The server at ${place} is not ready: ${message}`,
        'Try again in a moment.',
        code,
      );
    case '42501':
      return make(
        'connect-denied',
        `The server at ${place} refused user ${settings.user}: ${message}`,
        `Let the owner of the database say: GRANT CONNECT ON DATABASE ${quoteName(settings.database)} TO ${quoteName(settings.user)}`,
        code,
      );
    case '55000':
      return make(
        'connect-failed',
        `The server at ${place} lets nobody in: ${message}`,
        `Let an administrator say: ALTER DATABASE ${quoteName(settings.database)} ALLOW_CONNECTIONS true`,
        code,
      );
    case '53300':
      return tooMany(message, settings, (text, hint) => make('connect-too-many', text, hint, code));
    case '08P01':
      return make(
        'connect-pooler',
        `The server at ${place} refuses session settings, as a connection pooler does: ${message}`,
        POOLER_HINT,
        code,
      );
  }
  if (/password must be a/i.test(message)) {
    return make(
      'connect-denied',
      `The server at ${place} wants a password for user ${settings.user}, and none is set.`,
      `Set ${nameIn(settings, 'password', 'PGPASSWORD')}.`,
    );
  }
  if (/timeout/i.test(message)) {
    return make(
      'connect-timeout',
      `No answer from ${place} within ${settings.connectTimeoutMs} ms.`,
      'Check the network, the security group and the host.',
    );
  }
  if (/does not support SSL/i.test(message)) {
    return make(
      'connect-no-tls',
      `The server at ${place} does not offer TLS.`,
      `Turn TLS on in the server; or, if the network is trusted, ${tlsAs('disable', settings)}`,
    );
  }
  if (/certificate|self.signed|altnames|CERT_|issuer/i.test(`${code} ${message}`)) {
    return make(
      'connect-certificate',
      `The certificate of ${place} was not accepted: ${message}`,
      `Name its certificate authority with ${nameIn(settings, 'certificateFile', 'PGSSLROOTCERT')}, or connect by the host name that the certificate carries.${settings.createToken ? '' : ` To encrypt and check nothing, ${tlsAs('require', settings)}`}`,
    );
  }
  return make(
    'connect-failed',
    `No connection to ${place}: ${message}`,
    'Check host, port, network and server.',
    /^[0-9A-Z]{5}$/.test(code) ? code : undefined,
  );
}

/** The limit may be the server's, or one that was set for the role or the database. */
function tooMany<T>(
  message: string,
  { user, database, ...server }: DatabaseSettings,
  make: (text: string, hint: string) => T,
): T {
  const place = reachedAt(server);
  const [, kind] = /^too many connections for (role|database) /.exec(message) ?? [];
  if (kind === undefined)
    return make(`The server at ${place} has no connection left.`, 'Close some, or raise max_connections.');
  const name = quoteName(kind === 'role' ? user : database);
  return make(
    `The server at ${place} lets in no more sessions of the ${kind}: ${message}`,
    `Close some, or let an administrator say: ALTER ${kind.toUpperCase()} ${name} CONNECTION LIMIT -1`,
  );
}

/** As the settings call it; where they came from a URL, which has no such part, by the variable that completes it. */
function nameIn({ names }: DatabaseSettings, key: SettingKey, variable: string): string {
  const name = names?.[key];
  return name === undefined || !isUrl(name) ? (name ?? variable) : name;
}

function isUrl(name: string): boolean {
  return /^(.* in )?(--database-url|DATABASE_URL)\b/.test(name);
}

/** How to ask for another mode of TLS there, where it was decided. */
function tlsAs(mode: TlsSettings['mode'], settings: DatabaseSettings): string {
  const { names = {}, user, host, address, port, database } = settings;
  const name = names.tls ?? 'PGSSLMODE';
  const url = [names.tls, names.host].find((one) => one !== undefined && isUrl(one));
  if (url === undefined) return /^PG\w+$/.test(name) ? `set ${name}=${mode}` : `set ${name} to ${mode}`;
  const at = /^[\w.-]+$/.test(host) ? host : host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  const written = `postgres://${encodeURIComponent(user)}@${at}:${port}/${encodeURIComponent(database)}?sslmode=${mode}${address === undefined ? '' : `&hostaddr=${encodeURIComponent(address)}`}`;
  const where = url.replace(/^.* in (?=--|DATABASE_URL)/, '');
  return `write sslmode=${mode} into ${where}: registry-jobs status --database-url ${shellWord(written)}`;
}

/** With the server and the user that were given, through the same tunnel. */
function createdb({ host, address, port, user, database }: DatabaseSettings): string {
  const way = address === undefined ? '' : `PGHOSTADDR=${address} `;
  return `${way}createdb --host ${shellWord(host)} --port ${port} --username ${shellWord(user)} ${shellWord(database)}`;
}

function whatToDoWhenDenied(code: string, message: string, { user, createToken }: DatabaseSettings): string {
  if (createToken) {
    return (
      `Check the three that a token needs: IAM authentication is on for the instance, the database has GRANT rds_iam TO ${user}, ` +
      `and your AWS role may rds-db:connect as ${user}.`
    );
  }
  // RDS asks PAM about users that have rds_iam, whatever the password.
  if (message.startsWith('PAM ')) {
    return 'A user with rds_iam logs in by IAM only: set db/auth in Parameter Store, or REGISTRY_JOBS_AUTH, to iam.';
  }
  if (message.endsWith('is not permitted to log in'))
    return `Let an administrator say: ALTER ROLE ${quoteName(user)} LOGIN`;
  return code === '28P01'
    ? 'Correct the user or the password.'
    : 'Correct the user; or let the server allow it from here (pg_hba.conf), perhaps only with TLS.';
}

function describe(error: unknown): { code?: string; message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  // Node tries each address of a host and joins the failures; the first one says why.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = (first as { code?: unknown }).code;
  return { message: first.message, ...(typeof code === 'string' && { code }) };
}
