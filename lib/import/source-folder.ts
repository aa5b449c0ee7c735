import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors/error.ts';
import type { SourceFile } from './tool.ts';

/** What nobody keeps migrations in, and may be large. */
const SKIPPED = new Set(['node_modules', '.git', '.svn', '.hg', 'target', 'vendor']);

/**
 * Reads a folder with everything below it, in the order of the names.
 *
 * @param shownAs how the folder is named in errors
 * @param except a folder that is not looked into, though it may be below
 * @throws UsageError `no-migrations-folder`
 */
export async function readSourceFolder(
  folder: string,
  shownAs: string,
  except: string,
): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await list(path.join(folder, below), path.join(shownAs, below))) {
      const name = path.posix.join(below, entry.name);
      const whole = path.join(folder, name);
      const isLink = entry.isSymbolicLink();
      const kind = isLink ? await stat(whole).catch(() => undefined) : entry;
      // A link to a folder may lead anywhere, even back up.
      if (whole === except) continue;
      if (kind?.isDirectory() && !isLink && !SKIPPED.has(entry.name)) await walk(name);
      if (kind?.isFile()) files.push({ path: name, text: await read(whole, path.join(shownAs, name)) });
    }
  };
  await walk('');
  return files;
}

async function list(folder: string, shownAs: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new UsageError('no-migrations-folder', `The folder ${shownAs} cannot be read.`, {
      hint: 'Name the folder in which the other tool has its migrations.',
      cause,
    });
  }
}

async function read(file: string, shownAs: string): Promise<string> {
  try {
    return (await readFile(file)).toString('latin1');
  } catch (cause) {
    throw new UsageError('no-such-file', `${shownAs} cannot be read.`, {
      hint: 'See who may read it; nothing was written.',
      cause,
    });
  }
}
