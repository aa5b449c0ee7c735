import path from 'node:path';
import { RegistryJobsError, type SourceLocation } from '../errors/error.ts';
import { shellWord } from '../text/format.ts';

const FULL = 13;

/** Whether it is what SQLite says where a disk, or the room that a file may take, is full. */
export function isFullCode(cause: unknown): boolean {
  const { errcode } = cause as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === FULL;
}

/** @param at the statement that wanted more, in a file of SQL */
export function noRoom(
  file: string,
  shownAs: string,
  cause: unknown,
  at: { readonly location?: SourceLocation; readonly excerpt?: string } = {},
): RegistryJobsError {
  return new RegistryJobsError(
    'sqlite-full',
    `There is no room on the disk for what ${shownAs} would hold.`,
    {
      ...at,
      hint: `Nothing of it was kept. See how much room there is: df -h ${shellWord(path.dirname(path.resolve(file)))}`,
      cause,
    },
  );
}
