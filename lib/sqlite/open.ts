import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';

/** How a file is opened. */
export interface OpenOptions {
  /** Nothing is written, no file is made. @default false */
  readonly readOnly?: boolean;
  /** How long a statement waits for another process that writes, in milliseconds. @default 5 seconds */
  readonly timeoutMs?: number;
}

/** What the file is in memory: for a trial that leaves nothing. */
export const IN_MEMORY = ':memory:';

/**
 * Opens a SQLite database, or makes an empty one where there is no file. Node's own SQLite is loaded here, and only here: a command that
 * needs none runs on a Node that has none.
 *
 * @param file the path of the database, or {@link IN_MEMORY}
 * @param shownAs how it is named in errors
 * @throws RegistryJobsError `sqlite-missing` where this Node has none, or one without what we use; `sqlite-open` where the file cannot be
 *   opened or is something else
 */
export async function openSqlite(
  file: string,
  { readOnly = false, timeoutMs = 5000 }: OpenOptions = {},
  shownAs = file,
): Promise<DatabaseSync> {
  const { DatabaseSync } = await loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly, timeout: timeoutMs, enableForeignKeyConstraints: true });
    // SQLite opens a file without a look into it; the first statement that reads it finds out what it is.
    database.prepare('PRAGMA schema_version').get();
    return database;
  } catch (cause) {
    database?.close();
    if (readOnly && isUnfinished(cause)) {
      // Who only reads may not roll back what a killed run was at; the next one who may write does so by looking.
      (await openSqlite(file, { timeoutMs }, shownAs)).close();
      return openSqlite(file, { readOnly, timeoutMs }, shownAs);
    }
    throw new RegistryJobsError('sqlite-open', `${shownAs} ${whyNot(cause)}.`, {
      hint: 'Name the file of a SQLite database, in a folder that exists: --database-url sqlite:./index.db',
      cause,
    });
  }
}

const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** SQLITE_READONLY_RECOVERY and SQLITE_READONLY_ROLLBACK. */
const UNFINISHED: readonly unknown[] = [264, 776];

function isUnfinished(cause: unknown): boolean {
  return UNFINISHED.includes((cause as { errcode?: number }).errcode);
}

function whyNot(cause: unknown): string {
  const { errcode, errstr, message } = cause as { errcode?: number; errstr?: string; message?: string };
  if (errcode === NOT_A_DATABASE) return 'is not a SQLite database';
  if (errcode === CANNOT_OPEN)
    return 'cannot be opened: there is no such file or folder, or this user may not read it';
  return `cannot be opened: ${errstr ?? message}`;
}

/** Trials are made on a copy in memory, which SQLite has to hand out and take: Node can since 24.16. */
async function loadSqlite(): Promise<typeof import('node:sqlite')> {
  const sqlite = await import('node:sqlite').catch(() => undefined);
  if (sqlite && 'deserialize' in sqlite.DatabaseSync.prototype) return sqlite;
  throw new RegistryJobsError(
    'sqlite-missing',
    `This Node has ${sqlite ? 'an older SQLite' : 'no SQLite'}: a SQLite database needs Node 24.16 or newer.`,
    { hint: 'Install a newer Node; which one runs is told by: node --version' },
  );
}
