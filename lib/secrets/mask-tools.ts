import { endOfDollars, endOfString } from '../text/literals.ts';

/** A part of a text, as UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What a secret is called, with whatever stands before it, and what it was made into: `PGPASSWORD`, `sslpassword` and `password_hash`
 * too, `password_encryption` not. (A parser of JSON speaks of an unexpected token.)
 */
export const NAME_OF_SECRET =
  /(?:passw(?:or)?d|pwd|passphrase|passcode|secret(?:[_-]?(?:access[_-]?)?key)?|(?<!unexpected\s)token|(?:api|private)[_-]?key|credentials?)(?:_(?:hash|digest|crypt|salt|text|value))?\d{0,2}(?![\w$])/;

/** What a sticky pattern finds at a place; an empty text where it finds nothing. */
export function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** As many stars as a text has code points, and its line ends. */
export function stars(secret: string): string {
  return secret
    .split('\n')
    .map((line) => '*'.repeat(countCodePoints(line)))
    .join('\n');
}

/** Puts stars into parts of a text that do not overlap and stand in order. */
export function maskSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(text.slice(from, start), stars(text.slice(start, end)));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

function countCodePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // The second half of a character outside the basic plane.
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}

/** The content of a literal, and at which place of its list it stands. */
export interface Literal extends Span {
  readonly item: number;
}

const DOLLARS = /\$(?:[A-Za-z_]\w{0,62})?\$/y;

/** The literals of a list of values, to the parenthesis that closes it or the end of its statement. */
export function literalsOf(text: string, from: number): { literals: Literal[]; end: number } {
  const literals: Literal[] = [];
  let depth = 0;
  let item = 0;
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at];
    if (char === ';' || (char === ')' && --depth < 0)) break;
    if (char === '(' || char === '[') depth++;
    if (char === ']') depth--;
    if (char === ',' && depth === 0) item++;
    const tag = char === '$' ? match(DOLLARS, text, at) : '';
    if (char !== "'" && tag === '') continue;
    const isEscape = char === "'" && /e/i.test(text[at - 1] ?? '');
    const start = at + (tag.length || 1);
    const end = tag ? endOfDollars(text, start, tag) : endOfString(text, at, isEscape);
    const last = end === undefined ? text.length : end - (tag.length || 1);
    literals.push({ start, end: last, item });
    at = last + (tag.length || 1) - 1;
  }
  return { literals, end: at };
}
