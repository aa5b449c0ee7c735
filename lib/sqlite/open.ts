import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { lookAt, otherThanFile } from '../files/place.ts';
import { shellWord } from '../text/format.ts';
import { damaged, isDamagedCode } from './damaged.ts';
import { isReadOnlyCode, mayNotBeWritten } from './read-only.ts';
import { howToRead, mayWrite, mayWriteBeside, openAsIs, readingFacts } from './reading.ts';

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
 *   opened or is something else; `sqlite-read-only` where it is to be written and this user may not; `sqlite-damaged`
 */
export async function openSqlite(
  file: string,
  { readOnly = false, timeoutMs = 5000 }: OpenOptions = {},
  shownAs = file,
): Promise<DatabaseSync> {
  const { DatabaseSync } = await loadSqlite();
  const other = file === IN_MEMORY ? undefined : otherThanFile(lookAt(file));
  if (other) throw cannotOpen(shownAs, `is ${other}, and no file`);
  // SQLite would open it to be read, and leave the two files of a write-ahead log, which only those remove who may write.
  if (!readOnly && file !== IN_MEMORY && existsSync(file) && !mayWrite(file))
    throw mayNotBeWritten(file, shownAs);
  let database: DatabaseSync | undefined;
  try {
    database = readOnly
      ? openToRead(DatabaseSync, file, timeoutMs)
      : new DatabaseSync(file, { timeout: timeoutMs, enableForeignKeyConstraints: true });
    // SQLite opens a file without a look into it; the first statement that reads it finds out what it is.
    database.prepare('PRAGMA schema_version').get();
    return database;
  } catch (cause) {
    database?.close();
    if (readOnly && isUnfinished(cause)) {
      // Who only reads may not roll back what a killed run was at; the next one who may write does so by looking, and removes the journal.
      if (!mayWriteBeside(file)) throw keptFromLog(file, shownAs, '-journal', cause);
      const rollingBack = openSqlite(file, { timeoutMs }, shownAs);
      (
        await rollingBack.catch((error) => Promise.reject(keptFromLog(file, shownAs, '-journal', error)))
      ).close();
      return openSqlite(file, { readOnly, timeoutMs }, shownAs);
    }
    if (isDamagedCode(cause)) throw damaged(shownAs, { cause });
    if (!readOnly && isReadOnlyCode(cause)) throw mayNotBeWritten(file, shownAs, cause);
    // SQLite calls it a file that cannot be opened, and means the one that goes with the log.
    if (readOnly && readingFacts(file).hasLog && KEPT_FROM_LOG.includes(codeOf(cause) & 0xff))
      throw keptFromLog(file, shownAs, '-wal', cause);
    throw cannotOpen(shownAs, whyNot(file, cause), cause);
  }
}

function cannotOpen(shownAs: string, why: string, cause?: unknown): RegistryJobsError {
  return new RegistryJobsError('sqlite-open', `${shownAs} ${why}.`, {
    hint: 'Name the file of a SQLite database, in a folder that exists: --database-url sqlite:./index.db',
    cause,
  });
}

function openToRead(Database: typeof DatabaseSync, file: string, timeout: number): DatabaseSync {
  const options = { timeout, enableForeignKeyConstraints: true };
  const how = file === IN_MEMORY ? 'read-only' : howToRead(readingFacts(file));
  if (how === 'as-is') return openAsIs(Database, file, { ...options, readOnly: true });
  const database = new Database(file, { ...options, readOnly: how === 'read-only' });
  if (how === 'as-reader') database.exec('PRAGMA query_only = on');
  return database;
}

const CANNOT_OPEN = 14;
const READ_ONLY = 8;
const NOT_A_DATABASE = 26;

/** SQLITE_READONLY_RECOVERY and SQLITE_READONLY_ROLLBACK. */
const UNFINISHED: readonly unknown[] = [264, 776];

function isUnfinished(cause: unknown): boolean {
  return UNFINISHED.includes((cause as { errcode?: number }).errcode);
}

const KEPT_FROM_LOG: readonly number[] = [READ_ONLY, CANNOT_OPEN];

function codeOf(error: unknown): number {
  return (error as { errcode?: number }).errcode ?? 0;
}

function keptFromLog(
  file: string,
  shownAs: string,
  end: '-wal' | '-journal',
  cause: unknown,
): RegistryJobsError {
  const what = end === '-wal' ? 'has what was written last' : 'is what a run that was killed was at';
  return new RegistryJobsError(
    'sqlite-read-only',
    `${shownAs} cannot be read by this user: ${shownAs}${end} ${what}, and SQLite puts that in order only where it may write.`,
    { hint: `Read a copy in a folder of yours: cp ${shellWord(file)} ${shellWord(file + end)} ~`, cause },
  );
}

/** What of it can be looked at is looked at: SQLite says one thing of many. */
function whyNot(file: string, cause: unknown): string {
  const { errcode, errstr, message } = cause as { errcode?: number; errstr?: string; message?: string };
  if (errcode === NOT_A_DATABASE) return 'is not a SQLite database';
  const folder = path.dirname(path.resolve(file));
  if (!existsSync(folder)) return `cannot be opened: there is no folder ${folder}`;
  if (errcode !== CANNOT_OPEN) return `cannot be opened: ${errstr ?? message}`;
  if (lookAt(file)) return 'cannot be opened: this user may not read it';
  if (!mayWrite(folder))
    return 'cannot be opened: it is not there, and this user may not make files in its folder';
  return 'cannot be opened: there is no such file';
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
