import type { ErrorCode, WarningCode } from '../../errors/catalogue.ts';
import type { RegistryJobsError, SourceLocation } from '../../errors/error.ts';
import { throwProblems } from '../../errors/problems.ts';
import { checksumOf } from '../../migrations/script/checksum.ts';
import { type Directives, readComments } from '../../migrations/script/directives.ts';
import type { Expectation } from '../../migrations/script/expectation.ts';
import { folderOf, importCommand } from '../../migrations/script/other-tools.ts';
import { isPairHalf } from '../../migrations/script/pair-half.ts';
import { locate } from '../../migrations/script/position.ts';
import { byPlace, problemAt } from '../../migrations/script/problem-at.ts';
import type { Script, ScriptWarning, Statement } from '../../migrations/script/statement.ts';
import { createDescriber, type Observe } from './describe.ts';
import { explainSyntax, withoutSecrets } from './explain-syntax.ts';
import { GrammarError, parseGrammar, type Tree } from './grammar.ts';
import { dataWithin, joinGroups } from './groups.ts';
import { readLayout } from './layout.ts';
import { loadParser } from './parser.ts';
import { piecesOf } from './pieces.ts';
import { remarks } from './remarks.ts';
import { watchTransactions } from './transactions.ts';

/**
 * Parses a migration with Postgres' own grammar: splits it into statements and refuses what cannot work in
 * a managed transaction, before anything runs.
 *
 * @throws RegistryJobsError `syntax-error`, `psql-command`, `transaction-control`, `needs-no-transaction` or
 * another code, each with file, line and column.
 * @param observe is shown each statement
 */
export async function parseScript(file: string, text: string, observe?: Observe): Promise<Script> {
  await loadParser();
  const refuse: Refuse = (offset, code, message, hint) => problemAt(file, text, offset, code, message, hint);
  const layout = readLayout(text, refuse);
  const refuseSql: Refuse = (offset, ...rest) => refuse(layout.toText(offset), ...rest);
  const trees = parsePieces(layout.sql, refuseSql);
  // Before the comments are read: a mistake in the SQL is told first.
  const first = trees.next();
  const comments = readComments(layout.sql, remarks, refuseSql, importCommand(folderOf(file)));
  const ofSqlite = comments.named.find(({ name }) => name === 'foreign-keys');
  if (ofSqlite) throw refuseSql(ofSqlite.start, 'unknown-directive', ...FOREIGN_KEYS);
  const problems: RegistryJobsError[] = [];
  const transactions = watchTransactions(comments.directives, refuse, isPairHalf(file));
  const describe = createDescriber(text, layout, {
    transactions,
    refuse,
    onProblem: (found) => problems.push(found),
    observe,
  });
  const statements: Statement[] = [];
  const warnings: ScriptWarning[] = [];
  const warn = (code: WarningCode, offset: number, message: string) => {
    warnings.push(warningAt(locate(file, text, offset), code, message));
  };
  for (let next = first; !next.done; next = trees.next()) {
    const { tree, start } = next.value;
    for (const statement of describe(tree, start)) statements.push(statement);
    for (const { word, since, ...at } of tree.older)
      warn('older-grammar', layout.toText(start + at.start), olderWord(word, since));
  }
  const use = transactions.end();
  const data = use.groups && dataWithin(statements, use.groups);
  if (data) problems.push(refuse(data.start, ...DATA_WITHIN));
  throwProblems([...problems, ...use.problems].sort(byPlace));
  const directives = { ...comments.directives, transaction: use.transaction };
  const expectations = comments.expectations.map(({ start, ...rest }) => ({
    ...rest,
    start: layout.toText(start),
  }));
  checkExpectations(expectations, directives, refuse);
  for (const { start, message } of use.notes) warn('transaction-understood', start, message);
  if (comments.otherSpelling !== undefined)
    warn('transaction-understood', layout.toText(comments.otherSpelling), OTHER_SPELLING);
  return {
    file,
    text,
    checksum: checksumOf(text),
    statements: use.groups ? joinGroups(statements, use.groups) : statements,
    directives,
    expectations,
    ...(use.modes && { modes: use.modes }),
    ...(warnings.length > 0 && { warnings }),
  };
}

const FOREIGN_KEYS = [
  'foreign-keys off is for SQLite: Postgres keeps foreign keys in every transaction.',
  'Remove it. To have keys looked at when the transaction ends: SET CONSTRAINTS ALL DEFERRED',
] as const;

type Refuse = (offset: number, code: ErrorCode, message: string, hint: string) => RegistryJobsError;

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

interface ParsedPiece {
  readonly start: number;
  readonly tree: Tree;
}

/** Parses the pieces of the SQL one by one, each when it is asked for: only one tree is in memory. */
function* parsePieces(sql: string, refuse: Refuse): Generator<ParsedPiece> {
  let start = 0;
  try {
    for (const piece of piecesOf(sql)) {
      start = piece.start;
      yield { start, tree: parseGrammar(piece.sql) };
      start = 0;
    }
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    const offset = start + error.offset;
    if (error.beyond) {
      const [message, hint] = BEYOND[error.beyond];
      throw refuse(offset, error.beyond, message, hint);
    }
    const problem = explainSyntax(sql, offset, error.message);
    throw refuse(problem.offset, problem.code, problem.message, problem.hint);
  }
}

const BEYOND = {
  'too-deep': [
    'This statement is nested too deeply to be parsed: thousands of operators in a chain, or of parentheses.',
    'Split it: concatenate in several steps, or put the values into rows of VALUES.',
  ],
  'too-large': [
    'This statement is too large to be parsed.',
    'Split it into several, or give its rows to COPY ... FROM stdin; with the data on the lines after it.',
  ],
} as const;

const DATA_WITHIN: [ErrorCode, string, string] = [
  'transaction-control',
  'COPY with its data cannot stand between BEGIN and COMMIT in a file that runs without a transaction.',
  'Put it before the BEGIN, after the COMMIT, or into a file of its own.',
];

const OTHER_SPELLING = 'This is taken for: -- registry-jobs: transaction off';

/** What only an older server takes is left to the server, which judges with its own grammar. */
function olderWord(word: string, since: number): string {
  return `Postgres ${since} and newer keep the word ${word} for themselves and refuse this statement; only an older server takes it.`;
}

function warningAt(
  { file, line, column }: SourceLocation,
  code: WarningCode,
  message: string,
): ScriptWarning {
  return { code, message: `${file}:${line}:${column}: ${message}` };
}
