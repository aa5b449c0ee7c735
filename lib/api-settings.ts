import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rdsCertificates } from './bundle/certificates.ts';
import { splitDatabaseParts } from './settings/database-url.ts';
import { readDatabaseUrl } from './settings/environment.ts';
import { type ParseContext, parseAnySettings } from './settings/parse.ts';
import type { RawSettings, Settings, TlsSettings } from './settings/settings.ts';

/** The database, part by part. */
export interface DatabaseOptions {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  /** The IP address to connect to instead of the host's: the near end of a tunnel. The certificate still has to name the host. */
  readonly address?: string;
  /** @default 5432 */
  readonly port?: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** `iam`: RDS IAM authentication with the AWS credentials at hand, instead of a password. @default 'password' */
  readonly auth?: 'password' | 'iam';
  /**
   * Without certificates, `verify-full` and `verify-ca` accept the authorities of Amazon RDS; for those that Node trusts, give
   * `rootCertificates` of `node:tls`. @default `verify-full`; `disable` when the host is this machine
   */
  readonly tls?: TlsSettings;
  /** How long to wait for a session, in milliseconds. @default 10 seconds */
  readonly connectTimeoutMs?: number;
}

/**
 * Reads where the database is from what a caller in code gives. No environment and no file is asked.
 *
 * @param lockTimeoutMs in milliseconds
 * @throws UsageError `invalid-settings`
 */
export function settingsOf(
  database: string | DatabaseOptions,
  environment = 'library',
  lockTimeoutMs?: number,
): Settings {
  const raw = rawSettingsOf(database);
  if (lockTimeoutMs !== undefined) raw.lockTimeout = { value: `${lockTimeoutMs}ms`, name: 'lockTimeoutMs' };
  return parseAnySettings(raw, contextOf(database, environment));
}

/** The same before it is parsed. @throws UsageError `invalid-settings` for what is no URL */
export function rawSettingsOf(database: string | DatabaseOptions): RawSettings {
  return typeof database === 'string' ? readDatabaseUrl(database, 'database') : splitDatabaseParts(database);
}

/** What the parser has to be told of a caller in code. */
export function contextOf(database: string | DatabaseOptions, environment = 'library'): ParseContext {
  const certificates = typeof database === 'string' ? undefined : database?.tls?.certificates;
  return {
    environment,
    nameOf: (key) => `database.${key}`,
    certificates: () => certificates ?? [rdsCertificates()],
    readFile: (file) => readFileSync(file, 'utf8'),
    resolve: (file) => path.resolve(file),
    // Loaded only here: most applications have a password, and the AWS libraries take long to load.
    createToken: async (login) => (await import('./settings/iam-token.ts')).createIamToken(login),
  };
}
