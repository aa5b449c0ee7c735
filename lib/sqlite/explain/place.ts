import type { DatabaseSync } from 'node:sqlite';
import { nameOf, type Token, tokensOf } from '../parser/lexer.ts';

/** How often SQLite is asked about parts of a statement, to find the one that it means. */
const MOST_ASKED = 100;

/**
 * Where in a statement the fault is that SQLite tells of: it names a token or a name, and no place. A syntax error is where the statement,
 * cut off after that token, has the same one; a name is where the statement is better without it. Where it cannot be found it is the
 * beginning.
 *
 * @param database in the state in which the statement was refused; nothing is run in it
 * @returns a UTF-16 offset
 */
export function placeIn(database: DatabaseSync, sql: string, message: string): number {
  const near = /^near "(.*)": syntax error$/s.exec(message)?.[1];
  if (near !== undefined) return placeOfToken(database, sql, near, message);
  const unread = /^unrecognized token: "(.*)"$/s.exec(message)?.[1];
  if (unread !== undefined) return placeOfToken(database, sql, unread, message);
  for (const pattern of NAMES) {
    const name = pattern.exec(message)?.[1];
    if (name !== undefined) return placeOfName(database, sql, name, message);
  }
  return 0;
}

const NAMES = [
  /^no such (?:table|column|view|index|trigger|function|module|collation sequence|database)(?: function)?: "?(.+?)"?(?: - should this be .*)?$/,
  /^ambiguous column name: (.+)$/,
  /^duplicate column name: (.+)$/,
  /^table \S+ has no column named (.+)$/,
  /^(?:table|view|there is already a table named|there is already an index named|trigger|index) "?(.+?)"?(?: already exists)?$/,
  /^wrong number of arguments to function (.+)\(\)$/,
  /^use DROP (?:TABLE|VIEW) to delete (?:table|view) (.+)$/,
  /^cannot modify (.+) because it is a view$/,
  /^unknown database:? (.+)$/,
  /^table (\S+) has \d+ columns but/,
  /^(\S+) is not a (?:table|view)/,
];

function placeOfToken(database: DatabaseSync, sql: string, text: string, message: string): number {
  const found = [...tokensOf(sql)].filter(
    ({ kind, start }) => kind !== 'comment' && sql.startsWith(text, start),
  );
  const isHere = ({ start }: Token) => refusal(database, sql.slice(0, start + text.length)) === message;
  const at = found.slice(0, MOST_ASKED).find(isHere) ?? found[0];
  return at?.start ?? 0;
}

function placeOfName(database: DatabaseSync, sql: string, name: string, message: string): number {
  const parts = name.toLowerCase().split('.');
  const tokens = [...tokensOf(sql)].filter(({ kind }) => kind !== 'comment');
  const isCalled = (token: Token | undefined, called: string | undefined) =>
    token !== undefined && nameOf(sql, token)?.toLowerCase() === called;
  const whole = tokens.filter((_, index) =>
    parts.every((part, place) => isCalled(tokens[index + 2 * place], part)),
  );
  // SQLite may put the schema in front of a name that is written without.
  const found = whole.length > 0 ? whole : tokens.filter((token) => isCalled(token, parts.at(-1)));
  const [first] = found;
  if (found.length <= 1 || first === undefined) return first?.start ?? 0;
  const isBetterWithout = ({ start, end }: Token) => {
    const other = refusal(database, `${sql.slice(0, start)}NULL${sql.slice(end)}`);
    return other === undefined || !(other === message || /syntax error$|^incomplete/.test(other));
  };
  return (found.slice(0, MOST_ASKED).find(isBetterWithout) ?? first).start;
}

/** What SQLite says of a statement without running it. */
function refusal(database: DatabaseSync, sql: string): string | undefined {
  // Some pragmas are done as soon as they are read.
  if (/^\s*pragma\b/i.test(sql)) return undefined;
  try {
    database.prepare(sql);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
