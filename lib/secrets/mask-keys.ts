import { maskSpans, match, type Span } from './mask-tools.ts';

/** RFC 7468: `-----BEGIN RSA PRIVATE KEY-----`. */
const BEGIN = /-----BEGIN ((?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?)-----/g;
/** Longer than any key. */
const LONGEST = 20_000;
/** What is left of one that was cut off: whole lines, and the beginning of one. */
const CUT = /(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{20,}){0,400}(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{1,19}$)?/y;

/** Masks private keys in the form that files have, also where the ends of their lines are written as `\n`. The text keeps its length. */
export function maskKeys(text: string): string {
  const spans: Span[] = [];
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(text); begin; begin = BEGIN.exec(text)) {
    const start = BEGIN.lastIndex;
    const end = text.slice(start, start + LONGEST).indexOf(`-----END ${begin[1]}-----`);
    const length = end < 0 ? match(CUT, text, start).length : end;
    spans.push({ start, end: start + length });
    BEGIN.lastIndex = start + length;
  }
  return maskSpans(text, spans);
}
