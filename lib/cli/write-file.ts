import { access, chmod, constants, lstat, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import { headOf, isSqliteFile } from '../files/place.ts';
import type { Io } from './io.ts';

/** As the name of a file: what the terminal or a pipe gets. */
export const STANDARD_OUTPUT = '-';

/** Where a file goes that somebody named. */
interface Place {
  /** Behind links: a link stays one. */
  readonly target: string;
  /** Whether nothing can be put in the place of it: the terminal, a pipe, a link to what is not there yet. */
  readonly isInPlace: boolean;
  /** Who may read the file that is there. */
  readonly mode?: number;
}

/** What a file is to hold. */
export type Kind = 'page' | 'json' | 'text';

/** How one of a kind begins; a text begins with anything. */
const BEGINS = { page: '<', json: '{', text: '' } as const;

/**
 * Writes a file that somebody named, whole or not at all. It takes the place of one of its own kind, and of nothing else: a name that is
 * mistyped costs no database, and no notes.
 *
 * @throws UsageError `not-written`
 */
export async function writeWhole({ folder }: Pick<Io, 'folder'>, file: string, text: string): Promise<void> {
  const kind = (['page', 'json'] as const).find((one) => text.startsWith(BEGINS[one])) ?? 'text';
  const { target, isInPlace, mode } = await placeFor(folder, file, kind);
  const part = isInPlace ? target : `${target}.part`;
  try {
    await writeFile(part, text);
    if (mode !== undefined && !isInPlace) await chmod(part, mode);
    if (!isInPlace) await rename(part, target);
  } catch (error) {
    if (!isInPlace) await rm(part, { force: true }).catch(() => {});
    throw notWritten(file, error);
  }
}

/**
 * Before anything runs: what would keep the file from being written afterwards.
 *
 * @throws UsageError `not-written`
 */
export async function assertWritable(
  { folder }: Pick<Io, 'folder'>,
  file: string,
  kind: Kind,
): Promise<void> {
  const { target, isInPlace } = await placeFor(folder, file, kind);
  if (isInPlace) return;
  await access(path.dirname(target), constants.W_OK).catch((error: unknown) => {
    throw notWritten(file, error);
  });
}

async function placeFor(folder: string, file: string, kind: Kind): Promise<Place> {
  if (file === '') throw notWritten('""', new Error('that is no name of a file'));
  const named = path.resolve(folder, file);
  const target = await realpath(named).catch(() => undefined);
  if (target === undefined)
    return {
      target: named,
      isInPlace: await lstat(named).then(
        (found) => found.isSymbolicLink(),
        () => false,
      ),
    };
  const found = await stat(target);
  if (found.isDirectory()) throw notWritten(file, new Error('it is a folder'));
  const other = otherKind(target, kind);
  if (other) throw notWritten(file, new Error(`it ${other}. It was not touched`), 'Name another file.');
  return { target, isInPlace: !found.isFile(), mode: found.mode & 0o777 };
}

/** What of a file that is there says that it was named by mistake. */
function otherKind(target: string, kind: Kind): string | undefined {
  if (isSqliteFile(target)) return 'is a SQLite database';
  const found = Buffer.from(headOf(target, HEAD)).toString('utf8').trimStart();
  if (found === '' || found.startsWith(BEGINS[kind])) return undefined;
  return `is there already and is no ${kind === 'page' ? 'page of HTML' : 'JSON'}`;
}

/** Bytes: a file may begin with blanks. */
const HEAD = 256;

function notWritten(
  file: string,
  cause: unknown,
  hint = 'Name a file in a folder that exists and that you may write to.',
): UsageError {
  // What comes after it names the file as the system was asked for it.
  const [reason] = (cause as Error).message.split(',');
  return new UsageError('not-written', `${file} cannot be written: ${reason}`, {
    hint,
    cause,
  });
}
