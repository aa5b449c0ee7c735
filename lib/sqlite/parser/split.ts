import { type Token, tokensOf, wordOf } from './lexer.ts';

/** A statement of a text: from its first token to its semicolon, which is not part of it. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Its first tokens, comments left out: enough to tell what it is. */
  readonly words: readonly Token[];
  /** Whatever a program would bind a value to. */
  readonly parameters: readonly Token[];
}

type State = 'start' | 'normal' | 'explain' | 'create' | 'trigger' | 'semicolon' | 'end';

/** As `sqlite3_complete` of SQLite does it, by which its shell knows that a statement is whole: the body of a trigger has semicolons. */
function next(state: State, word: string, isSemicolon: boolean): State {
  switch (state) {
    case 'start':
      return word === 'explain' ? 'explain' : word === 'create' ? 'create' : 'normal';
    case 'explain':
      return word === 'create' ? 'create' : ['query', 'plan'].includes(word) ? 'explain' : 'normal';
    case 'create':
      return word === 'temp' || word === 'temporary' ? 'create' : word === 'trigger' ? 'trigger' : 'normal';
    case 'trigger':
      return isSemicolon ? 'semicolon' : 'trigger';
    case 'semicolon':
      return isSemicolon ? 'semicolon' : word === 'end' ? 'end' : 'trigger';
    case 'end':
      return 'trigger';
    default:
      return 'normal';
  }
}

const IN_BODY: readonly State[] = ['trigger', 'semicolon'];
const MOST_WORDS = 8;

/** Splits a text into statements. What is empty is none. */
export function* splitSql(sql: string): Generator<Piece> {
  let state: State = 'start';
  let start = -1;
  let end = 0;
  let words: Token[] = [];
  let parameters: Token[] = [];
  for (const token of tokensOf(sql)) {
    if (token.kind === 'comment') continue;
    const isSemicolon = token.kind === 'sign' && sql[token.start] === ';';
    if (isSemicolon && !IN_BODY.includes(state)) {
      if (start >= 0) yield { start, end, words, parameters };
      [state, start, words, parameters] = ['start', -1, [], []];
      continue;
    }
    if (start < 0) start = token.start;
    end = token.end;
    if (words.length < MOST_WORDS) words.push(token);
    if (token.kind === 'parameter') parameters.push(token);
    state = next(state, wordOf(sql, token), isSemicolon);
  }
  if (start >= 0) yield { start, end, words, parameters };
}
