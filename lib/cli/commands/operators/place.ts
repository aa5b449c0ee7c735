import path from 'node:path';
import { UsageError } from '../../../errors/error.ts';
import { shellWord } from '../../../text/format.ts';
import type { Io } from '../../io.ts';

/**
 * The path of a database or a folder that somebody named.
 *
 * @throws UsageError `no-path`
 */
export function placeNamed({ folder }: Pick<Io, 'folder'>, text: string): string {
  const no = (what: string, hint: string) => new UsageError('no-path', `${what}.`, { hint });
  if (text === '') throw no('"" is the name of no file', 'Name a file or a folder, for example: index.db');
  if (text.toLowerCase() === ':memory:')
    throw no(
      `${text} would be gone with the command`,
      'Name a file: index.db. What is wrong with a folder is told without one: registry-jobs operators check manifests',
    );
  const [, file] = /^sqlite3?:(?:\/\/)?(.+)$/is.exec(text) ?? [];
  if (file !== undefined)
    throw no(
      `${text} is a URL, and commands of operator registries take the path of a file`,
      `Leave out what is before the path: ${shellWord(file)}`,
    );
  return path.resolve(folder, text);
}
