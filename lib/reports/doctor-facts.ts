import type { ErrorReport } from '../errors/error.ts';

/** A setting, and where it came from. A secret is never among them: of a password it is only said that there is one. */
export interface SettingReport {
  readonly setting: string;
  readonly value: string;
  /** A flag, a variable, a line of a `.env` file, a parameter of Parameter Store, or `default`. */
  readonly from: string;
}

/** What the way to the server was found to be. */
export interface NetworkFacts {
  /** What the name of the host stands for; absent where it is not looked up. */
  readonly addresses?: readonly string[];
  /** The first address that accepted a connection, and how long that took. */
  readonly reached?: { readonly address: string; readonly connectMs: number };
  /** Addresses of the same host that did not. */
  readonly refused?: readonly { readonly address: string; readonly reason: string }[];
}

/** How the session is protected. */
export interface TlsFacts {
  /** As the settings ask for it: `verify-full`. */
  readonly mode: string;
  /** `TLSv1.3`; absent where nothing is encrypted. */
  readonly version?: string;
  readonly cipher?: string;
  readonly certificate?: CertificateFacts;
  /** Whom the certificate had to name; absent where names were not looked at. */
  readonly verifiedName?: string;
  /** Whether an authority that we trust had to have signed it. */
  readonly authorityVerified: boolean;
}

export interface CertificateFacts {
  readonly names: readonly string[];
  readonly issuer: string;
  readonly validTo: string;
}

/** Who was let in, and how. */
export interface LoginFacts {
  readonly user: string;
  /** What the server asked for; `none` where it asked for nothing. */
  readonly method: 'scram-sha-256' | 'md5' | 'cleartext' | 'none';
}

/** Which server it is, by what it says itself. */
export interface ServerFacts {
  readonly version: string;
  readonly kind: 'aurora' | 'rds' | 'plain';
  /** As Aurora says it: `16.4.1`. */
  readonly auroraVersion?: string;
  readonly role: 'primary' | 'standby';
  /** The address that it has itself; absent for a socket. */
  readonly address?: string;
  readonly port?: number;
  /** Who logged in. */
  readonly sessionUser: string;
  /** Whose rights count: another one where the role begins with SET role. */
  readonly currentUser: string;
}

/** What a role, a database or the server has as its default, and who said so. */
export interface DefaultFacts {
  readonly setting: string;
  readonly value: string;
  /** `role web`, `database shop`, `all roles`, `the configuration of the server`. */
  readonly of: string;
  /** The same as SQL names it: `ROLE web IN DATABASE shop`; absent where no SQL changes it. */
  readonly by?: string;
  /** What counts in a session of ours. */
  readonly inOurSession: string;
}

export interface ConnectionFacts {
  readonly max: number;
  /** Kept for superusers and for those with pg_use_reserved_connections. */
  readonly reserved: number;
  readonly used: number;
  /** Of this role and of this database; -1 is none. */
  readonly roleLimit: number;
  readonly roleUsed: number;
  readonly databaseLimit: number;
  readonly databaseUsed: number;
}

export interface RoleFacts {
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  readonly memberOf: readonly string[];
  /** Who owns tables in the schemas of search_path. */
  readonly owners: readonly OwnerFacts[];
}

export interface OwnerFacts {
  readonly owner: string;
  readonly tables: number;
  /** Whether this user may do what the owner may: at once, or as a member who has to say SET ROLE first. */
  readonly ours: boolean;
  readonly member: boolean;
}

export interface SchemaFacts {
  readonly searchPath: string;
  /** Where something is created that is named without a schema; absent where there is no such schema. */
  readonly target?: string;
  /** Those that search_path names, in its order. */
  readonly schemas: readonly {
    readonly schema: string;
    readonly exists: boolean;
    readonly usage: boolean;
    readonly create: boolean;
  }[];
}

/** A table of ours, if it is there. */
export interface TableFacts {
  readonly table: string;
  readonly exists: boolean;
  /** Of SELECT, INSERT, UPDATE and DELETE. */
  readonly missing: readonly string[];
  /** Whether columns are missing that only its owner may add. */
  readonly incomplete: boolean;
  readonly owned: boolean;
}

export interface LedgerFacts {
  readonly schema: string;
  readonly schemaExists: boolean;
  readonly mayCreate: boolean;
  /** Versions on record. */
  readonly rows?: number;
  readonly ledger: TableFacts;
  readonly journal: TableFacts;
  /** A file that was begun without a transaction and did not come to its end: `up` does nothing before it is settled. */
  readonly halfDone?: ErrorReport;
  /** Why `up` could not even read it. */
  readonly unreadable?: ErrorReport;
}

export interface LockFacts {
  readonly mayTake: boolean;
  /** Who holds it now. */
  readonly heldBy?: string;
}

/** What was found in a session. What could not be asked is absent. */
export interface SessionFacts {
  readonly server?: ServerFacts;
  readonly defaults?: readonly DefaultFacts[];
  /** Whether the configuration of the server could be looked at. */
  readonly configurationSeen?: boolean;
  readonly connections?: ConnectionFacts;
  readonly roles?: RoleFacts;
  readonly schemas?: SchemaFacts;
  readonly ledger?: LedgerFacts;
  readonly lock?: LockFacts;
  /** Round trips of one small statement, the median. */
  readonly roundTripMs?: number;
  /** How far the clock of the server is ahead of this machine's, as exact as half a round trip. */
  readonly clockAheadMs?: number;
}

/** The folder of SQL files. They were counted, not read. */
export interface FolderFacts {
  readonly folder: string;
  readonly files: number;
}
