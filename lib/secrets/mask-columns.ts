import { type Literal, literalsOf, maskSpans, match, NAME_OF_SECRET, type Span } from './mask-tools.ts';

/** A list of columns, and what begins the list of their values: `(id, password) values`, `(a, password) = (`. */
const COLUMNS =
  /\(([^()';]{1,2000})\)\s{0,40}(?:overriding\s{1,8}(?:system|user)\s{1,8}value\s{1,40})?(?:(values)\b|(select)\b|=\s{0,8}(?:row\s{0,8})?(?=\())/gi;
const NAME_OF_COLUMN = new RegExp(NAME_OF_SECRET, 'i');
const NEXT_ROW = /\s{0,200},?\s{0,200}\(/y;

/** Masks the literals that a statement gives to columns with the name of a secret: these stand in another list than the name. */
export function maskColumns(text: string): string {
  const spans: Span[] = [];
  COLUMNS.lastIndex = 0;
  for (let list = COLUMNS.exec(text); list; list = COLUMNS.exec(text)) {
    const [, columns = '', , select] = list;
    const secret = new Set(
      columns.split(',').flatMap((column, index) => (NAME_OF_COLUMN.test(column) ? [index] : [])),
    );
    if (secret.size === 0) continue;
    const found = select ? literalsOf(text, COLUMNS.lastIndex) : literalsOfRows(text, COLUMNS.lastIndex);
    spans.push(...found.literals.filter(({ item }) => secret.has(item)));
    // What was looked through is not looked through again.
    COLUMNS.lastIndex = Math.max(COLUMNS.lastIndex, found.end);
  }
  return maskSpans(text, spans);
}

function literalsOfRows(text: string, from: number): { literals: Literal[]; end: number } {
  const literals: Literal[] = [];
  let end = from;
  for (let row = match(NEXT_ROW, text, end); row !== ''; row = match(NEXT_ROW, text, end)) {
    const found = literalsOf(text, end + row.length);
    literals.push(...found.literals);
    end = found.end + 1;
  }
  return { literals, end };
}
