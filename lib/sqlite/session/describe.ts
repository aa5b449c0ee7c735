import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { SqliteDatabase } from '../../reports/database.ts';
import type { SqliteSettings } from '../../settings/settings.ts';

/** Which database it is, for a report. */
export function describeDatabase(database: DatabaseSync, { file, shownAs }: SqliteSettings): SqliteDatabase {
  const row = database.prepare('SELECT sqlite_version() AS version').get();
  const noFile = existsSync(file) ? {} : ({ noFile: true } as const);
  return { kind: 'sqlite', name: shownAs, file, serverVersion: String(row?.version), ...noFile };
}
