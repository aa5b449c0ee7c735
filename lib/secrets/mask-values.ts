import { endOfDollars, endOfString } from '../text/literals.ts';
import { match, NAME_OF_SECRET, type Span } from './mask-tools.ts';

const LITERAL = /(?:[EeBbNn]|[Uu]&)?'/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** A quote in a text that is itself in quotes: JSON in JSON, a connection string in E''. */
const ESCAPED_QUOTE = /\\+["']/y;
/** What was masked before, and perhaps cut in the middle. */
const MASKED = /\*+(?=$|[\s;&'".,)\]$\\])|\.{3}(?=[\s"\\]|$)/y;
const PLACEHOLDER = /(?:%[sLI]?|\$\d+|null|default)(?=[\s,;)'"$]|$)/iy;

/** A column or variable of such a name, where a value could stand: `excluded.password`, `p_token`. */
const REFERENCE = new RegExp(
  `(?:(?:[\\w$"]{1,64}\\.){1,3}[\\w"]{0,64}|[vp]?_\\w{0,64})${NAME_OF_SECRET.source}(?!\\.)`,
  'iy',
);

/** The content of the literal that stands at `at`: in quotes or dollars, to the end of the text if it does not end. */
export function literalAt(text: string, at: number, escapes: boolean): Span | undefined {
  const opening = match(LITERAL, text, at);
  if (opening === '') {
    const tag = match(DOLLAR, text, at);
    if (tag === '') return undefined;
    const start = at + tag.length;
    const end = endOfDollars(text, start, tag);
    return maskedAt(text, start) ?? { start, end: end === undefined ? text.length : end - tag.length };
  }
  const start = at + opening.length;
  const masked = maskedAt(text, start);
  if (masked) return masked;
  // Quotes are doubled in a literal: '... password=''a b'' ...'
  if (text[start] === "'" && /[^\s,;)'"]/.test(text[start + 1] ?? '')) {
    return maskedAt(text, start + 1) ?? { start: start + 1, end: indexOr(text, "''", start + 1) };
  }
  const end = endOfString(text, start - 1, escapes || /^e/i.test(opening));
  return { start, end: end === undefined ? text.length : end - 1 };
}

/** Nothing is left to be masked there, and where the literal ends cannot be told if it was cut. */
function maskedAt(text: string, start: number): Span | undefined {
  const end = start + match(MASKED, text, start).length;
  return end > start ? { start: end, end } : undefined;
}

/** The content of double quotes, or of quotes after a backslash. */
export function quotedAt(text: string, at: number): Span | undefined {
  const escaped = match(ESCAPED_QUOTE, text, at);
  if (escaped) {
    const start = at + escaped.length;
    return maskedAt(text, start) ?? { start, end: indexOr(text, escaped, start) };
  }
  if (text[at] !== '"') return undefined;
  const masked = maskedAt(text, at + 1);
  if (masked) return masked;
  const quotes = /["\\]/g;
  quotes.lastIndex = at + 1;
  for (let quote = quotes.exec(text); quote; quote = quotes.exec(text)) {
    if (quote[0] === '"') return { start: at + 1, end: quote.index };
    quotes.lastIndex++;
  }
  return { start: at + 1, end: text.length };
}

/** A value without quotes, of a connection string: to the next blank or quote; of hstore: to the next comma as well. */
export function bareAt(text: string, at: number, operator: '=' | '=>'): Span | undefined {
  if (match(PLACEHOLDER, text, at) || match(REFERENCE, text, at)) return undefined;
  const masked = maskedAt(text, at);
  if (masked) return masked;
  const stops = operator === '=' ? /[\s'"\\]/g : /[\s'"\\,)]/g;
  stops.lastIndex = at;
  for (let stop = stops.exec(text); stop; stop = stops.exec(text)) {
    const isEscape = stop[0] === '\\' && !/["']/.test(text[stop.index + 1] ?? '');
    if (!isEscape && !text.startsWith("''", stop.index)) return { start: at, end: stop.index };
    stops.lastIndex++;
  }
  return { start: at, end: text.length };
}

/** Where a text is found, or where the search ends. */
export function indexOr(text: string, searched: string, from: number, most?: number): number {
  const window = most === undefined ? text : text.slice(0, Math.min(text.length, from + most));
  const found = window.indexOf(searched, from);
  return found < 0 ? window.length : found;
}
