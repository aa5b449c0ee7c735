import type { DatabaseSync } from 'node:sqlite';
import { type ErrorReport, toErrorReport } from '../errors/error.ts';
import { type Script, type Statement, statementText } from '../migrations/script/statement.ts';
import { scriptOf, type Task } from '../plan/task.ts';
import type { LedgerName } from '../settings/ledger-name.ts';
import { explainStatement } from './explain/statement.ts';
import { ensureTables } from './ledger/ensure.ts';
import { IN_MEMORY, openSqlite } from './open.ts';
import { tokensOf, wordOf } from './parser/lexer.ts';

/**
 * Finds out what SQLite would say of the names in some files, before the database is touched: each statement is prepared, in the order of
 * the plan, in a copy of the schema without a row, and what changes the schema is run there. An up file whose way back is there is undone
 * and done again. What depends on rows is known only when the files are run.
 *
 * @param schema the database whose schema is copied
 * @returns what would fail, one for each file, up to the first whose names cannot be known
 */
export async function rehearse(
  schema: DatabaseSync,
  tasks: readonly Task[],
  name: LedgerName,
): Promise<ErrorReport[]> {
  if (tasks.length === 0) return [];
  const copy = await copySchema(schema);
  try {
    // Files may write into them, and they are there when the files run; a schema from elsewhere may bring its own.
    if (tasks[0]?.migration.style !== 'initial') ensureTables(copy, name);
    for (const task of tasks) {
      const { migration, direction } = task;
      const steps = [scriptOf(task)];
      if (direction === 'up' && migration.down && migration.style === 'versioned')
        steps.push(migration.down, migration.up);
      for (const [index, script] of steps.entries()) {
        const failed = prepareAll(copy, script, index === 0 ? (task.from ?? 0) : 0);
        if (failed === undefined) continue;
        // Of a way back that nobody goes now nothing is refused; what comes after it cannot be known.
        if (failed === 'unknown' || index > 0) return [];
        const { statement, cause } = failed;
        return [toErrorReport(explainStatement(copy, script, statement, cause, 'nothing-run'))];
      }
    }
    return [];
  } finally {
    copy.close();
  }
}

/**
 * What comes first is there when something names it, whenever it was made: virtual tables bring their own along, tables are asked for by
 * indexes and triggers.
 */
const IN_ORDER = `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  ORDER BY CASE WHEN sql LIKE 'CREATE VIRTUAL%' THEN 0 WHEN type = 'table' THEN 1 WHEN type = 'view' THEN 2 ELSE 3 END, rowid`;

/** The schema of a database in another one in memory, without a row. */
export async function copySchema(schema: DatabaseSync): Promise<DatabaseSync> {
  const copy = await openSqlite(IN_MEMORY);
  copy.exec('PRAGMA foreign_keys = OFF');
  const objects = schema.prepare(IN_ORDER).all();
  for (const { sql } of objects) {
    try {
      copy.exec(String(sql));
    } catch {
      // The tables behind a virtual one come with it.
    }
  }
  // A file may drop what ANALYZE has made.
  if (schema.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").get()) copy.exec('ANALYZE');
  return copy;
}

/** A statement that SQLite refuses. */
export interface Refused {
  readonly statement: Statement;
  readonly cause: unknown;
}

/**
 * Prepares the statements of a file one after the other, and runs those that change the schema.
 *
 * @param look hears of each before it is run
 * @returns `unknown` where a statement was left out that makes names, or failed for its rows: what comes after it cannot be judged
 */
export function prepareAll(
  copy: DatabaseSync,
  script: Script,
  from = 0,
  look: (statement: Statement) => void = () => {},
): Refused | 'unknown' | undefined {
  const before = script.statements.slice(0, from).map((one) => verbOf(statementText(script, one)));
  // What they attached is there again when the file goes on.
  if (before.includes('attach')) return 'unknown';
  for (const statement of script.statements.slice(from)) {
    const sql = statementText(script, statement);
    const verb = verbOf(sql);
    if (verb === 'attach') return 'unknown';
    // A pragma is done as soon as it is read, and may decide how what comes after it is.
    const isPragma = verb === 'pragma';
    try {
      if (!isPragma) copy.prepare(sql);
    } catch (cause) {
      return { statement, cause };
    }
    look(statement);
    if (!SCHEMA.has(verb) && !isPragma) continue;
    try {
      copy.exec(withoutRows(sql));
    } catch {
      return 'unknown';
    }
  }
  // Each file has a connection of its own.
  copy.exec('PRAGMA legacy_alter_table = OFF');
  return undefined;
}

const SCHEMA: ReadonlySet<string> = new Set(['create', 'drop', 'alter']);

/** `CREATE TABLE ... AS SELECT` with the columns of its query alone: one that makes its rows by itself may take as long here as later. */
function withoutRows(sql: string): string {
  const tokens = [...tokensOf(sql)].filter(({ kind }) => kind !== 'comment');
  const words = tokens.map((token) => wordOf(sql, token));
  const table = words.indexOf('table');
  if (words[0] !== 'create' || table < 1 || table > 2) return sql;
  const name = words[table + 1] === 'if' ? table + 4 : table + 1;
  // A name may have its schema in front: main.labels
  const as = sql.slice(tokens[name + 1]?.start, tokens[name + 1]?.end) === '.' ? name + 3 : name + 1;
  const [keyword, last] = [tokens[as], tokens.at(-1)];
  if (words[as] !== 'as' || !keyword || !last) return sql;
  const end = sql.slice(last.start, last.end) === ';' ? last.start : last.end;
  return `${sql.slice(0, keyword.end)} SELECT * FROM (${sql.slice(keyword.end, end)}\n) LIMIT 0`;
}

function verbOf(sql: string): string {
  const [first] = tokensOf(sql);
  return first ? wordOf(sql, first) : '';
}
