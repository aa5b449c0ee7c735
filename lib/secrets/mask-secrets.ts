import { maskCalls } from './mask-calls.ts';
import { maskColumns } from './mask-columns.ts';
import { maskExpectations } from './mask-expectation.ts';
import { maskKeys } from './mask-keys.ts';
import { maskMade } from './mask-made.ts';
import { maskProse } from './mask-prose.ts';
import { maskSpans, match, NAME_OF_SECRET, type Span } from './mask-tools.ts';
import { bareAt, indexOr, literalAt, quotedAt } from './mask-values.ts';

const NAME = new RegExp(NAME_OF_SECRET, 'gi');
/** Between the name of a variable or column and what it begins as: its type. */
const DECLARED =
  /\s{1,8}(?:constant\s{1,8})?[a-z_][\w.]{0,63}(?:\s?\(\d{1,6}\))?(?:\s{1,8}not\s{1,8}null)?\s{0,8}(?::=|=|\bdefault(?=[\s'$]))\s{0,8}/iy;
const OPERATOR =
  /:=|=>|=|<>|!=|!?~~?\*?|(?:not\s{1,8})?(?:i?like|similar\s{1,8}to)(?=[\s'$])|is\s{1,8}(?:not\s{1,8})?distinct\s{1,8}from(?=[\s'$])|to(?=[\s'$])|[:,]/iy;
/** A call around the secret, such as `crypt(`. */
const CALLS = /(?:[\w.]{1,64}[ \t\n]{0,8}\([ \t\n]{0,8}){1,4}/y;
const BLANKS = /(?:\s|\\[nrt])+/y;
const CLOSING = /\\*["']\]?|\]/y;
const AFTER_NAME = /\s{0,20}(?:[,:=)]|$)/y;
/** What is not told by a name right in front of it. */
const MASKS = [maskKeys, maskExpectations, maskMade, maskColumns, maskCalls, maskProse];

/**
 * Masks what looks like a secret in SQL, in a connection string, or in a text that quotes either: the literal after
 * PASSWORD, in any of its forms and on whichever line, and the value of `password=`. A literal that does not end was
 * cut off, and is masked to the end of the text. The text keeps its lines and its code points, so that a caret under it
 * points right. Once through the text, whatever it is.
 */
export function maskSecrets(given: string): string {
  const text = MASKS.reduce((masked, mask) => mask(masked), given);
  const spans: Span[] = [];
  NAME.lastIndex = 0;
  for (let name = NAME.exec(text); name; name = NAME.exec(text)) {
    let span = secretAfter(text, name.index + name[0].length);
    while (span) {
      spans.push(span);
      NAME.lastIndex = span.end;
      // Literals on lines after one another are one.
      const next = text[span.end] === "'" ? skipBlanks(text, span.end + 1) : span.end;
      span = next > span.end + 1 ? literalAt(text, next, false) : undefined;
    }
  }
  return maskSpans(text, spans);
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
    (operator === '=' || operator === '=>' ? bareAt(text, start, operator) : undefined)
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
