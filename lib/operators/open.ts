import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../errors/error.ts';
import { isFullCode, noRoom } from '../sqlite/no-room.ts';
import { IN_MEMORY, openSqlite } from '../sqlite/open.ts';
import { isReadOnlyCode, mayNotBeWritten } from '../sqlite/read-only.ts';
import { shellWord } from '../text/format.ts';

/**
 * Opens a file that has to be there: SQLite would make an empty one of a name that is mistyped. For a trial, that is a copy of it in memory.
 *
 * @param shownAs the file in the words of whoever named it
 * @param timeoutMs how long to wait for another process that writes, in milliseconds
 * @param write whether the file is to be written
 * @throws RegistryJobsError `sqlite-missing`, `sqlite-open`, `sqlite-read-only`, `sqlite-full`, `registry-busy`, `registry-unusable`
 */
export async function openExisting(
  file: string,
  shownAs: string,
  timeoutMs: number,
  write: boolean,
): Promise<DatabaseSync> {
  try {
    const reader = await openSqlite(file, { readOnly: true, timeoutMs }, shownAs);
    try {
      if (!write) return await copyIntoMemory(reader);
    } finally {
      reader.close();
    }
    return await openSqlite(file, { timeoutMs }, shownAs);
  } catch (error) {
    throw explainUse(orNamed(error, 'migrate', file, shownAs), file, shownAs);
  }
}

/** The same database in memory: whatever is done there, the file is not written, and nobody waits for it. */
export async function copyIntoMemory(database: DatabaseSync): Promise<DatabaseSync> {
  const bytes = database.serialize();
  // Bytes 18 and 19 say how a file is written: 2 is a write-ahead log, which memory has not.
  bytes[18] = 1;
  bytes[19] = 1;
  const memory = await openSqlite(IN_MEMORY);
  // Of a file without a byte SQLite makes an empty database.
  if (bytes.length > 0) memory.deserialize(bytes);
  return memory;
}

const BUSY = 5;

/** Whether it is about the file as a whole, and says nothing of its rows. */
export function isOfFile(cause: unknown): boolean {
  return isReadOnlyCode(cause) || isFullCode(cause);
}

/** What keeps a registry from being read or written, where SQLite says it; anything else as it is. */
export function explainUse(cause: unknown, file: string, shownAs: string): unknown {
  const { errcode, message } = cause as { errcode?: number; message?: string };
  if (errcode === undefined) return cause;
  // The lower byte is the kind of the error.
  if ((errcode & 0xff) === BUSY) {
    return new RegistryJobsError(
      'registry-busy',
      `${shownAs} is written by another process, and was for as long as we waited. Nothing was changed.`,
      { hint: `Wait for it, and run this again. Who has it open: fuser -v ${shellWord(shownAs)}`, cause },
    );
  }
  if (isFullCode(cause)) return noRoom(file, shownAs, cause);
  if (isReadOnlyCode(cause)) return mayNotBeWritten(file, shownAs, cause);
  return new RegistryJobsError(
    'registry-unusable',
    `${shownAs} could not be read or written: ${message}. Nothing was changed.`,
    { hint: `See whether the file is whole: sqlite3 ${shellWord(shownAs)} 'PRAGMA integrity_check'`, cause },
  );
}

/** The same error, with what to name for a command of registries. */
export function orNamed(
  error: unknown,
  command: 'inspect' | 'migrate',
  file: string,
  shownAs: string,
): unknown {
  if (!(error instanceof RegistryJobsError) || error.code !== 'sqlite-open') return error;
  const { errcode = 0 } = (error.cause ?? {}) as { errcode?: number };
  if ((errcode & 0xff) === BUSY) return explainUse(error.cause, file, shownAs);
  return new RegistryJobsError('sqlite-open', error.message, {
    hint: `Name the file of an operator registry: registry-jobs operators ${command} index.db`,
    cause: error,
  });
}
