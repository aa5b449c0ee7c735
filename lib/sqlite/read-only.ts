import path from 'node:path';
import { RegistryJobsError } from '../errors/error.ts';
import { shellWord } from '../text/format.ts';
import { mayWrite, mayWriteBeside } from './reading.ts';

/** The primary code of SQLITE_READONLY, and of those that say why. */
const READ_ONLY = 8;

/** Whether it is what SQLite says of a file, or a folder, that may not be written. */
export function isReadOnlyCode(cause: unknown): boolean {
  const { errcode } = cause as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === READ_ONLY;
}

/** That a file may not be written, or not the folder in which SQLite needs another one for it; it is looked which. */
export function mayNotBeWritten(file: string, shownAs: string, cause?: unknown): RegistryJobsError {
  const folder = path.dirname(path.resolve(file));
  const isFolder = mayWrite(file) && !mayWriteBeside(file);
  const [what, see] = isFolder
    ? [
        ': SQLite makes another file beside it, in a folder that may not be written',
        `ls -ld ${shellWord(folder)}`,
      ]
    : ['', `ls -l ${shellWord(file)}`];
  return new RegistryJobsError('sqlite-read-only', `${shownAs} may not be written by this user${what}.`, {
    hint: `Nothing was done. See whose it is: ${see}`,
    cause,
  });
}
