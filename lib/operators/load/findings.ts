import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ErrorCode, WarningCode } from '../../errors/catalogue.ts';
import type { LintFinding } from '../../reports/lint.ts';
import { ManifestFault, type Place } from '../manifests/fault.ts';
import { byBytes } from '../manifests/go-json.ts';
import { placeOf } from '../manifests/place.ts';
import type { Path } from '../manifests/value.ts';

/** What a finding says besides its place. */
export interface Said {
  readonly code: ErrorCode | WarningCode;
  readonly hint?: string;
}

/** Where something stands that is handled as a file of its own. */
interface Origin {
  readonly file: string;
  readonly place: (fault: ManifestFault) => Place;
}

/** Collects what is found in a tree, each with its place in a file. */
export class Findings {
  readonly #root: string;
  readonly #shownAs: string;
  readonly #found: LintFinding[] = [];
  readonly #origins = new Map<string, Origin>();

  constructor(root: string, shownAs: string) {
    this.#root = root;
    this.#shownAs = shownAs;
  }

  /** In the order of files and lines. */
  all(): readonly LintFinding[] {
    return this.#found.toSorted((one, other) => {
      const [a, b] = [one.location, other.location];
      if (!a || !b) return Number(Boolean(b)) - Number(Boolean(a));
      return byBytes(a.file, b.file) || a.line - b.line || a.column - b.column;
    });
  }

  get errors(): number {
    return this.#found.filter(({ level }) => level === 'error').length;
  }

  error(file: string, said: Said, fault: ManifestFault): void {
    this.#add('error', file, said, fault);
  }

  warning(file: string, said: Said, message: string, at: { readonly path?: Path } & Partial<Place>): void {
    this.#add('warning', file, said, new ManifestFault(message, at));
  }

  /** A file as a reader may open it from where he stands. */
  shown(file: string): string {
    return path.join(this.#shownAs, this.#origins.get(file)?.file ?? file);
  }

  /** Says where what is handled as a file of its own really stands. */
  setOrigin(name: string, file: string, place: Origin['place']): void {
    this.#origins.set(name, { file, place });
  }

  #add(level: LintFinding['level'], file: string, { code, hint }: Said, fault: ManifestFault): void {
    const origin = this.#origins.get(file);
    const { line, column } = origin ? origin.place(fault) : (fault.place ?? this.#look(file, fault));
    const message = /[.?!]$/.test(fault.message) ? fault.message : `${fault.message}.`;
    this.#found.push({
      level,
      code,
      message,
      ...(hint !== undefined && { hint }),
      location: { file: this.shown(file), line, column },
    });
  }

  #look(file: string, fault: ManifestFault): Place {
    try {
      return placeOf(readFileSync(path.resolve(this.#root, file)), fault);
    } catch {
      // It was there a moment ago.
      return { line: 1, column: 1 };
    }
  }
}
