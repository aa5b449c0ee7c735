import { createHash } from 'node:crypto';
import { hasSqlDetails, type Node, parseSync } from 'libpg-query';
import { RegistryJobsError } from '../errors.ts';
import { checkStatement, concurrentIndex } from './check.ts';
import { blankCopyData, type CopyBlock } from './copy-data.ts';
import { type Directives, type Expectation, readComments } from './directives.ts';
import { lockOf } from './locks.ts';
import { objectChanges } from './objects.ts';
import { loadParser } from './parser.ts';
import { excerpt, locate, offsetOfCodePoint } from './position.ts';
import type { Script, Statement } from './statement.ts';

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
  // pg_dump writes \restrict lines that mean nothing outside psql: blanked, so that offsets stay right. With
  // letters and digits only, since no string or comment can end in what is blanked.
  const withoutPsql = text.replace(/^\\(?:un)?restrict[ \t]+\w+[ \t]*$/gm, (line) => ' '.repeat(line.length));
  const { sql, blocks } = blankCopyData(withoutPsql, (offset, message, hint) =>
    refuse(offset, 'copy-unterminated', message, hint),
  );
  const tree = parseTree(file, text, sql);
  const { directives, expectations } = readComments(sql, refuse);
  checkExpectations(expectations, directives, refuse);
  const statements = describeStatements(sql, tree, blocks, directives, refuse);
  return {
    file,
    text,
    checksum: createHash('sha256').update(text).digest('hex'),
    statements,
    directives,
    expectations,
  };
}

type Refuse = (offset: number, code: string, message: string, hint: string) => RegistryJobsError;

function describeStatements(
  sql: string,
  tree: readonly RawStatement[],
  blocks: readonly CopyBlock[],
  directives: Directives,
  refuse: Refuse,
): Statement[] {
  const toOffset = byteToUnit(sql);
  const toLine = unitToLine(sql);
  const dataOf = new Map(blocks.map(({ semicolon, start, end }) => [semicolon, { start, end }]));
  return tree.map(({ stmt, stmt_location = 0, stmt_len }) => {
    const start = toOffset(stmt_location);
    const end = stmt_len === undefined ? sql.trimEnd().length : toOffset(stmt_location + stmt_len);
    const [kind = 'Unknown', node] = Object.entries(stmt ?? {})[0] ?? [];
    const data = dataOf.get(end);
    checkStatement({ kind, node, hasData: data !== undefined, directives }, (code, message, hint) =>
      refuse(start, code, message, hint),
    );
    const lock = lockOf(kind, node);
    const index = concurrentIndex(kind, node);
    const objects = objectChanges(kind, node);
    return {
      start,
      end,
      line: toLine(start),
      kind,
      ...(lock && { lock }),
      ...(data && { data }),
      ...(index && { index }),
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
        'Put it into a file of its own behind this one.',
      );
    }
    let kinds: (string | undefined)[] = [];
    try {
      kinds = (parseSync(sql).stmts ?? []).map(({ stmt }) => Object.keys(stmt ?? {})[0]);
    } catch (error) {
      if (!hasSqlDetails(error)) throw error;
      throw refuse(start, 'bad-expectation', `The expected query: ${error.message}`, 'Correct the query.');
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

interface RawStatement {
  readonly stmt?: Node;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

function parseTree(file: string, text: string, sql: string): RawStatement[] {
  if (sql.trim() === '') return [];
  try {
    return (parseSync(sql).stmts ?? []) as RawStatement[];
  } catch (error) {
    if (!hasSqlDetails(error) || !error.sqlDetails) throw error;
    const offset = offsetOfCodePoint(sql, error.sqlDetails.cursorPosition);
    throw explainSyntaxError(file, text, offset, error.message);
  }
}

function explainSyntaxError(file: string, text: string, offset: number, message: string): RegistryJobsError {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
  if (line.startsWith('\\') && text[offset] === '\\') {
    const command = line.split(/\s/, 1)[0];
    return problem(
      file,
      text,
      offset,
      'psql-command',
      `${command} is a command of psql, not SQL.`,
      'Remove the line, or write what it does in SQL.',
    );
  }
  return problem(file, text, offset, 'syntax-error', message, 'Correct the statement; nothing was run.');
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
