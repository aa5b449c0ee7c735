import { createHash } from 'node:crypto';
import { hasSqlDetails, type Node, parseSync } from 'libpg-query';
import { RegistryJobsError } from '../errors.ts';
import { checkStatement } from './check.ts';
import { loadParser } from './parser.ts';
import { excerpt, locate, offsetOfCodePoint } from './position.ts';
import type { Script, Statement } from './statement.ts';

/**
 * Parses a migration with Postgres' own grammar: splits it into statements and refuses what cannot work in
 * a managed transaction, before anything runs.
 *
 * @throws RegistryJobsError `syntax-error`, `psql-command`, `copy-from-stdin`, `transaction-control` or
 * `needs-no-transaction`, each with file, line and column.
 */
export async function parseScript(file: string, text: string): Promise<Script> {
  await loadParser();
  const statements = splitStatements(file, text);
  return { file, text, checksum: createHash('sha256').update(text).digest('hex'), statements };
}

function splitStatements(file: string, text: string): Statement[] {
  // pg_dump writes \restrict lines that mean nothing outside psql: blanked, so that offsets stay right.
  const sql = text.replace(/^\\(?:un)?restrict\b.*$/gm, (line) => ' '.repeat(line.length));
  const bytes = Buffer.from(sql, 'utf8');
  const ascii = bytes.length === sql.length;
  let passedBytes = 0;
  let passedUnits = 0;
  const toOffset = (byte: number): number => {
    if (ascii) return byte;
    passedUnits += bytes.toString('utf8', passedBytes, byte).length;
    passedBytes = byte;
    return passedUnits;
  };
  return parseTree(file, text, sql).map(({ stmt, stmt_location = 0, stmt_len }) => {
    const start = toOffset(stmt_location);
    const end = stmt_len === undefined ? sql.trimEnd().length : toOffset(stmt_location + stmt_len);
    const [kind = 'Unknown', node] = Object.entries(stmt ?? {})[0] ?? [];
    checkStatement(kind, node, (code, message, hint) => problem(file, text, start, code, message, hint));
    return { start, end, kind };
  });
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
  const copy = /^\s*copy\b[^;]*\bfrom\s+stdin\b/im.exec(text);
  if (copy && copy.index < offset) {
    const start = copy.index + copy[0].search(/\S/);
    return problem(
      file,
      text,
      start,
      'copy-from-stdin',
      'COPY ... FROM stdin with inline data is not supported yet.',
      'Write the rows as INSERT statements (pg_dump --inserts).',
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
