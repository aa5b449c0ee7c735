import { nameOf, wordOf } from './lexer.ts';
import type { Piece } from './split.ts';

/** What a statement is, as far as its first words tell: SQLite tells it of a statement only where it takes it. */
export interface Kind {
  /** `create table`, `insert`, `pragma`, for reports. */
  readonly name: string;
  /** It changes the schema, and nothing else. */
  readonly isSchema: boolean;
  /** `begin`, `commit`, `rollback` and their like. */
  readonly control?: 'begin' | 'commit' | 'rollback' | 'savepoint';
  /** The pragma that it sets; nothing for one that is only read. */
  readonly sets?: string;
  /** What cannot run inside a transaction, as a message names it. */
  readonly outside?: string;
  /** It holds for its connection alone, and can be done again in another. */
  readonly isSession: boolean;
}

/** What comes between `create` and what is created. */
const BETWEEN = new Set(['temp', 'temporary', 'unique', 'virtual']);
const SCHEMA = new Set(['create', 'drop', 'alter']);
/** These can only be set where no transaction is open. */
const PRAGMAS_OUTSIDE = new Set(['journal_mode', 'synchronous', 'temp_store', 'auto_vacuum', 'page_size']);

export function kindOf(sql: string, { words }: Piece): Kind {
  const [first, ...rest] = words;
  const verb = first ? wordOf(sql, first) : '';
  const after = rest.map((token) => wordOf(sql, token));
  if (verb === 'pragma') return pragma(sql, rest);
  if (SCHEMA.has(verb)) {
    const object = after.find((word) => !BETWEEN.has(word)) ?? '';
    return { name: `${verb} ${object}`.trim(), isSchema: true, isSession: false };
  }
  const control = controlOf(verb, after);
  if (control) return { name: verb, isSchema: false, isSession: false, control };
  if (verb === 'vacuum') return { name: verb, isSchema: false, isSession: false, outside: 'VACUUM' };
  if (verb === 'attach' || verb === 'detach')
    return { name: verb, isSchema: false, isSession: true, outside: verb.toUpperCase() };
  return { name: verb || 'statement', isSchema: false, isSession: false };
}

function controlOf(verb: string, after: readonly string[]): Kind['control'] {
  if (verb === 'begin') return 'begin';
  if (verb === 'commit' || verb === 'end') return 'commit';
  if (verb === 'savepoint' || verb === 'release') return 'savepoint';
  if (verb === 'rollback') return after.includes('to') ? 'savepoint' : 'rollback';
  return undefined;
}

function pragma(sql: string, rest: Piece['words']): Kind {
  const text = (at: number) => {
    const token = rest[at];
    return token ? sql.slice(token.start, token.end) : '';
  };
  // PRAGMA main.foreign_keys = off
  const at = text(1) === '.' ? 2 : 0;
  const token = rest[at];
  const name = (token && nameOf(sql, token)?.toLowerCase()) ?? '';
  const isSet = text(at + 1) === '=' || text(at + 1) === '(';
  return {
    name: 'pragma',
    isSchema: false,
    isSession: true,
    ...(isSet && { sets: name }),
    ...(isSet && PRAGMAS_OUTSIDE.has(name) && { outside: `PRAGMA ${name}` }),
  };
}
