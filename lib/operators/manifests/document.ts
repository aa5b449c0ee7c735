import { ManifestFault } from './fault.ts';
import { readJson } from './json.ts';
import type { Value } from './value.ts';
import { readYaml, type Span } from './yaml.ts';

/** The first document of a file, and whether there is more after it, which nobody reads. */
export interface Document {
  readonly value: Value;
  /** The line on which the second document begins. */
  readonly moreAt?: number;
}

/**
 * Reads the first document of a manifest: JSON where it begins with a brace, else, or where that is none, YAML.
 *
 * @throws ManifestFault with what keeps it from being read
 */
export function readDocument(bytes: Uint8Array, spans?: Map<object, Span>): Document {
  if (bytes.length === 0) throw new ManifestFault('The file is empty', { line: 1, column: 1 });
  const text = decode(bytes);
  if (/^\s*\{/.test(text) && !spans) {
    try {
      return { value: readJson(text).value };
    } catch (error) {
      if (!(error instanceof ManifestFault)) throw error;
    }
  }
  const { first, moreAt } = firstDocument(text);
  return { value: readYaml(first, spans), ...(moreAt !== undefined && { moreAt }) };
}

/** As the tools cut a file: at each line that begins with three dashes, but for those before everything else. */
function firstDocument(text: string): { first: string; moreAt?: number } {
  let position = 0;
  for (let line = 1; position < text.length; line++) {
    const end = text.indexOf('\n', position);
    const next = end < 0 ? text.length : end + 1;
    if (text.startsWith('---', position)) {
      const rest = text.slice(position + 3, next).trim();
      if (rest !== '' && !rest.startsWith('#')) {
        throw new ManifestFault(`A line that begins with "---" may hold nothing else, as "${rest}"`, {
          line,
          column: 1,
        });
      }
      if (position > 0) {
        const first = text.slice(0, position);
        return text.slice(next).trim() === '' ? { first } : { first, moreAt: line + 1 };
      }
    }
    // Three dots end a document; what comes after them is not looked at.
    else if (/^\.\.\.(?:\s|$)/.test(text.slice(position, position + 4))) {
      return { first: text.slice(0, position) };
    }
    position = next;
  }
  return { first: text };
}

/** YAML may be in UTF-16, and says so by its first bytes. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new ManifestFault('This is no text: it holds bytes that are no UTF-8', { line: 1, column: 1 });
  }
}
