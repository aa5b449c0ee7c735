import {
  type Literal,
  literalsOf,
  maskSpans,
  match,
  NAME_OF_SECRET,
  type Span,
  stars,
} from './mask-tools.ts';

/**
 * A text that is put together: `format('... password %L', ...)`, `raise notice '... password: %', ...` and `'... password ' || ...`;
 * the secret comes after the text.
 */
const MADE = new RegExp(
  `${NAME_OF_SECRET.source}(?:\\s|[=:]|(?:to|is|was)\\b){0,8}(?:'{0,2}%(?:(?:\\d{1,2}\\$)?-?\\d{0,4}[sLI])?|'{1,3}(?=\\s{0,8}\\|\\|))`,
  'gi',
);
/** Where the text ends that asks for what comes after it: a quote that is not doubled, or the end of a body in dollars. */
const END_OF_TEXT = /''|'|\$\w{0,63}\$/g;
const GOES_ON = /\s{0,8}(?:,|\|\|)/y;
/** What the server says of a row that breaks a constraint, or has no partition: columns, then values. */
const KEY = /\b[Kk]ey (?:of the failing row contains )?\(([^\n]{1,300}?)\) ?= ?\(/g;
const END_OF_VALUES =
  /\)(?= (?:already exists|is duplicated|is not present|is still referenced|conflicts with)|\.?(?:\n|$))|\n|$/g;

/** And of a value that it read from data: the column, then the value. */
const COLUMN_OF_DATA = new RegExp(
  `(\\bcolumn "?[\\w$]{0,63}${NAME_OF_SECRET.source}"?: )"([^\\n]{1,1000})"`,
  'gi',
);

/** Masks secrets that do not stand next to their name. The text keeps its length. */
export function maskMade(text: string): string {
  const keys = maskViolatedKeys(text).replace(
    COLUMN_OF_DATA,
    (_, column, value) => `${column}"${stars(value)}"`,
  );
  const spans: Span[] = [];
  MADE.lastIndex = 0;
  for (let made = MADE.exec(keys); made; made = MADE.exec(keys)) {
    const place = made[0].includes('%') ? endOfText(keys, MADE.lastIndex) : MADE.lastIndex;
    if (place === undefined || match(GOES_ON, keys, place) === '') continue;
    const { literals, end: last } = literalsOf(keys, place);
    // What was looked through is not looked through again.
    MADE.lastIndex = last;
    spans.push(...beforeUsing(keys, place, literals));
  }
  return maskSpans(keys, spans);
}

/** Those of RAISE that it formats: behind USING come its hint and its code. */
function beforeUsing(text: string, from: number, literals: readonly Literal[]): readonly Literal[] {
  let last = from;
  const using = literals.findIndex(({ start, end }) => {
    const between = text.slice(last, start);
    last = end;
    return /\busing\b/i.test(between);
  });
  return using < 0 ? literals : literals.slice(0, using);
}

const NAME_ANYWHERE = new RegExp(NAME_OF_SECRET, 'i');

function maskViolatedKeys(text: string): string {
  const spans: Span[] = [];
  KEY.lastIndex = 0;
  for (let key = KEY.exec(text); key; key = KEY.exec(text)) {
    if (!NAME_ANYWHERE.test(key[1] ?? '')) continue;
    const start = KEY.lastIndex;
    END_OF_VALUES.lastIndex = start;
    const end = END_OF_VALUES.exec(text)?.index ?? text.length;
    spans.push({ start, end });
    KEY.lastIndex = end;
  }
  return maskSpans(text, spans);
}

/** A text of nothing but such names would be read again for each: so only near by. */
const NEAR = 500;

function endOfText(text: string, from: number): number | undefined {
  const near = text.slice(from, from + NEAR);
  for (const end of near.matchAll(END_OF_TEXT)) if (end[0] !== "''") return from + end.index + end[0].length;
  return undefined;
}
