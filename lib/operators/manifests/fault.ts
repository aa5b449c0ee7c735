import type { Path } from './value.ts';

/** A place in a text; both start at 1, columns count code points. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something in one manifest that keeps it from being read. Its file is known to whoever asked for it. */
export class ManifestFault extends Error {
  readonly place: Place | undefined;
  /** Where it is in what was read; its place in the text is looked up when it is told. */
  readonly path: Path | undefined;

  constructor(message: string, at: { readonly path?: Path } & Partial<Place> = {}) {
    super(message);
    this.name = 'ManifestFault';
    const { line, column, path } = at;
    this.place = line !== undefined && column !== undefined ? { line, column } : undefined;
    this.path = path;
  }
}
