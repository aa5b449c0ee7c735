import { RegistryJobsError } from '../errors/error.ts';
import { shellWord } from '../text/format.ts';

const CORRUPT = 11;

/** Whether it is what SQLite says of a file whose pages do not fit together. */
export function isDamagedCode(cause: unknown): boolean {
  const { errcode } = cause as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === CORRUPT;
}

/** @param details what of it is damaged */
export function damaged(shownAs: string, details: { detail?: string; cause?: unknown }): RegistryJobsError {
  return new RegistryJobsError('sqlite-damaged', `${shownAs} is damaged, as SQLite finds.`, {
    ...details,
    hint: `Take the last copy that is whole, or save what can be read: sqlite3 ${shellWord(shownAs)} .recover`,
  });
}
