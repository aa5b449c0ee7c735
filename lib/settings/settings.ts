import type { LedgerName } from './ledger-name.ts';

/** How the connection is protected: see TLS in docs/reference/settings.md. */
export interface TlsSettings {
  readonly mode: (typeof tlsModes)[number];
  /** Certificate authorities in PEM that `verify-ca` and `verify-full` accept; without them, those that Node trusts. */
  readonly certificates?: readonly string[];
}

/** As libpq knows them, from the least to the most that is asked of the server. */
export const tlsModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** Who logs in where. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** A server of Postgres, and the database there. */
export interface DatabaseSettings extends Login {
  readonly kind?: never;
  readonly database: string;
  /** The IP address that is connected to, where it is not the one of `host`: the near end of a tunnel. */
  readonly address?: string;
  readonly password?: string;
  /**
   * Makes the token that takes the password's place for one connection: RDS IAM authentication.
   * @default - the password
   */
  readonly createToken?: () => Promise<string>;
  readonly tls: TlsSettings;
  /** Encrypt from the first byte, without asking the server whether it can. @default false */
  readonly directTls?: boolean;
  /** Whether logging in has to prove that nobody is between both ends of TLS. @default 'disable' */
  readonly channelBinding?: 'disable' | 'prefer' | 'require';
  /** What the list of sessions shows. @default - which command of ours it is */
  readonly applicationName?: string;
  /** Settings of the session, as the server takes them when it begins: `-c search_path=app`. Ours count before them. */
  readonly options?: string;
  /** The only kind of server to work with. @default - any */
  readonly target?: 'primary' | 'standby';
  /** How long to wait for a session, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Whether to ask again until there is a server. @default - its first answer counts */
  readonly patience?: ServerPatience;
  /** How each setting is called where it was set, or would be: for what has to be said of it. */
  readonly names?: Readonly<Partial<Record<SettingKey, string>>>;
}

/** How long to wait for a server that does not accept connections yet, and whom to tell. */
export interface ServerPatience {
  /** In milliseconds since the epoch. */
  readonly until: number;
  /** Hears why there is no session yet, at each try. */
  readonly onWait?: (reason: string) => void;
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

/** A SQLite database. */
export interface SqliteSettings {
  readonly kind: 'sqlite';
  /** The absolute path. */
  readonly file: string;
  /** As it was named. */
  readonly shownAs: string;
}

/** Everything a job needs to know, after parsing: nothing below reads the environment again. */
export interface Settings {
  /** Whose settings these are; not known where the database was named without them: what is said of it is not said of an environment. */
  readonly environment?: string | undefined;
  /** Which database: chosen when the settings are parsed, and asked once more where a dialect is chosen. */
  readonly database: DatabaseSettings | SqliteSettings;
  /** Where it is on record what is applied. */
  readonly ledger: LedgerName;
  readonly migrations: MigrationSettings;
  readonly statistics: StatisticsSettings;
  /** While true, the statistics job does nothing. */
  readonly maintenance: boolean;
}

/** Those of a server of Postgres, for what nothing else can do: see {@link postgresOnly}. */
export interface PostgresSettings extends Settings {
  readonly database: DatabaseSettings;
}

/** What can be set. Every source gives some of these as text. */
export type SettingKey =
  | 'file'
  | 'host'
  | 'address'
  | 'port'
  | 'tokenPort'
  | 'database'
  | 'user'
  | 'auth'
  | 'password'
  | 'tls'
  | 'certificateFile'
  | 'tlsNegotiation'
  | 'channelBinding'
  | 'applicationName'
  | 'options'
  | 'targetSession'
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
