import { createLexer, type Token } from './lexer.ts';

/** A statement as it stands in a text, comments before it included. Offsets are UTF-16 offsets. */
export interface Stretch {
  readonly start: number;
  /** After the semicolon, or the end of the text. */
  readonly end: number;
  /** Whether it is a COPY ... FROM STDIN with a semicolon, so that data may follow. */
  readonly copies: boolean;
}

/** What goes through the tokens of a text, statement by statement. */
export interface Splitter {
  /** The next statement, or nothing at the end. Comments and blanks after the last one are a stretch of their own. */
  next(onToken?: (token: Token) => void): Stretch | undefined;
  /** Goes on at another place of the text, such as after the data of a COPY. */
  jump(offset: number): void;
}

/**
 * Splits SQL at its semicolons as psql does: none in a string, a comment, parentheses or a BEGIN ATOMIC body ends a
 * statement. It needs no grammar, so it works where the parser fails, and goes once through the text.
 */
export function createSplitter(text: string): Splitter {
  const lexer = createLexer(text);
  let start = 0;
  return {
    next: (onToken) => {
      if (start >= text.length) return undefined;
      const statement = createStatement(text);
      for (let token = lexer.next(); token; token = lexer.next()) {
        onToken?.(token);
        if (!statement.take(token)) continue;
        const stretch = { start, end: token.end, copies: statement.copies() };
        start = token.end;
        return stretch;
      }
      const rest = { start, end: text.length, copies: false };
      start = text.length;
      return rest;
    },
    jump: (offset) => {
      start = offset;
      lexer.jump(offset);
    },
  };
}

/** Follows one statement, token by token; `take` is true for the semicolon that ends it. */
function createStatement(text: string) {
  let parentheses = 0;
  let bodies = 0;
  let previous = '';
  let isCopy = false;
  let fromStdin = false;
  const first: string[] = [];
  const takeWord = (word: string) => {
    if (first.length < 4) first.push(word);
    if (first.length === 1) isCopy = word === 'copy';
    if (parentheses > 0) return;
    if (isCopy && previous === 'from' && word === 'stdin') fromStdin = true;
    if (word === 'begin' && createsRoutine(first)) bodies++;
    else if (word === 'case' && bodies > 0) bodies++;
    else if (word === 'end' && bodies > 0) bodies--;
  };
  return {
    copies: () => fromStdin,
    take: ({ kind, start, end }: Token): boolean => {
      if (kind === 'comment' || kind === 'block-comment') return false;
      // The words that count are short; a name of a megabyte need not be copied.
      const word = kind === 'word' && end - start < 20 ? text.slice(start, end).toLowerCase() : '';
      if (word) takeWord(word);
      previous = word;
      if (kind !== 'symbol') return false;
      const symbol = text[start];
      if (symbol === '(') parentheses++;
      else if (symbol === ')') parentheses = Math.max(0, parentheses - 1);
      return symbol === ';' && parentheses === 0 && bodies === 0;
    },
  };
}

/** Only there, BEGIN opens a body that holds semicolons. */
function createsRoutine([create, ...words]: readonly string[]): boolean {
  const what = words[0] === 'or' && words[1] === 'replace' ? words[2] : words[0];
  return create === 'create' && (what === 'function' || what === 'procedure');
}
