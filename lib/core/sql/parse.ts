import { RegistryJobsError } from '../errors.ts';
import { checkStatement } from './check.ts';
import { checksumOf } from './checksum.ts';
import { type Directives, type Expectation, readComments } from './directives.ts';
import { explainSyntax, withoutSecrets } from './explain-syntax.ts';
import { GrammarError, parseGrammar, type Tree } from './grammar.ts';
import { type Layout, readLayout } from './layout.ts';
import { concurrentIndex, leavesOf } from './leftovers.ts';
import { lockOf } from './locks.ts';
import { outsideOf } from './not-in-transaction.ts';
import { objectChanges } from './objects.ts';
import { loadParser } from './parser.ts';
import { excerpt, locate } from './position.ts';
import { makesSessionObject, setsSession } from './session-state.ts';
import type { Script, ScriptWarning, Statement } from './statement.ts';

/**
 * Parses a migration with Postgres' own grammar: splits it into statements and refuses what cannot work in
 * a managed transaction, before anything runs.
 *
 * @throws RegistryJobsError `syntax-error`, `psql-command`, `transaction-control`, `needs-no-transaction` or
 * another code, each with file, line and column.
 */
export async function parseScript(file: string, text: string): Promise<Script> {
  await loadParser();
  const refuse: Refuse = (offset, code, message, hint) => problem(file, text, offset, code, message, hint);
  const layout = readLayout(text, refuse);
  const refuseSql: Refuse = (offset, ...rest) => refuse(layout.toText(offset), ...rest);
  const tree = parseTree(layout.sql, refuseSql);
  const comments = readComments(layout.sql, refuseSql);
  const { directives } = comments;
  const expectations = comments.expectations.map(({ start, ...rest }) => ({
    ...rest,
    start: layout.toText(start),
  }));
  checkExpectations(expectations, directives, refuse);
  const statements = describeStatements(text, layout, tree, directives, refuse);
  const warnings = olderWarnings(file, text, layout, tree);
  return {
    file,
    text,
    checksum: checksumOf(text),
    statements,
    directives,
    expectations,
    ...(warnings.length > 0 && { warnings }),
  };
}

type Refuse = (offset: number, code: string, message: string, hint: string) => RegistryJobsError;

function describeStatements(
  text: string,
  layout: Layout,
  tree: Tree,
  directives: Directives,
  refuse: Refuse,
): Statement[] {
  const toOffset = byteToUnit(tree.sql);
  const toLine = unitToLine(text);
  const slotless = new Set<string>();
  const dataOf = new Map(layout.blocks.map(({ after, start, end }) => [after, { start, end }]));
  return tree.statements.map(({ stmt, stmt_location = 0, stmt_len }) => {
    const start = layout.toText(toOffset(stmt_location));
    const last = stmt_len === undefined ? tree.sql.trimEnd().length : toOffset(stmt_location + stmt_len);
    // What stands at its end may be elsewhere in the text: data lies between.
    const end = layout.toText(last - 1) + 1;
    const [kind = 'Unknown', node] = Object.entries(stmt ?? {})[0] ?? [];
    const data = dataOf.get(end + 1);
    checkStatement({ kind, node, hasData: data !== undefined, slotless, directives }, (code, message, hint) =>
      refuse(start, code, message, hint),
    );
    const lock = lockOf(kind, node);
    const index = concurrentIndex(kind, node);
    const outside = outsideOf(kind, node);
    const leaves = leavesOf(kind, node);
    const objects = objectChanges(kind, node);
    return {
      start,
      end,
      line: toLine(start),
      kind,
      ...(lock && { lock }),
      ...(data && { data }),
      ...(index && { index }),
      ...(outside && { outside }),
      ...(leaves && { leaves }),
      ...(setsSession(kind, node) && { session: true as const }),
      ...(makesSessionObject(kind, node) && { temp: true as const }),
      ...(objects.length > 0 && { objects }),
    };
  });
}

/** Turns byte offsets, asked for in rising order, into UTF-16 offsets. */
function byteToUnit(sql: string): (byte: number) => number {
  const bytes = Buffer.from(sql, 'utf8');
  if (bytes.length === sql.length) return (byte) => byte;
  let passedBytes = 0;
  let passedUnits = 0;
  return (byte) => {
    passedUnits += bytes.toString('utf8', passedBytes, byte).length;
    passedBytes = byte;
    return passedUnits;
  };
}

/** Counts lines up to offsets that are asked for in rising order: once through the text, however many there are. */
function unitToLine(sql: string): (offset: number) => number {
  let line = 1;
  let newline = sql.indexOf('\n');
  return (offset) => {
    while (newline >= 0 && newline < offset) {
      line++;
      newline = sql.indexOf('\n', newline + 1);
    }
    return line;
  };
}

/** An expectation must be one query: it is wrapped into another when it is checked. */
function checkExpectations(
  expectations: readonly Expectation[],
  directives: Directives,
  refuse: Refuse,
): void {
  for (const { sql, start } of expectations) {
    if (!directives.transaction) {
      throw refuse(
        start,
        'bad-expectation',
        'Without a transaction nothing could be undone if an expectation failed.',
        'Put it into a file of its own after this one.',
      );
    }
    let kinds: (string | undefined)[] = [];
    try {
      kinds = parseGrammar(sql).statements.map(({ stmt }) => Object.keys(stmt ?? {})[0]);
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      const message = withoutSecrets(sql, error.offset, error.message);
      throw refuse(start, 'bad-expectation', `The expected query: ${message}`, 'Correct the query.');
    }
    if (kinds.length !== 1 || kinds[0] !== 'SelectStmt') {
      throw refuse(
        start,
        'bad-expectation',
        'What is expected of is not one SELECT.',
        'Write one query, without a semicolon.',
      );
    }
  }
}

function parseTree(sql: string, refuse: Refuse): Tree {
  try {
    return parseGrammar(sql);
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    if (error.isTooDeep) {
      throw refuse(
        error.offset,
        'too-deep',
        'This statement is nested too deeply to be parsed: thousands of operators in a chain, or of parentheses.',
        'Split it: concatenate in several steps, or put the values into rows of VALUES.',
      );
    }
    const { code, offset, message, hint } = explainSyntax(sql, error.offset, error.message);
    throw refuse(offset, code, message, hint);
  }
}

/** What only an older server takes is left to the server, which judges with its own grammar. */
function olderWarnings(file: string, text: string, layout: Layout, { older }: Tree): ScriptWarning[] {
  return older.map(({ start, word, since }) => {
    const { line, column } = locate(file, text, layout.toText(start));
    return {
      code: 'older-grammar',
      message: `${file}:${line}:${column}: Postgres ${since} and newer keep the word ${word} for themselves and refuse this statement; only an older server takes it.`,
    };
  });
}

function problem(
  file: string,
  text: string,
  offset: number,
  code: string,
  message: string,
  hint: string,
): RegistryJobsError {
  const location = locate(file, text, offset);
  return new RegistryJobsError(code, message, { location, excerpt: excerpt(text, location), hint });
}
