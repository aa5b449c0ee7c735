import type { ErrorCode } from '../../errors/catalogue.ts';
import { maskSecrets } from '../../secrets/mask-secrets.ts';
import { createLexer } from './lexer.ts';
import { findOddCharacter, type OddCharacter } from './odd-characters.ts';

/** What is wrong with SQL that cannot be parsed. */
export interface SyntaxProblem {
  readonly code: ErrorCode;
  /** A UTF-16 offset into the SQL. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** What is before the place of a syntax error in its statement, and what stands at the place itself. */
interface Culprits {
  readonly at: { readonly kind: string; readonly text: string } | undefined;
  readonly odd: OddCharacter | undefined;
}

/**
 * Names what is to blame for a syntax error, where it can be told: a command or a variable of psql, a character that is
 * not what it looks like. The parser only says which token it did not expect.
 */
export function explainSyntax(sql: string, offset: number, said: string): SyntaxProblem {
  const message = withoutSecrets(sql, offset, said);
  const { at, odd } = findCulprits(sql, offset);
  if (at?.kind === 'psql') {
    const command = at.text.split(/\s/, 1)[0] ?? '';
    return {
      code: 'psql-command',
      offset,
      message: `${command} is a command of psql, not SQL.`,
      hint: INSTEAD[command] ?? 'Remove the line, or write what it does in SQL.',
    };
  }
  const variable =
    at?.text === ':'
      ? /^:(?:\{\?)?['"]?[\w\u0080-\uffff]+['"}]?/.exec(sql.slice(offset, offset + 100))
      : null;
  if (variable) {
    return {
      code: 'psql-variable',
      offset,
      message: `${variable[0]} is a variable of psql, not SQL.`,
      hint: 'Write its value there.',
    };
  }
  if (odd) {
    return {
      code: 'odd-character',
      offset: odd.offset,
      message: `Here stands ${odd.name}, and ${message}.`,
      hint: odd.hint,
    };
  }
  return { code: 'syntax-error', offset, message, hint: 'Correct the statement; nothing was run.' };
}

/** What to write for commands that do something at the end of a query. */
const INSTEAD: Readonly<Record<string, string>> = {
  '\\gexec': 'Write a DO block that loops over the rows of the query and runs each with EXECUTE.',
  '\\gset': 'Write the query where its result is needed, or use a variable of a DO block.',
  '\\g': 'End the statement with a semicolon.',
  '\\gx': 'End the statement with a semicolon.',
  '\\;': 'End the statement with a semicolon, without a backslash.',
};

/** How much of the text a message repeats: a string that does not end would go on to the end of the file. */
const MOST_REPEATED = 60;

/**
 * The parser's message without secrets: it repeats the text at the place of the error, to its end where a quote does not
 * close.
 */
export function withoutSecrets(sql: string, offset: number, message: string): string {
  const [whole, near] = / at or near "([\s\S]*)"$/.exec(message) ?? [];
  if (whole === undefined || near === undefined || !sql.startsWith(near, offset)) return maskSecrets(message);
  const before = maskSecrets(sql.slice(0, offset));
  const masked = maskSecrets(sql.slice(0, offset + near.length)).slice(before.length);
  const shown = [...masked.slice(0, 2 * MOST_REPEATED)];
  const text = shown.length > MOST_REPEATED ? `${shown.slice(0, MOST_REPEATED).join('')}...` : masked;
  return `${message.slice(0, -whole.length)} at or near "${text}"`;
}

/** Looks at the tokens of the statement with the error, up to the one at its place; strings and comments are not read. */
function findCulprits(sql: string, offset: number): Culprits {
  const lexer = createLexer(sql);
  let odd: OddCharacter | undefined;
  for (let token = lexer.next(); token && token.start <= offset; token = lexer.next()) {
    const { kind, start, end } = token;
    if (kind === 'symbol' && sql[start] === ';' && end <= offset) odd = undefined;
    if (!odd && (kind === 'word' || kind === 'symbol')) {
      const found = findOddCharacter(sql.slice(start, end));
      odd = found && { ...found, offset: start + found.offset };
    }
    if (offset < end) return { at: { kind, text: sql.slice(start, end) }, odd };
  }
  return { at: undefined, odd };
}
