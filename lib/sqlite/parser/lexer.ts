/** A token of SQL as SQLite takes it apart. Offsets are UTF-16 offsets, end exclusive. */
export interface Token {
  readonly kind: 'comment' | 'string' | 'name' | 'word' | 'number' | 'parameter' | 'sign';
  readonly start: number;
  readonly end: number;
}

const SPACE = /[ \t\n\f\r]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /0[xX][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
/** What a program would bind a value to. */
const PARAMETER = /\?\d*|[:@$#][A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;

const PATTERNS = [
  ['word', WORD],
  ['number', NUMBER],
  ['parameter', PARAMETER],
] as const;

/**
 * Takes a text apart, white space left out. What has no end goes on to the end of the text: SQLite says so of it. It is there for what
 * SQLite does not tell: where a statement ends that it refuses, where in it the fault is, and what the comments say.
 */
export function* tokensOf(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    SPACE.lastIndex = at;
    if (SPACE.test(sql)) at = SPACE.lastIndex;
    if (at >= sql.length) return;
    const token = read(sql, at);
    at = token.end;
    yield token;
  }
}

function read(sql: string, start: number): Token {
  const [first, second] = [sql[start] ?? '', sql[start + 1]];
  if (first === '-' && second === '-') return { kind: 'comment', start, end: find(sql, '\n', start, 0) };
  if (first === '/' && second === '*') return { kind: 'comment', start, end: find(sql, '*/', start + 2, 2) };
  if (first === "'") return { kind: 'string', start, end: endOfQuote(sql, first, start) };
  if (first === '"' || first === '`') return { kind: 'name', start, end: endOfQuote(sql, first, start) };
  if (first === '[') return { kind: 'name', start, end: find(sql, ']', start, 1) };
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    if (pattern.test(sql)) return { kind, start, end: pattern.lastIndex };
  }
  return { kind: 'sign', start, end: start + 1 };
}

/** Where what ends with a sign ends; `length` of that sign belongs to it. */
function find(sql: string, sign: string, from: number, length: number): number {
  const at = sql.indexOf(sign, from);
  return at < 0 ? sql.length : at + length;
}

/** Two quotes in it stand for one. */
function endOfQuote(sql: string, quote: string, start: number): number {
  for (let at = start + 1; ; at += 2) {
    at = sql.indexOf(quote, at);
    if (at < 0) return sql.length;
    if (sql[at + 1] !== quote) return at + 1;
  }
}

/** What a word or a quoted name is called. */
export function nameOf(sql: string, { kind, start, end }: Token): string | undefined {
  const text = sql.slice(start, end);
  if (kind === 'word') return text;
  if (kind !== 'name') return undefined;
  const [quote = ''] = text;
  const inner = text.slice(1, -1);
  return quote === '[' ? inner : inner.replaceAll(quote + quote, quote);
}

/** In lower case, where the token is a word. */
export function wordOf(sql: string, token: Token): string {
  return token.kind === 'word' ? sql.slice(token.start, token.end).toLowerCase() : '';
}
