import { createLexer } from './lexer.ts';
import { createSplitter } from './split.ts';

/** A word that only an older server than the grammar's takes where it stands, at a UTF-16 offset. */
export interface OlderWord {
  readonly start: number;
  readonly word: string;
  /** The major version that took the word for itself. */
  readonly since: number;
}

/**
 * Words that Postgres 18 reserves, or keeps for its own functions, and Postgres 15 does not: there they are names of
 * columns and functions. From `pg_get_keywords()` of both; a test compares them with the server.
 */
export const NEWER_WORDS: ReadonlyMap<string, number> = new Map([
  ['system_user', 16],
  ['json_array', 16],
  ['json_arrayagg', 16],
  ['json_object', 16],
  ['json_objectagg', 16],
  ['json', 17],
  ['json_exists', 17],
  ['json_query', 17],
  ['json_scalar', 17],
  ['json_serialize', 17],
  ['json_table', 17],
  ['json_value', 17],
  ['merge_action', 17],
]);

const ANY = /\b(?:system_user|json(?:_[a-z]+)?|merge_action)\b/i;

/** Whether a text holds such a word at all. */
export function usesOlderWords(sql: string): boolean {
  return ANY.test(sql);
}

/**
 * Puts names of the same length in the place of such words, in the statements that cannot be parsed with them and can
 * without: offsets stay right.
 */
export function withoutNewerWords(sql: string, isParsed: (statement: string) => boolean) {
  const parts: string[] = [];
  const words: OlderWord[] = [];
  const mark = unusedMark(sql);
  const splitter = createSplitter(sql);
  for (let stretch = splitter.next(); stretch; stretch = splitter.next()) {
    const statement = sql.slice(stretch.start, stretch.end);
    if (!usesOlderWords(statement) || isParsed(statement)) {
      parts.push(statement);
      continue;
    }
    // `json` is mostly the type, which every version knows: replaced only where nothing else helps.
    const tries = [replaceWords(statement, mark, (word) => word !== 'json'), replaceWords(statement, mark)];
    const [first, last] = tries;
    const chosen = tries.find((one) => isParsed(one.sql)) ?? (first?.words.length ? first : last);
    parts.push(chosen?.sql ?? statement);
    for (const word of chosen?.words ?? []) words.push({ ...word, start: stretch.start + word.start });
  }
  return { sql: parts.join(''), words, restore: (tree: unknown) => restore(tree, mark) };
}

function replaceWords(sql: string, mark: string, isWanted: (word: string) => boolean = () => true) {
  const parts: string[] = [];
  const words: OlderWord[] = [];
  const lexer = createLexer(sql);
  let from = 0;
  for (let token = lexer.next(); token; token = lexer.next()) {
    const { kind, start, end } = token;
    if (kind !== 'word' || end - start > LONGEST) continue;
    const word = sql.slice(start, end).toLowerCase();
    const since = NEWER_WORDS.get(word);
    if (since === undefined || !isWanted(word)) continue;
    parts.push(sql.slice(from, start), placeholder(word, mark));
    from = end;
    words.push({ start, word, since });
  }
  parts.push(sql.slice(from));
  return { sql: parts.join(''), words };
}

const LONGEST = Math.max(...[...NEWER_WORDS.keys()].map((word) => word.length));

/** A name of the same length that is no keyword. */
function placeholder(word: string, mark: string): string {
  return word.slice(0, -1) + mark;
}

/** A digit with which none of the placeholders stands in the SQL already. */
function unusedMark(sql: string): string {
  const lower = sql.toLowerCase();
  const isFree = (mark: string) =>
    [...NEWER_WORDS.keys()].every((word) => !lower.includes(placeholder(word, mark)));
  return [...'0123456789'].find(isFree) ?? '0';
}

/** Puts the words back into the names of a tree: a lock or an index is called by them. */
function restore(tree: unknown, mark: string): void {
  const words = new Map([...NEWER_WORDS.keys()].map((word) => [placeholder(word, mark), word]));
  const waiting: unknown[] = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const fields = node as Record<string, unknown>;
    for (const [key, value] of Object.entries(fields)) {
      if (typeof value === 'string') fields[key] = words.get(value) ?? value;
      else if (typeof value === 'object' && value !== null) waiting.push(value);
    }
  }
}
