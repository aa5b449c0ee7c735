import { endOfDollars, endOfString } from '../text/literals.ts';
import { maskColumns } from './mask-columns.ts';
import { maskMade } from './mask-made.ts';
import { match, NAME_OF_SECRET, type Span, stars } from './mask-tools.ts';

const NAME = new RegExp(NAME_OF_SECRET, 'gi');
/** Between the name of a variable or column and what it begins as: its type. */
const DECLARED =
  /\s{1,8}(?:constant\s{1,8})?[a-z_][\w.]{0,63}(?:\s?\(\d{1,6}\))?(?:\s{1,8}not\s{1,8}null)?\s{0,8}(?::=|=|\bdefault(?=[\s'$]))\s{0,8}/iy;
const OPERATOR = /:=|=>|=|to(?=[\s'$])|[:,]/iy;
/** A call around the secret, such as `crypt(`. */
const CALLS = /(?:[\w.]{1,64}[ \t\n]{0,8}\([ \t\n]{0,8}){1,4}/y;
const LITERAL = /(?:[EeBbNn]|[Uu]&)?'/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** A quote in a text that is itself in quotes: JSON in JSON, a connection string in E''. */
const ESCAPED_QUOTE = /\\+["']/y;
/** What was masked before, and perhaps cut in the middle. */
const MASKED = /\*+(?=$|[\s;'".,)\]$\\])|\.{3}(?=[\s"\\]|$)/y;
const BLANKS = /(?:\s|\\[nrt])+/y;
const CLOSING = /\\*["']\]?|\]/y;
const AFTER_NAME = /\s{0,20}(?:[,:=)]|$)/y;
const PLACEHOLDER = /(?:%[sLI]?|\$\d+|null|default)(?=[\s,;)'"$]|$)/iy;

/**
 * Masks what looks like a secret in SQL, in a connection string, or in a text that quotes either: the literal after
 * PASSWORD, in any of its forms and on whichever line, and the value of `password=`. A literal that does not end was
 * cut off, and is masked to the end of the text. The text keeps its lines and its code points, so that a caret under it
 * points right. Once through the text, whatever it is.
 */
export function maskSecrets(given: string): string {
  const text = maskColumns(maskMade(given));
  const parts: string[] = [];
  let from = 0;
  NAME.lastIndex = 0;
  for (let name = NAME.exec(text); name; name = NAME.exec(text)) {
    let span = secretAfter(text, name.index + name[0].length);
    while (span) {
      parts.push(text.slice(from, span.start), stars(text.slice(span.start, span.end)));
      from = span.end;
      NAME.lastIndex = span.end;
      // Literals on lines after one another are one.
      const next = text[span.end] === "'" ? skipBlanks(text, span.end + 1) : span.end;
      span = next > span.end + 1 ? literalAt(text, next, false) : undefined;
    }
  }
  if (from === 0) return text;
  parts.push(text.slice(from));
  return parts.join('');
}

/** The secret after a name that ends at `at`. */
function secretAfter(text: string, at: number): Span | undefined {
  const close = closingQuote(text, at);
  const beforeOperator = skipBlanks(text, close ?? at);
  const operator = match(OPERATOR, text, beforeOperator);
  // In prose a colon or comma says nothing; after a name in quotes it is JSON, or the arguments of a function.
  const isAssigned = operator !== '' && (close !== undefined || !/[:,]$/.test(operator));
  if (operator !== '' && !isAssigned) return undefined;
  const start = skipBlanks(text, beforeOperator + operator.length);
  if (!isAssigned) {
    const declared = match(DECLARED, text, at).length;
    return literalAt(text, declared > 0 ? at + declared : start, false);
  }
  const inCall = start + match(CALLS, text, start).length;
  const escapes = operator === '=' || operator === ':';
  return (
    literalAt(text, inCall, escapes) ??
    quotedAt(text, start) ??
    (operator === '=' ? bareAt(text, start) : undefined)
  );
}

/** Where the quote ends that closes after a name; nothing when none is there, or when it opens the secret. */
function closingQuote(text: string, at: number): number | undefined {
  const quote = match(CLOSING, text, at);
  if (quote === '') return undefined;
  const end = at + quote.length;
  if (quote !== "'") return end;
  AFTER_NAME.lastIndex = end;
  return AFTER_NAME.test(text) ? end : undefined;
}

/** The content of the literal that stands at `at`: in quotes or dollars, to the end of the text if it does not end. */
function literalAt(text: string, at: number, escapes: boolean): Span | undefined {
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
  if (escapes && text[start] === "'" && /[^\s,;)'"]/.test(text[start + 1] ?? '')) {
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
function quotedAt(text: string, at: number): Span | undefined {
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

/** The value of a connection string without quotes: to the next blank or quote. */
function bareAt(text: string, at: number): Span | undefined {
  if (match(PLACEHOLDER, text, at)) return undefined;
  const stops = /[\s'"\\]/g;
  stops.lastIndex = at;
  for (let stop = stops.exec(text); stop; stop = stops.exec(text)) {
    const isEscape = stop[0] === '\\' && !/["']/.test(text[stop.index + 1] ?? '');
    if (!isEscape && !text.startsWith("''", stop.index)) return { start: at, end: stop.index };
    stops.lastIndex++;
  }
  return { start: at, end: text.length };
}

/** After blanks and comments: a few, or a text of comments that all speak of passwords would be read again for each. */
function skipBlanks(text: string, start: number): number {
  let at = start;
  for (let comments = 0; ; comments++) {
    at += match(BLANKS, text, at).length;
    if (comments === 8) return at;
    if (text.startsWith('--', at)) at = endOfRemark(text, at);
    else if (text.startsWith('/*', at)) at = indexOr(text, '*/', at, 1_000) + 2;
    else return at;
  }
}

/** Where a comment of a line ends. In a statement whose lines were joined it does not: a literal may stand after it. */
function endOfRemark(text: string, at: number): number {
  const newline = indexOr(text, '\n', at, 1_000);
  return text[newline] === '\n' ? newline : Math.min(newline, indexOr(text, "'", at, 1_000));
}

/** Where a text is found, or where the search ends. */
function indexOr(text: string, searched: string, from: number, most?: number): number {
  const window = most === undefined ? text : text.slice(0, Math.min(text.length, from + most));
  const found = window.indexOf(searched, from);
  return found < 0 ? window.length : found;
}

/** What {@link maskSecrets} masks in a text, so that it can be masked where it is repeated without its name. Pure. */
export function secretsIn(text: string): string[] {
  const masked = maskSecrets(text);
  if (masked === text) return [];
  const [before, after] = [[...text], [...masked]];
  const secrets: string[] = [];
  for (let from = 0; from < before.length; from++) {
    if (after[from] === before[from]) continue;
    let to = from + 1;
    while (after[to] === '*') to++;
    secrets.push(before.slice(from, to).join(''));
    from = to;
  }
  return secrets;
}

/** Whether a text names what is a secret, such as a column of passwords. */
export function namesSecret(text: string): boolean {
  NAME.lastIndex = 0;
  return NAME.test(text);
}
