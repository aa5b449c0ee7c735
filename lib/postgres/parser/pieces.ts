import { firstWord, GrammarError } from './grammar.ts';
import { createSplitter } from './split.ts';

/** A part of the SQL that is parsed at once: whole statements, from a UTF-16 offset on. */
export interface Piece {
  readonly start: number;
  readonly sql: string;
}

/** Above this many UTF-16 units the SQL is parsed in pieces. */
const LARGE = 2_000_000;
const PIECE = 1_000_000;
/** The parser's memory ends at about twice these, and with it the process that it runs in. */
const MOST_TOKENS = 10_000_000;
const MOST_UNITS = 64_000_000;

/**
 * Splits large SQL between its statements: the tree of a statement takes a hundred times its text, and is gone when the
 * next piece is parsed.
 *
 * @throws GrammarError for a statement that is too large to be parsed
 */
export function* piecesOf(sql: string): Generator<Piece> {
  if (sql.length <= LARGE) {
    yield { start: 0, sql };
    return;
  }
  const splitter = createSplitter(sql);
  let start = 0;
  let tokens = 0;
  const count = () => {
    tokens++;
  };
  for (let stretch = splitter.next(count); stretch; stretch = splitter.next(count)) {
    if (tokens > MOST_TOKENS || stretch.end - stretch.start > MOST_UNITS) {
      const offset = stretch.start + firstWord(sql.slice(stretch.start, stretch.end));
      throw new GrammarError('too-large', offset, 'too-large');
    }
    tokens = 0;
    if (stretch.end - start < PIECE && stretch.end < sql.length) continue;
    yield { start, sql: sql.slice(start, stretch.end) };
    start = stretch.end;
  }
}
