import { RegistryJobsError } from '../../errors/error.ts';
import { shellWord } from '../../text/format.ts';
import { damaged, isDamagedCode } from '../damaged.ts';
import { isFullCode, noRoom } from '../no-room.ts';
import { mayNotBeWritten } from '../read-only.ts';

/** What Node tells of an error of SQLite: its extended result code, and the words for it. */
interface SqliteError extends Error {
  readonly errcode: number;
  readonly errstr: string;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errcode === 'number';
}

/** What SQLite said, also where it kept the file from being opened. The primary code is the lowest byte of an extended one. */
function primary(error: unknown): number | undefined {
  if (isSqliteError(error)) return error.errcode & 0xff;
  return error instanceof RegistryJobsError && isSqliteError(error.cause) ? primary(error.cause) : undefined;
}

const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const CONSTRAINT_FOREIGN_KEY = 787;

/** Another process has the lock that is needed, and kept it as long as was waited. */
export function isBusy(error: unknown): boolean {
  const code = primary(error);
  return code === BUSY || code === LOCKED;
}

export function isReadOnly(error: unknown): boolean {
  return (
    primary(error) === READ_ONLY || (error instanceof RegistryJobsError && error.code === 'sqlite-read-only')
  );
}

export function isForeignKey(error: unknown): boolean {
  return isSqliteError(error) && error.errcode === CONSTRAINT_FOREIGN_KEY;
}

/**
 * Says who is in the way, as far as a file tells it: nobody knows which process it is but the system.
 *
 * @param file the absolute path
 */
export function busy(shownAs: string, file: string, cause: unknown): RegistryJobsError {
  return new RegistryJobsError(
    'database-busy',
    `${shownAs} is locked: another process is at work on it, and has not ended within the wait.`,
    {
      hint: `Nothing was kept. Run again when it has ended; which one it is: fuser ${shellWord(file)}`,
      cause,
    },
  );
}

const TOLD: ReadonlySet<string> = new Set(['sqlite-read-only', 'sqlite-damaged']);

/** An error of SQLite that is about the whole database and not about a statement; anything else as it is. */
export function explainDatabase(error: unknown, shownAs: string, file: string): unknown {
  // Told already, with what is beside the file.
  if (error instanceof RegistryJobsError && TOLD.has(error.code)) return error;
  if (isBusy(error)) return busy(shownAs, file, error);
  if (isDamagedCode(error)) return damaged(shownAs, { cause: error });
  if (isReadOnly(error)) return mayNotBeWritten(file, shownAs, error);
  if (isFullCode(error)) return noRoom(file, shownAs, error);
  if (isSqliteError(error))
    return new RegistryJobsError('sqlite-failed', `${shownAs}: ${error.message}`, {
      hint: 'See what is done: registry-jobs status --history',
      cause: error,
    });
  return error;
}
