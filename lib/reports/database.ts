import { exactPlaceOf } from '../text/place.ts';

/** Which database answered. */
export type DatabaseReport = ServerDatabase | SqliteDatabase;

/** One of a server of Postgres. */
export interface ServerDatabase {
  readonly host: string;
  readonly port: number;
  /** The IP address that was connected to instead of the host's: the near end of a tunnel. */
  readonly address?: string;
  readonly name: string;
  readonly user: string;
  /** As the server says it: `18.4`. */
  readonly serverVersion: string;
}

/** A file. */
export interface SqliteDatabase {
  readonly kind: 'sqlite';
  /** As it was named: `./index.db`. */
  readonly name: string;
  /** Its absolute path. */
  readonly file: string;
  /** Of SQLite: `3.53.4`. */
  readonly serverVersion: string;
  /** There was no file when it was looked at: an empty database stood for it. */
  readonly noFile?: true;
}

/** Whether it is a file that was not there when it was looked at. Pure. */
export function isNotThere(database: DatabaseReport): boolean {
  return 'kind' in database && database.noFile === true;
}

/** Which database answered, as the first line of a report: `shop on db.example.org:5432 as migrator (Postgres 18.4)`, `./index.db (SQLite 3.53.4)`. Pure. */
export function renderDatabase(database: DatabaseReport): string {
  const product = 'kind' in database ? 'SQLite' : 'Postgres';
  const more = isNotThere(database) ? ', no file yet' : '';
  return `${exactPlaceOf(database)} (${product} ${database.serverVersion}${more})`;
}

/** What the server said while a statement ran. */
export interface NoticeReport {
  readonly severity: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
}
