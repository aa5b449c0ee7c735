import type { LedgerName } from './ledger-name.ts';

/** How the connection is protected: see TLS in docs/reference/settings.md. */
export interface TlsSettings {
  readonly mode: 'disable' | 'require' | 'verify-full';
  /** Certificate authorities in PEM that `verify-full` accepts; without them, those that Node trusts. */
  readonly certificates?: readonly string[];
}

/** Who logs in where. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

export interface DatabaseSettings extends Login {
  readonly database: string;
  readonly password?: string;
  /**
   * Makes the token that takes the password's place for one connection: RDS IAM authentication.
   * @default - the password
   */
  readonly createToken?: () => Promise<string>;
  readonly tls: TlsSettings;
  /** How long to wait for a session, in milliseconds. */
  readonly connectTimeoutMs: number;
}

export interface MigrationSettings {
  /** The longest that a statement may wait for a lock, and the application behind it, in milliseconds. */
  readonly lockTimeoutMs: number;
}

export interface StatisticsSettings {
  /** Functions without arguments that return 1 (refreshed) or 0 (nothing to do), called in this order. */
  readonly functions: readonly string[];
  /** The longest that one function may run, in milliseconds. */
  readonly timeoutMs: number;
}

/** Everything a job needs to know, after parsing: nothing below reads the environment again. */
export interface Settings {
  /** Whose settings these are; not known where the database was named without them: what is said of it is not said of an environment. */
  readonly environment?: string | undefined;
  readonly database: DatabaseSettings;
  /** Where it is on record what is applied. */
  readonly ledger: LedgerName;
  readonly migrations: MigrationSettings;
  readonly statistics: StatisticsSettings;
  /** While true, the statistics job does nothing. */
  readonly maintenance: boolean;
}

/** What can be set. Every source gives some of these as text. */
export type SettingKey =
  | 'host'
  | 'port'
  | 'database'
  | 'user'
  | 'auth'
  | 'password'
  | 'tls'
  | 'certificateFile'
  | 'connectTimeout'
  | 'ledger'
  | 'lockTimeout'
  | 'maintenance'
  | 'statisticsFunctions'
  | 'statisticsTimeout';

/** A value as it was found, with the name that a fault should mention: `PGPORT in .env.test`. */
export interface RawValue {
  readonly value: string;
  readonly name: string;
}

/** What one source says. */
export type RawSettings = Partial<Record<SettingKey, RawValue>>;
