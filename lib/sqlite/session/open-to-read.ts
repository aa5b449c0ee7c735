import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { SqliteSettings } from '../../settings/settings.ts';
import { IN_MEMORY, openSqlite } from '../open.ts';
import { explainDatabase } from './errors.ts';

/**
 * Opens a database for who only reads: where there is no file, an empty one in memory stands for it, and none is made. What a killed
 * process left half done is rolled back, which is no writing of ours.
 *
 * @param timeoutMs how long to wait for another process that writes at this moment
 * @throws RegistryJobsError `sqlite-open`, `sqlite-missing`, `database-busy`
 */
export async function openToRead(
  { file, shownAs }: SqliteSettings,
  timeoutMs = 1_000,
): Promise<DatabaseSync> {
  if (!existsSync(file)) return openSqlite(IN_MEMORY);
  let database: DatabaseSync | undefined;
  try {
    database = await openSqlite(file, { timeoutMs, readOnly: true }, shownAs);
    // The schema is read: what keeps it from being read is told here.
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return database;
  } catch (error) {
    database?.close();
    throw explainDatabase(error, shownAs, file);
  }
}
