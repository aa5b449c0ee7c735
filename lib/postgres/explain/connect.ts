import type { ErrorCode } from '../../errors/catalogue.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import type { DatabaseSettings } from '../../settings/settings.ts';

export const POOLER_HINT =
  'Connect to the database itself: a pooler moves sessions between servers, and locks with them.';

/** Says why no session could be opened, and what to do. Pure. */
export function explainConnectError(error: unknown, settings: DatabaseSettings): RegistryJobsError {
  const { code = '', message } = describe(error);
  const place = `${settings.host}:${settings.port}`;
  const make = (ours: ErrorCode, text: string, hint: string, sqlstate?: string) =>
    new RegistryJobsError(ours, text, { hint, cause: error, ...(sqlstate && { sqlstate }) });
  switch (code) {
    case 'ECONNREFUSED':
      return make(
        'connect-refused',
        `Nothing accepts connections at ${place}.`,
        'Start the server, or correct the host and port.',
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
        `Create it: createdb ${settings.database}`,
        code,
      );
    case '57P03':
      return make(
        'connect-starting',
        `The server at ${place} is not ready: ${message}`,
        'Try again in a moment.',
        code,
      );
    case '53300':
      return make(
        'connect-too-many',
        `The server at ${place} has no connection left.`,
        'Close some, or raise max_connections.',
        code,
      );
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
      'Set PGPASSWORD, or db/password in Parameter Store.',
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
      'Turn TLS on in the server, or set PGSSLMODE=disable if the network is trusted.',
    );
  }
  if (/certificate|self.signed|altnames|CERT_|issuer/i.test(`${code} ${message}`)) {
    return make(
      'connect-certificate',
      `The certificate of ${place} was not accepted: ${message}`,
      'Name its certificate authority with PGSSLROOTCERT, or connect by the host name that the certificate carries.',
    );
  }
  return make(
    'connect-failed',
    `No connection to ${place}: ${message}`,
    'Check host, port, network and server.',
    /^[0-9A-Z]{5}$/.test(code) ? code : undefined,
  );
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
