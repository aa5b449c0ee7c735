import { readDocument } from './document.ts';
import { ManifestFault, type Place } from './fault.ts';
import type { Path } from './value.ts';
import type { Span } from './yaml.ts';

const START: Place = { line: 1, column: 1 };

/**
 * Where in a file a fault is: at its own place, else at the key that its path ends in, or as near as can be found. The file is read once more
 * for it, since nobody remembers the places of what is right. Pure.
 */
export function placeOf(bytes: Uint8Array, { place, path }: Pick<ManifestFault, 'place' | 'path'>): Place {
  if (place) return place;
  if (!path) return START;
  const spans = new Map<object, Span>();
  try {
    const { value } = readDocument(bytes, spans);
    return follow(new TextDecoder().decode(bytes), value, path, spans);
  } catch (error) {
    if (error instanceof ManifestFault) return START;
    throw error;
  }
}

function follow(text: string, document: unknown, path: Path, spans: ReadonlyMap<object, Span>): Place {
  let value = document;
  let found = START;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) break;
    const span = spans.get(value);
    const next = (value as Readonly<Record<string | number, unknown>>)[step];
    const start = span && startOf(text, span, step, next, spans);
    if (start === undefined) break;
    found = placeAt(text, start);
    value = next;
  }
  return found;
}

/** Where a key begins, or an item of a list. */
function startOf(
  text: string,
  span: Span,
  step: string | number,
  next: unknown,
  spans: ReadonlyMap<object, Span>,
): number | undefined {
  const inside = typeof next === 'object' && next !== null ? spans.get(next) : undefined;
  if (typeof step === 'number') {
    if (inside) return skipBlank(text, inside.start);
    return nthItem(text, span, step);
  }
  // The last one counts; before the value of it, where that has a place of its own.
  const end = inside ? inside.start + 1 : span.end;
  const key = step.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`(?<=^|[\\s{,])(["']?)${key}\\1\\s*:(?=\\s|$|["'[{])`, 'gm');
  const begin = skipBlank(text, span.start);
  const own = [...text.slice(0, end).matchAll(pattern)].filter(({ index }) => index >= begin);
  const column = placeAt(text, begin).column;
  const isFlow = text[begin] === '{';
  const [first] =
    isFlow || inside
      ? own.slice(-1)
      : own.filter(({ index }) => placeAt(text, index).column === column).slice(-1);
  return first?.index;
}

/** An item that is no object and no list: by the dashes of its list, or its commas. */
function nthItem(text: string, span: Span, index: number): number | undefined {
  const begin = skipBlank(text, span.start);
  if (text[begin] === '[') {
    let position = begin + 1;
    for (let passed = 0; passed < index; passed++) position = text.indexOf(',', position) + 1;
    return skipBlank(text, position);
  }
  const indent = placeAt(text, begin).column - 1;
  const dashes = [...text.slice(0, span.end).matchAll(/^([ ]*(?:- )*)-(?=\s)/gm)].filter(
    ({ 1: before = '', index: start }) => before.length === indent && start + before.length >= begin,
  );
  const dash = dashes[index];
  return dash && skipBlank(text, dash.index + dash[0].length);
}

function skipBlank(text: string, from: number): number {
  const [blank] = /^(?:\s|#[^\n]*\n)*/.exec(text.slice(from, from + 10_000)) ?? [''];
  return from + blank.length;
}

function placeAt(text: string, position: number): Place {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line++;
  return { line, column: [...text.slice(start, position)].length + 1 };
}
