import { exactPlaceOf } from '../text/place.ts';

/** Which database answered. */
export interface DatabaseReport {
  readonly host: string;
  readonly port: number;
  /** The IP address that was connected to instead of the host's: the near end of a tunnel. */
  readonly address?: string;
  readonly name: string;
  readonly user: string;
  /** As the server says it: `18.4`. */
  readonly serverVersion: string;
}

/** Which database answered, as the first line of a report: `shop on db.example.org:5432 as migrator (Postgres 18.4)`. Pure. */
export function renderDatabase(database: DatabaseReport): string {
  return `${exactPlaceOf(database)} (Postgres ${database.serverVersion})`;
}

/** What the server said while a statement ran. */
export interface NoticeReport {
  readonly severity: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
}
