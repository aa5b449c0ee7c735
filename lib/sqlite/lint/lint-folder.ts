import type { DatabaseSync } from 'node:sqlite';
import { toErrorReport } from '../../errors/error.ts';
import type { CompiledMigrations } from '../../migrations/compiled.ts';
import type { Migration } from '../../migrations/migration.ts';
import { locate } from '../../migrations/script/position.ts';
import { type Script, type Statement, statementText } from '../../migrations/script/statement.ts';
import type { LintFinding } from '../../reports/lint.ts';
import { fileLedger } from '../../settings/ledger-name.ts';
import { explainStatement } from '../explain/statement.ts';
import { ensureTables } from '../ledger/ensure.ts';
import { quoteIdentifier } from '../ledger/tables.ts';
import { IN_MEMORY, openSqlite } from '../open.ts';
import { nameOf, type Token, tokensOf, wordOf } from '../parser/lexer.ts';
import { prepareAll } from '../rehearse.ts';

/**
 * What can be known of a folder for SQLite without its database: the files are gone through in their order, in an empty database in memory,
 * pairs forward, back and forward again, without a row.
 *
 * @throws RegistryJobsError `sqlite-missing`
 */
export async function lintFolder({ migrations }: CompiledMigrations): Promise<LintFinding[]> {
  const copy = await openSqlite(IN_MEMORY);
  const found = new Map<string, LintFinding>();
  const views = new Map<string, MadeView>();
  try {
    copy.exec('PRAGMA foreign_keys = OFF');
    ensureTables(copy, fileLedger);
    for (const { script, isForward } of stepsOf(migrations)) {
      const look = (statement: Statement) => {
        const made = viewMadeBy(script, statement);
        if (made) views.set(made.name, made);
        for (const finding of findingsOf(copy, script, statement, isForward))
          found.set(JSON.stringify(finding), finding);
      };
      const failed = prepareAll(copy, script, 0, look);
      if (failed === undefined) continue;
      if (failed !== 'unknown') {
        const { message, location } = toErrorReport(
          explainStatement(copy, script, failed.statement, failed.cause, 'nothing-run'),
        );
        const finding = {
          level: 'warning',
          code: 'name-not-made',
          message: `${message}, as far as the files before it make it.`,
          hint: 'Fine where the database had it before the first file; otherwise up would refuse the file.',
          ...(location && { location }),
        } as const;
        found.set(JSON.stringify(finding), finding);
      }
      break;
    }
    return [...found.values(), ...[...views.values()].flatMap((view) => brokenView(copy, view))];
  } finally {
    copy.close();
  }
}

interface MadeView {
  readonly name: string;
  readonly script: Script;
  readonly statement: Statement;
}

function viewMadeBy(script: Script, statement: Statement): MadeView | undefined {
  const sql = statementText(script, statement);
  const [, name] =
    /^create\s+(?:temp(?:orary)?\s+)?view\s+(?:if\s+not\s+exists\s+)?(?:main\.)?"?(\w+)"?/i.exec(sql) ?? [];
  return name === undefined ? undefined : { name, script, statement };
}

/** SQLite makes a view of what is not there, and says so to whoever reads it. */
function brokenView(copy: DatabaseSync, { name, script, statement }: MadeView): LintFinding[] {
  const isThere = copy.prepare("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ?").get(name);
  if (!isThere) return [];
  try {
    copy.prepare(`SELECT * FROM ${quoteIdentifier(name)}`);
    return [];
  } catch (cause) {
    const { message } = toErrorReport(cause);
    return [
      {
        level: 'warning',
        code: 'name-not-made',
        message: `Whoever reads view ${name} after all files is told: ${message}.`,
        hint: 'Correct the view, or make what it reads.',
        location: locate(script.file, script.text, statement.start),
      },
    ];
  }
}

function stepsOf(migrations: readonly Migration[]): { script: Script; isForward: boolean }[] {
  return migrations.flatMap(({ up, down }) => [
    { script: up, isForward: true },
    ...(down
      ? [
          { script: down, isForward: false },
          { script: up, isForward: true },
        ]
      : []),
  ]);
}

function findingsOf(
  copy: DatabaseSync,
  script: Script,
  statement: Statement,
  isForward: boolean,
): LintFinding[] {
  const sql = statementText(script, statement);
  const tokens = [...tokensOf(sql)].filter(({ kind }) => kind !== 'comment').slice(0, 12);
  const words = tokens.map((token) => wordOf(sql, token));
  const location = locate(script.file, script.text, statement.start);
  const warn = (code: string, message: string, hint: string): LintFinding => ({
    level: 'warning',
    code,
    message,
    hint,
    location,
  });
  if (words[0] === 'alter' && words.includes('drop') && isForward) {
    return [
      warn(
        'drops-data',
        'It takes a column away, with what is in it.',
        'Stop using it first, and drop it in a later release.',
      ),
    ];
  }
  if (words[0] !== 'drop' || words[1] !== 'table') return [];
  const table = lastName(sql, tokens);
  const takes =
    script.directives.foreignKeys === 'off' || !script.directives.transaction ? [] : referencing(copy, table);
  return [
    ...(takes.length > 0
      ? [
          warn(
            'drop-deletes',
            `DROP TABLE deletes the rows of ${table} first, and ON DELETE takes what names them in ${takes.join(', ')} along.`,
            'Begin the file with: -- registry-jobs: foreign-keys off',
          ),
        ]
      : []),
    ...(isForward && !isMadeHere(script, table)
      ? [
          warn(
            'drops-data',
            `It takes table ${table} away, with what is in it.`,
            'Stop using it first, and drop it in a later release.',
          ),
        ]
      : []),
  ];
}

/** `drop table if exists main.labels` */
function lastName(sql: string, tokens: readonly Token[]): string {
  const names = tokens.flatMap((token) => nameOf(sql, token) ?? []);
  return names.at(-1) ?? '';
}

/** Tables whose rows go, or lose what they name, when rows of this one go. */
function referencing(copy: DatabaseSync, table: string): string[] {
  return copy
    .prepare(
      `SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
      WHERE m.type = 'table' AND lower(k."table") = lower(?) AND lower(m.name) <> lower(?) AND k.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
      ORDER BY m.name`,
    )
    .all(table, table)
    .map(({ name }) => String(name));
}

/** A table that is made anew has its rows copied, and is no loss. */
function isMadeHere({ text }: Script, table: string): boolean {
  const name = table.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `\\b(?:create\\s+(?:temp\\s+|temporary\\s+)?table|rename\\s+to)\\s+(?:if\\s+not\\s+exists\\s+)?["\`[]?${name}\\b`,
    'i',
  ).test(text);
}
