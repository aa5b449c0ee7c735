import { createHash } from 'node:crypto';
import {
  chownSync,
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

/** Changed with what is written, so that what an earlier version wrote is not read. */
const FORMAT = 'registry-jobs cluster 1';

/** In bytes: zeros are left out by so many at once. */
const BLOCK = 8_192;
const ZEROS = Buffer.alloc(2 ** 20);

interface StoredFile {
  readonly name: string;
  /** In bytes, the zeros at its end included. */
  readonly size: number;
  /** Where its content begins in the archive, after the header, in bytes. */
  readonly from: number;
  /** How much of it is there, in bytes: the zeros at its end are not. */
  readonly length: number;
}

interface Header {
  readonly format: string;
  readonly folders: readonly string[];
  readonly files: readonly StoredFile[];
}

/**
 * A folder as one text of bytes, with a checksum: what is there several times is stored once (the databases of a new cluster
 * are equal), and no zeros at the end of a file (most of a new log is zeros), so it is less than half of the folder.
 *
 * @throws Error where the folder holds anything but folders and files
 */
export function packFolder(folder: string): Buffer {
  const folders: string[] = [];
  const files: StoredFile[] = [];
  const parts: Buffer[] = [];
  const known = new Map<string, number>();
  let end = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const place = path.join(folder, name);
    const found = lstatSync(place);
    if (found.isDirectory()) {
      folders.push(name);
      continue;
    }
    if (!found.isFile()) throw new Error(`${place} is neither a folder nor a file`);
    const content = readFileSync(place);
    const used = content.subarray(0, lengthWithoutZeros(content));
    const sum = checksum(used);
    const from = known.get(sum) ?? end;
    if (from === end) {
      known.set(sum, end);
      parts.push(used);
      end += used.length;
    }
    files.push({ name, size: content.length, from, length: used.length });
  }
  const header: Header = { format: FORMAT, folders, files };
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts]);
  return Buffer.concat([Buffer.from(`${checksum(body)}\n`), body]);
}

/** Whether these are the bytes that `packFolder` made: all of them, and not one changed. */
export function isWholeArchive(archive: Buffer): boolean {
  const line = archive.indexOf('\n');
  const body = archive.subarray(line + 1);
  return line > 0 && archive.toString('latin1', 0, line) === checksum(body) && readHeader(body) !== undefined;
}

/**
 * Makes a folder's content of a whole archive, below `target`, which is there and empty. Only its owner can enter or read what is made.
 *
 * @param owner who is to own it all, if not we
 * @param isThrowAway whether zeros at the end of a file may be left for whoever writes there
 */
export function unpackFolder(
  archive: Buffer,
  target: string,
  owner?: { readonly uid: number; readonly gid: number },
  isThrowAway = false,
): void {
  const body = archive.subarray(archive.indexOf('\n') + 1);
  const header = readHeader(body);
  if (!header) throw new Error('These bytes are no archive of a cluster.');
  const contents = body.subarray(body.indexOf('\n') + 1);
  const give = (place: string) => owner && chownSync(place, owner.uid, owner.gid);
  for (const name of header.folders) {
    mkdirSync(path.join(target, name), { mode: 0o700 });
    give(path.join(target, name));
  }
  for (const { name, size, from, length } of header.files) {
    const place = path.join(target, name);
    const file = openSync(place, 'wx', 0o600);
    try {
      writeAll(file, contents.subarray(from, from + length));
      if (isThrowAway) ftruncateSync(file, size);
      else writeZeros(file, size - length);
    } finally {
      closeSync(file);
    }
    give(place);
  }
}

/** Undefined for what is of another version of this format. */
function readHeader(body: Buffer): Header | undefined {
  const line = body.indexOf('\n');
  if (!body.subarray(0, line).includes(FORMAT)) return undefined;
  return JSON.parse(body.toString('utf8', 0, line));
}

function checksum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function lengthWithoutZeros(content: Buffer): number {
  let length = content.length;
  while (length >= BLOCK && content.compare(ZEROS, 0, BLOCK, length - BLOCK, length) === 0) length -= BLOCK;
  return length;
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** Written and not skipped: a server that finds no room for its log later on stops at once. */
function writeZeros(file: number, size: number): void {
  for (let left = size; left > 0; ) left -= writeSync(file, ZEROS, 0, Math.min(left, ZEROS.length));
}
