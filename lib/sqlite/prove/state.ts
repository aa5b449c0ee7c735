import type { DatabaseSync } from 'node:sqlite';
import { type ErrorReport, RegistryJobsError, toErrorReport } from '../../errors/error.ts';
import { type Script, statementText } from '../../migrations/script/statement.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { SqliteSettings } from '../../settings/settings.ts';
import { listViolations, newViolations, readViolations } from '../attempt/foreign-keys.ts';
import { explainStatement } from '../explain/statement.ts';
import { ensureTables } from '../ledger/ensure.ts';
import { IN_MEMORY, openSqlite } from '../open.ts';
import { openToRead } from '../session/open-to-read.ts';

/** A whole database, as its file would hold it. */
export type State = Uint8Array;

/** Where the format of a file says whether it has a write-ahead log, which one in memory cannot have. */
const FORMATS = [18, 19];

/** The database as it is now, read once; of a file that is not there, an empty one. Its tables of ours are there, since files may know them. */
export async function readState(settings: SqliteSettings, ledger: LedgerName): Promise<State> {
  const file = await openToRead(settings);
  let state: State;
  try {
    state = file.serialize();
  } finally {
    file.close();
  }
  for (const at of FORMATS) state[at] = 1;
  return within(state, (database) => ensureTables(database, ledger));
}

/** A database without anything in it but our own tables. */
export async function emptyState(ledger: LedgerName): Promise<State> {
  const database = await openSqlite(IN_MEMORY);
  try {
    ensureTables(database, ledger);
    return database.serialize();
  } finally {
    database.close();
  }
}

/** What became of a state by some work in a copy of it. */
async function within(state: State, work: (database: DatabaseSync) => void): Promise<State> {
  const database = await openForScripts(state);
  try {
    work(database);
    return database.serialize();
  } finally {
    database.close();
  }
}

/** In memory: nothing of it reaches the disk. */
export async function openState(state: State): Promise<DatabaseSync> {
  const database = await openSqlite(IN_MEMORY);
  // Of a file without a byte SQLite makes an empty database.
  if (state.length > 0) database.deserialize(state);
  database.exec('PRAGMA foreign_keys = ON');
  return database;
}

/**
 * For the statements of a file: none of them reaches another file. Whoever forgets to ask {@link reachesOut} is told so by SQLite, in which
 * VACUUM INTO attaches the file that it writes, and a bare VACUUM one without a name.
 */
export async function openForScripts(state: State): Promise<DatabaseSync> {
  const { SQLITE_ATTACH, SQLITE_DENY, SQLITE_OK } = (await import('node:sqlite')).constants;
  const database = await openState(state);
  database.setAuthorizer((action, file) =>
    action === SQLITE_ATTACH && file !== '' ? SQLITE_DENY : SQLITE_OK,
  );
  return database;
}

/** A script that failed, and where. */
export interface Failed {
  readonly script: Script;
  /** The statement, from 0. */
  readonly index: number;
  readonly error: ErrorReport;
}

/** What some scripts have come to. */
export interface RanScripts {
  readonly state: State;
  readonly failed?: Failed;
  /** Statements of the last of them that write, and have written no row, from 0. */
  readonly idle: readonly number[];
}

/** What some scripts make of a state, one after the other; up to the first that fails, which leaves nothing. */
export async function runScripts(state: State, scripts: readonly Script[]): Promise<RanScripts> {
  let reached = state;
  let idle: readonly number[] = [];
  for (const script of scripts) {
    const answer = await runScript(reached, script);
    if ('failed' in answer) return { state: reached, failed: answer.failed, idle: [] };
    reached = answer.state;
    idle = answer.idle;
  }
  return { state: reached, idle };
}

/** The first statements of a script alone, each kept by itself: as a shell leaves them that is stopped after them. */
export async function runBeginning(state: State, script: Script, most: number): Promise<State> {
  return within(state, (database) => {
    if (script.directives.foreignKeys === 'off') database.exec('PRAGMA foreign_keys = OFF');
    for (const statement of script.statements.slice(0, most)) database.exec(statementText(script, statement));
  });
}

/** One that begins with WITH may as well only read. */
const WRITES: ReadonlySet<string> = new Set(['insert', 'replace', 'update', 'delete']);

async function runScript(
  state: State,
  script: Script,
): Promise<{ readonly state: State; readonly idle: readonly number[] } | { readonly failed: Failed }> {
  const database = await openForScripts(state);
  const { transaction, foreignKeys } = script.directives;
  const idle: number[] = [];
  const written = () => Number(database.prepare('SELECT total_changes() AS n').get()?.n);
  let index = 0;
  try {
    const isOff = foreignKeys === 'off';
    if (isOff) database.exec('PRAGMA foreign_keys = OFF');
    if (transaction) database.exec('BEGIN');
    const before = isOff ? readViolations(database) : [];
    for (const statement of script.statements) {
      const before = WRITES.has(statement.kind) ? written() : undefined;
      try {
        database.exec(statementText(script, statement));
      } catch (cause) {
        throw explainStatement(database, script, statement, cause, 'undone');
      }
      if (before !== undefined && written() === before) idle.push(index);
      index++;
    }
    index = Math.max(0, script.statements.length - 1);
    const added = isOff ? newViolations(before, readViolations(database)) : [];
    if (added.length > 0)
      throw new RegistryJobsError(
        'foreign-keys-violated',
        `It leaves foreign keys that lead nowhere:\n${listViolations(added)}`,
      );
    if (transaction) database.exec('COMMIT');
    return { state: database.serialize(), idle };
  } catch (error) {
    return { failed: { script, index, error: toErrorReport(error) } };
  } finally {
    database.close();
  }
}

/** What is told of a file of which nothing is tried for that. */
export const REACHES_OUT = 'it reaches other files, by ATTACH or VACUUM INTO';
export const NOTHING_SHOWN = `Nothing is shown of it: ${REACHES_OUT}.`;

/** Whether it has statements that would leave the copy, and reach other files. */
export function reachesOut(script: Script): boolean {
  return script.statements.some(
    (statement) =>
      ['attach', 'detach'].includes(statement.kind) ||
      (statement.kind === 'vacuum' && /\binto\b/i.test(statementText(script, statement))),
  );
}
