import { placeOf } from '../text/place.ts';
import { visible } from '../text/visible.ts';
import type { DatabaseReport } from './database.ts';

/** What `dump` read. */
export interface DumpReport {
  readonly command: 'dump';
  readonly status: 'dumped';
  readonly environment?: string | undefined;
  readonly database: DatabaseReport;
  /** The schema, unless it is in a file. */
  readonly sql?: string;
  /** Where it was written, as it was named. */
  readonly file?: string;
}

/** Where the schema went. Pure. */
export function renderDumpReport({ database, file }: DumpReport): string {
  return visible(`Wrote the schema of ${placeOf(database)} into ${file}.`);
}
