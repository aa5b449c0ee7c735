import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { RegistryJobsError } from '../../errors/error.ts';
import { behindLinks, isSqliteFile } from '../../files/place.ts';
import { clearLeft, lockPart, removePart } from '../left.ts';
import { assertPlace, isThere, notWritten, partOf, takePlace } from '../part.ts';
import type { CatalogFormat } from './catalog.ts';

/** Where a catalog goes. */
export interface CatalogOutput {
  /** What follows is of this package. */
  begin(packageName: string): void;
  write(text: string): void;
  /** Puts what was built in its place. */
  finish(): void;
  /** Removes what has not come to its place. */
  discard(): void;
}

/**
 * Opens what a catalog is written to. What killed runs have left of one for this place is removed.
 *
 * @param output the path of a file or a folder, or what takes each text
 * @throws RegistryJobsError `catalog-exists`, `not-written`
 */
export async function openCatalog(
  output: string | ((text: string) => void),
  shown: string,
  format: CatalogFormat,
  replace: boolean,
): Promise<CatalogOutput> {
  if (typeof output !== 'string') {
    return { begin: () => undefined, write: output, finish: () => undefined, discard: () => undefined };
  }
  const isFolder = !/\.(?:json|ya?ml)$/.test(output) || isDirectory(output);
  const isTaken = isFolder ? isThere(output) && !isEmptyFolder(output) : isThere(output);
  if (isTaken && (isFolder || !replace)) {
    const what = isFolder ? 'is there already, and not an empty folder' : 'is there already';
    throw new RegistryJobsError('catalog-exists', `${shown} ${what}. It was not touched.`, {
      hint: isFolder
        ? 'Name a folder that is not there, or an empty one: --output catalog'
        : 'Name another file, or add --replace.',
    });
  }
  if (!isFolder) {
    assertPlace(output, shown);
    if (isSqliteFile(output))
      throw new RegistryJobsError('catalog-exists', `${shown} is a SQLite database. It was not touched.`, {
        hint: 'Name another file.',
      });
  }
  const place = behindLinks(output);
  try {
    await clearLeft(place);
    const part = partOf(place);
    return new PartOutput(place, part, shown, isFolder ? format : undefined, await lockPart(part));
  } catch (cause) {
    throw cause instanceof RegistryJobsError && cause.code === 'not-written'
      ? cause
      : notWritten(shown, cause);
  }
}

class PartOutput implements CatalogOutput {
  readonly #place: string;
  readonly #part: string;
  readonly #shown: string;
  /** Of a folder: how its files end. */
  readonly #ending: CatalogFormat | undefined;
  /** Says to other runs that this is being built. */
  readonly #lock: DatabaseSync;
  #descriptor: number | undefined;

  constructor(
    place: string,
    part: string,
    shown: string,
    ending: CatalogFormat | undefined,
    lock: DatabaseSync,
  ) {
    [this.#place, this.#part, this.#shown, this.#ending] = [place, part, shown, ending];
    this.#lock = lock;
    this.#try(() => {
      if (ending) mkdirSync(part);
      else this.#descriptor = openSync(part, 'wx');
    });
  }

  begin(packageName: string): void {
    if (!this.#ending) return;
    this.#close();
    this.#try(() => {
      const folder = path.join(this.#part, folderName(packageName));
      mkdirSync(folder);
      this.#descriptor = openSync(path.join(folder, `catalog.${this.#ending}`), 'wx');
    });
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    this.#try(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor ?? -1, bytes, done);
    });
  }

  finish(): void {
    this.#close();
    if (!this.#ending) {
      takePlace(this.#part, this.#place, this.#shown);
      return;
    }
    this.#try(() => {
      // Only an empty one can be removed so.
      if (existsSync(this.#place)) rmdirSync(this.#place);
      renameSync(this.#part, this.#place);
    });
  }

  discard(): void {
    this.#close();
    if (this.#lock.isOpen) this.#lock.close();
    removePart(this.#part);
  }

  #close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw notWritten(this.#shown, cause);
    }
  }
}

/** A name out of a database may not lead out of the folder. Pure. */
export function folderName(packageName: string): string {
  const safe = encodeURIComponent(packageName).replace(/^\./, '%2E');
  return safe === '' ? '%' : safe;
}

function isDirectory(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isEmptyFolder(place: string): boolean {
  return isDirectory(place) && readdirSync(place).length === 0;
}
