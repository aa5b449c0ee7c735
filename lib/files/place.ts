import {
  closeSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import path from 'node:path';

/** What is in a place, behind links; undefined where there is nothing, or nothing that can be looked at. */
export function lookAt(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * What stands in the place of a file and is none. Opening a pipe waits until somebody opens its other end, and what is put in the place of
 * a device takes it away from all others.
 */
export function otherThanFile(
  found: Stats | undefined,
): 'a folder' | 'a pipe' | 'a socket' | 'a device' | undefined {
  if (!found || found.isFile()) return undefined;
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** More than a system follows of them. */
const MOST_LINKS = 40;

/** Where a place is: behind a link, which stays one, also where nothing is there yet. */
export function behindLinks(place: string): string {
  let at = path.resolve(place);
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      return realpathSync(at);
    } catch {
      const link = linkOf(at);
      if (link === undefined) break;
      at = path.resolve(path.dirname(at), link);
    }
  }
  try {
    return path.join(realpathSync(path.dirname(at)), path.basename(at));
  } catch {
    return at;
  }
}

function linkOf(place: string): string | undefined {
  try {
    return lstatSync(place).isSymbolicLink() ? readlinkSync(place) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a place is a folder, or in it, behind links. */
export function isWithin(place: string, folder: string): boolean {
  const way = path.relative(behindLinks(folder), behindLinks(place));
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** What a file begins with, up to a number of bytes; nothing of what is no file or cannot be read. */
export function headOf(file: string, bytes: number): Uint8Array {
  if (!lookAt(file)?.isFile()) return new Uint8Array();
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const head = new Uint8Array(bytes);
    return head.subarray(0, readSync(descriptor, head, 0, bytes, 0));
  } catch {
    return new Uint8Array();
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** How a database of SQLite begins: https://www.sqlite.org/fileformat.html#the_database_header */
const SQLITE = 'SQLite format 3\0';

export function isSqliteFile(file: string): boolean {
  return Buffer.from(headOf(file, SQLITE.length)).toString('latin1') === SQLITE;
}
