import { endOfDollars, endOfString } from '../../text/literals.ts';

/**
 * What a token is: `string` is any literal in quotes or dollars, `quoted` a quoted name, `psql` a backslash with the rest
 * of its line, `open` a string, name or comment that does not end, `symbol` any other single character.
 */
export type TokenKind =
  | 'word'
  | 'quoted'
  | 'string'
  | 'number'
  | 'parameter'
  | 'comment'
  | 'block-comment'
  | 'psql'
  | 'open'
  | 'symbol';

/** A piece of SQL. Offsets are UTF-16 offsets, end exclusive. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

export interface Lexer {
  /** The next token, or nothing at the end of the text. */
  next(): Token | undefined;
  /** Goes on at another place of the text. */
  jump(offset: number): void;
}

const BLANK = /[ \t\n\r\f\v]+/y;
/** As in Postgres, whatever is not ASCII is a letter: a no-break space too. */
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const PARAMETER = /\$\d+/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const LINE_END = /[\n\r]/g;
const STRING = /(?:[EeBbXxNn]|[Uu]&)?'/y;

/**
 * Reads SQL token by token, as Postgres and psql do with standard_conforming_strings on: once through the text, whatever
 * stands in it. The parser's own scanner gives all tokens at once, as JSON, and none where a quote does not end.
 */
export function createLexer(text: string): Lexer {
  let at = 0;
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const until = (end: number | undefined, kind: TokenKind): TokenKind => {
    at = end ?? text.length;
    return end === undefined ? 'open' : kind;
  };
  const read = (): TokenKind => {
    const start = at;
    if (match(STRING)) return until(endOfString(text, at - 1, /^e/i.test(text[start] ?? '')), 'string');
    if (text.startsWith('U&"', at) || text.startsWith('u&"', at))
      return until(endOfQuotes(text, at + 2), 'quoted');
    if (match(WORD)) return 'word';
    if (match(NUMBER)) return 'number';
    if (match(DOLLAR)) return until(endOfDollars(text, at, text.slice(start, at)), 'string');
    if (match(PARAMETER)) return 'parameter';
    if (text.startsWith('--', at)) return until(endOfLine(text, at), 'comment');
    if (text.startsWith('/*', at)) return until(endOfComment(text, at), 'block-comment');
    if (text[at] === '"') return until(endOfQuotes(text, at), 'quoted');
    if (text[at] === '\\') return until(endOfLine(text, at), 'psql');
    at++;
    return 'symbol';
  };
  return {
    next: () => {
      match(BLANK);
      if (at >= text.length) return undefined;
      const start = at;
      return { kind: read(), start, end: at };
    },
    jump: (offset) => {
      at = offset;
    },
  };
}

function endOfQuotes(text: string, quote: number): number | undefined {
  for (let at = text.indexOf('"', quote + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at + 1;
  }
  return undefined;
}

/** A carriage return alone ends a line too. */
function endOfLine(text: string, start: number): number {
  LINE_END.lastIndex = start;
  return LINE_END.exec(text)?.index ?? text.length;
}

/** Comments in comments count. */
function endOfComment(text: string, start: number): number | undefined {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let match = edge.exec(text); match; match = edge.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return undefined;
}
