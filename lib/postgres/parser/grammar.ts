import { offsetOfCodePoint } from '../../migrations/script/position.ts';
import { createLexer, type Token } from './lexer.ts';
import { type OlderWord, usesOlderWords, withoutNewerWords } from './newer-words.ts';
import { parseRaw } from './parser.ts';
import { createSplitter } from './split.ts';

/** A statement of the parse tree. Places are byte offsets into the SQL that was parsed. */
export interface RawStatement {
  readonly stmt?: unknown;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

/** What the grammar makes of SQL. */
export interface Tree {
  /** What was parsed at last: of the same length as the SQL, and the same but for comments and words of newer servers. */
  readonly sql: string;
  readonly statements: readonly RawStatement[];
  /** Words that only an older server than the grammar's takes where they stand. */
  readonly older: readonly OlderWord[];
}

/** Why SQL cannot be parsed, and where, as a UTF-16 offset. */
export class GrammarError extends Error {
  override readonly name = 'GrammarError';
  readonly offset: number;
  /** What the parser has no room for; absent when it is the SQL that is wrong. */
  readonly beyond: 'too-deep' | 'too-large' | undefined;

  constructor(message: string, offset: number, beyond?: 'too-deep' | 'too-large') {
    super(message);
    this.offset = offset;
    this.beyond = beyond;
  }
}

/**
 * Parses SQL with the grammar of Postgres 18. What the parser's build refuses though Postgres takes it (a comment
 * between the halves of a string, or beside UESCAPE), and what only a server older than 18 takes, is parsed in
 * another form of the same length.
 *
 * @throws GrammarError for what no server takes, as far as this grammar tells, and for what is nested too deeply
 */
export function parseGrammar(sql: string): Tree {
  if (sql.trim() === '') return { sql, statements: [], older: [] };
  try {
    return { sql, statements: parse(sql), older: [] };
  } catch (error) {
    if (!(error instanceof GrammarError) || error.beyond) throw error;
    const plain = blankComments(sql);
    if (plain === sql && !usesOlderWords(sql)) throw error;
    return parseOlder(plain);
  }
}

/** Parses what may hold words that became keywords: those of a statement that cannot be parsed with them. */
function parseOlder(sql: string): Tree {
  try {
    return { sql, statements: parse(sql), older: [] };
  } catch (error) {
    if (!(error instanceof GrammarError) || error.beyond || !usesOlderWords(sql)) throw error;
    const replaced = withoutNewerWords(sql, (statement) => isParsed(statement));
    const statements = parse(replaced.sql);
    for (const { stmt } of statements) replaced.restore(stmt);
    return { sql: replaced.sql, statements, older: replaced.words };
  }
}

function isParsed(sql: string): boolean {
  try {
    parse(sql);
    return true;
  } catch (error) {
    if (error instanceof GrammarError) return false;
    throw error;
  }
}

function parse(sql: string): readonly RawStatement[] {
  const parsed = parseRaw(sql);
  if (parsed === 'too-deep' || parsed === 'too-large')
    throw new GrammarError(parsed, startOf(parsed, sql), parsed);
  if ('statements' in parsed) return parsed.statements;
  throw new GrammarError(parsed.message, offsetOfCodePoint(sql, parsed.cursor));
}

/** Where the first statement begins that the parser has no room for by itself. */
function startOf(beyond: 'too-deep' | 'too-large', sql: string): number {
  const splitter = createSplitter(sql);
  for (let stretch = splitter.next(); stretch; stretch = splitter.next()) {
    const statement = sql.slice(stretch.start, stretch.end);
    if (parseRaw(`${statement} `) === beyond) return stretch.start + firstWord(statement);
  }
  return firstWord(sql);
}

/** Where the first word stands that is not in a comment. */
export function firstWord(sql: string): number {
  const lexer = createLexer(sql);
  let token = lexer.next();
  while (token && isComment(token)) token = lexer.next();
  return token?.start ?? 0;
}

/**
 * The SQL with spaces for comments. A block comment between two strings stays: Postgres joins strings only across line
 * ends and comments of a line, and blanks there would make a mistake look right.
 */
function blankComments(sql: string): string {
  const parts: string[] = [];
  let from = 0;
  const blank = ({ start, end }: Token) => {
    parts.push(sql.slice(from, start), ' '.repeat(end - start));
    from = end;
  };
  const lexer = createLexer(sql);
  let before: Token | undefined;
  let held: Token[] = [];
  for (let token = lexer.next(); token; token = lexer.next()) {
    if (isComment(token)) {
      held.push(token);
      continue;
    }
    const joins = before?.kind === 'string' && token.kind === 'string';
    for (const comment of held) if (!joins || comment.kind === 'comment') blank(comment);
    held = [];
    before = token;
  }
  for (const comment of held) blank(comment);
  parts.push(sql.slice(from));
  return parts.join('');
}

function isComment({ kind }: Token): boolean {
  return kind === 'comment' || kind === 'block-comment';
}
