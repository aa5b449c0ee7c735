import type { DatabaseSync } from 'node:sqlite';
import type { RegistryJobsError } from '../../errors/error.ts';
import { throwProblems } from '../../errors/problems.ts';
import { checksumOf } from '../../migrations/script/checksum.ts';
import { type Comments, type Remark, readComments } from '../../migrations/script/directives.ts';
import { folderOf, importCommand } from '../../migrations/script/other-tools.ts';
import { locate } from '../../migrations/script/position.ts';
import { byPlace, problemAt } from '../../migrations/script/problem-at.ts';
import type { Script, ScriptWarning, Statement } from '../../migrations/script/statement.ts';
import { placeIn } from '../explain/place.ts';
import { IN_MEMORY, openSqlite } from '../open.ts';
import { type Refuse, watchTransactions } from './control.ts';
import { checkExpectations } from './expectations.ts';
import { type Kind, kindOf } from './kind.ts';
import { tokensOf } from './lexer.ts';
import { type Piece, splitSql } from './split.ts';

/**
 * Parses a migration for SQLite: splits it into statements, and refuses what cannot work in a managed transaction. It is SQLite that judges
 * the syntax, in a database without a table: what it says of names is known only where the files are run, see `rehearse`.
 *
 * @throws RegistryJobsError `syntax-error`, `transaction-control`, `needs-no-transaction`, `pragma-without-effect` or another code, each
 *   with file, line and column; `sqlite-missing`
 */
export async function parseScript(file: string, text: string): Promise<Script> {
  const refuse: Refuse = (offset, code, message, hint) => problemAt(file, text, offset, code, message, hint);
  const pieces = [...splitSql(text)].map((piece) => ({ piece, kind: kindOf(text, piece) }));
  const faults = await findFaults(text, pieces, refuse);
  // A mistake in the SQL is told first: it may be why the comments cannot be read.
  throwProblems(faults);
  const comments = readComments(text, () => remarks(text), refuse, importCommand(folderOf(file)));
  assertOfUse(comments, refuse);
  const transactions = watchTransactions(comments.directives, refuse);
  const statements: Statement[] = [];
  let [line, counted] = [1, 0];
  for (const { piece, kind } of pieces) {
    if (transactions.isOurs(piece.start, kind)) continue;
    line += newlines(text, counted, piece.start);
    counted = piece.start;
    statements.push(describe(piece, kind, line));
  }
  const use = transactions.end();
  throwProblems([...use.problems].sort(byPlace));
  const directives = { ...comments.directives, transaction: use.transaction };
  checkExpectations(comments.expectations, directives, refuse);
  const warnings = [...use.notes, ...(comments.otherSpelling === undefined ? [] : [taken(comments)])].map(
    ({ start, message }): ScriptWarning => {
      const at = locate(file, text, start);
      return { code: 'transaction-understood', message: `${file}:${at.line}:${at.column}: ${message}` };
    },
  );
  return {
    file,
    text,
    checksum: checksumOf(text),
    statements,
    directives,
    expectations: comments.expectations,
    ...(warnings.length > 0 && { warnings }),
  };
}

function taken({ otherSpelling = 0 }: Comments) {
  return { start: otherSpelling, message: 'This is taken for: -- registry-jobs: transaction off' };
}

function describe({ start, end }: Piece, { name, outside, isSession }: Kind, line: number): Statement {
  return {
    start,
    end,
    line,
    kind: name,
    ...((outside || isSession) && { outside: 'atomic' as const }),
    ...(isSession && { session: true as const }),
  };
}

/** What SQLite says of each statement that it would say in any database, and what it would take for NULL without a word. */
async function findFaults(
  text: string,
  pieces: readonly { readonly piece: Piece; readonly kind: Kind }[],
  refuse: Refuse,
): Promise<RegistryJobsError[]> {
  const database = await openSqlite(IN_MEMORY);
  try {
    return pieces.flatMap(({ piece, kind }) => {
      const [parameter] = piece.parameters;
      // Some pragmas are done as soon as they are read.
      const fault = kind.name === 'pragma' ? undefined : syntaxFault(database, text, piece, refuse);
      if (fault) return [fault];
      if (!parameter) return [];
      const sign = text.slice(parameter.start, parameter.end);
      return [
        refuse(
          parameter.start,
          'bind-parameter',
          `${sign} stands for a value that a program gives, and nobody gives one here: it would be NULL.`,
          "Write the value itself; a text in single quotes: 'text'",
        ),
      ];
    });
  } finally {
    database.close();
  }
}

function syntaxFault(
  database: DatabaseSync,
  text: string,
  { start, end }: Piece,
  refuse: Refuse,
): RegistryJobsError | undefined {
  const sql = text.slice(start, end);
  try {
    database.prepare(sql);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!isSyntax(message)) return undefined;
    return refuse(start + placeIn(database, sql, message), 'syntax-error', message, 'Correct the file.');
  }
}

/** What SQLite says whatever tables there are. */
export function isSyntax(message: string): boolean {
  return /^near ".*": syntax error$|^incomplete input$|^unrecognized token: /s.test(message);
}

function assertOfUse({ named, directives }: Comments, refuse: Refuse): void {
  const find = (word: string) => named.find(({ name }) => name === word);
  const timeout = find('statement-timeout');
  if (timeout && !directives.transaction) {
    throw refuse(
      timeout.start,
      'unknown-directive',
      'statement-timeout is for files in a transaction, which can be undone: without one a statement of SQLite runs until it is done.',
      'Remove it.',
    );
  }
  const detach = find('detach');
  if (detach) {
    throw refuse(
      detach.start,
      'unknown-directive',
      'detach is for Postgres: a statement of SQLite runs in this process, and in no server.',
      'Remove it.',
    );
  }
  const keys = find('foreign-keys');
  if (keys && !directives.transaction) {
    throw refuse(
      keys.start,
      'unknown-directive',
      'foreign-keys off goes with a transaction, at whose end the keys are looked at, and this file runs without one.',
      'Write it as a statement of this file: PRAGMA foreign_keys = off;',
    );
  }
}

function* remarks(sql: string): Generator<Remark> {
  for (const { kind, start, end } of tokensOf(sql)) {
    const isComment = kind === 'comment';
    yield { start, text: isComment ? sql.slice(start, end) : '', isComment };
  }
}

function newlines(text: string, from: number, to: number): number {
  let found = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) found++;
  return found;
}
