import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';

type Parser = typeof import('libpg-query');

/** What the parser says of SQL: its statements, a mistake in it, or that it has no room for the tree. */
export type Parsed =
  | { readonly statements: NonNullable<ReturnType<Parser['parseSync']>['stmts']> }
  | { readonly message: string; readonly cursor: number }
  | 'too-deep'
  | 'too-large';

const require = createRequire(import.meta.url);
let parser: Parser | undefined;
let loaded: Promise<void> | undefined;

/**
 * Loads Postgres' parser, once.
 *
 * V8 would begin to optimise one enormous function of it as soon as it is called, on a thread that keeps the
 * process from ending: 300 ms and 500 MB for every command, to parse a few files faster. It is told not to.
 */
export function loadParser(): Promise<void> {
  if (!loaded) {
    setFlagsFromString('--no-wasm-tier-up');
    setFlagsFromString('--no-wasm-dynamic-tiering');
    loaded = load();
  }
  return loaded;
}

async function load(): Promise<void> {
  const fresh = require('libpg-query') as Parser;
  await fresh.loadModule();
  parser = fresh;
}

/** Parses SQL that is not blank; {@link loadParser} must have been waited for. */
export function parseRaw(sql: string): Parsed {
  if (!parser) throw new Error('The parser is not loaded.');
  try {
    return { statements: parser.parseSync(sql).stmts ?? [] };
  } catch (error) {
    if (!parser.hasSqlDetails(error) || !error.sqlDetails) {
      discard();
      return isOfStack(error) ? 'too-deep' : 'too-large';
    }
    // Its own stack of symbols is as deep as that of the server.
    if (error.message.startsWith('memory exhausted')) return 'too-deep';
    return { message: error.message, cursor: error.sqlDetails.cursorPosition };
  }
}

/** Whether the stack had no room. Without room for the tree itself it ends in other ways, none of which names the SQL. */
function isOfStack(error: unknown): boolean {
  const { name, message } = error as Error;
  if (name === 'RuntimeError') return !message.startsWith('Aborted');
  return name === 'RangeError' && message.startsWith('Maximum call stack');
}

/**
 * A parser that was interrupted by the end of the stack never gives back the part of its own stack that it used: after a
 * dozen times it fails for anything. The next file gets a new one.
 */
function discard(): void {
  delete require.cache[require.resolve('libpg-query')];
  loaded = undefined;
}
