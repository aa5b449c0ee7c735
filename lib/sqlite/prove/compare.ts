import type { DatabaseSync } from 'node:sqlite';
import type { Difference } from '../../plan/differences.ts';
import { quoteIdentifier } from '../ledger/tables.ts';
import { nameOf, tokensOf } from '../parser/lexer.ts';
import { shadowTables } from '../session/shadows.ts';
import { largeTables } from './pages.ts';
import { openState, type State } from './state.ts';

/** What is not the same in two states. */
export interface Compared {
  readonly differences: readonly Difference[];
  /** Rows that are in the first alone, by table, as SQL writes their values: the first few of each. */
  readonly lost: readonly string[];
  /** Large tables that are not the same, byte for byte, and whose rows were not compared: they may be the same ones or not. */
  readonly uncompared: readonly Uncompared[];
}

export interface Uncompared {
  readonly name: string;
  readonly bytes: number;
}

/** How many rows of a table are shown. */
const SHOWN = 3;
const WIDEST = 100;

/**
 * Compares schema and rows, both ways, with the tables of ours left out.
 *
 * @param rowsUpTo the largest table whose rows are compared where it is not the same byte for byte, in bytes
 */
export async function compareStates(
  before: State,
  after: State,
  leaveOut: readonly string[],
  rowsUpTo = Infinity,
): Promise<Compared> {
  const database = await openState(before);
  try {
    database.exec("ATTACH ':memory:' AS other");
    database.deserialize(after, { dbName: 'other' });
    const [one, other] = [readObjects(database, 'main', leaveOut), readObjects(database, 'other', leaveOut)];
    const schema = compareObjects(one, other);
    const large = largeTables(database, [before, after], rowsUpTo);
    const both = [...one.values()].filter(({ kind, name }) => kind === 'table' && other.has(`table ${name}`));
    const rows = both.filter(({ name }) => !large.has(name)).map(({ name }) => compareRows(database, name));
    const gone = [...one.values()].filter(
      ({ kind, name }) => kind === 'table' && !other.has(`table ${name}`),
    );
    return {
      differences: [...schema, ...rows.flatMap(({ differences }) => differences)],
      lost: [...rows.flatMap(({ lost }) => lost), ...gone.flatMap(({ name }) => firstRows(database, name))],
      uncompared: both.flatMap(({ name }) => {
        const table = large.get(name);
        return table && !table.isSame ? [{ name, bytes: table.bytes }] : [];
      }),
    };
  } finally {
    database.close();
  }
}

interface SchemaObject {
  readonly kind: string;
  readonly name: string;
  readonly sql: string;
}

function readObjects(
  database: DatabaseSync,
  schema: string,
  leaveOut: readonly string[],
): Map<string, SchemaObject> {
  const rows = database
    .prepare(
      `SELECT type, name, tbl_name, sql FROM ${schema}.sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .all();
  const left = [...leaveOut, ...shadowTables(database, schema)];
  return new Map(
    rows
      .filter((row) => !left.includes(String(row.tbl_name)))
      .map((row) => {
        const [kind, name] = [String(row.type), String(row.name)];
        return [`${kind} ${name}`, { kind, name, sql: steady(String(row.sql)) }];
      }),
  );
}

/** A table that was renamed has its name in quotes: how a name is written, and blanks, are no difference. */
function steady(sql: string): string {
  return [...tokensOf(sql)]
    .filter(({ kind }) => kind !== 'comment')
    .map((token) => (nameOf(sql, token) ?? sql.slice(token.start, token.end)).toLowerCase())
    .join(' ');
}

function compareObjects(one: Map<string, SchemaObject>, other: Map<string, SchemaObject>): Difference[] {
  const found: Difference[] = [];
  for (const [key, { kind, name, sql }] of one) {
    const now = other.get(key);
    if (!now) found.push({ kind, name, before: sql });
    else if (now.sql !== sql) found.push({ kind, name, property: 'definition', before: sql, after: now.sql });
  }
  for (const [key, { kind, name, sql }] of other) if (!one.has(key)) found.push({ kind, name, after: sql });
  return found;
}

/** Rows by their values and how often each comes up, in the columns that both have. */
function compareRows(database: DatabaseSync, table: string): { differences: Difference[]; lost: string[] } {
  const columns = columnsOf(database, 'main', table).filter((name) =>
    columnsOf(database, 'other', table).includes(name),
  );
  if (columns.length === 0) return { differences: [], lost: [] };
  const list = columns.map(quoteIdentifier).join(', ');
  const name = quoteIdentifier(table);
  const grouped = (schema: string) => `SELECT ${list}, count(*) FROM ${schema}.${name} GROUP BY ${list}`;
  const count = (sql: string) => Number(database.prepare(`SELECT count(*) AS n FROM (${sql})`).get()?.n);
  const [gone, come] = [
    `${grouped('main')} EXCEPT ${grouped('other')}`,
    `${grouped('other')} EXCEPT ${grouped('main')}`,
  ];
  if (count(gone) + count(come) === 0) return { differences: [], lost: [] };
  const [before, after] = [count(`SELECT 1 FROM main.${name}`), count(`SELECT 1 FROM other.${name}`)];
  const differences: Difference[] =
    before === after
      ? [{ kind: 'rows', name: table, property: changedColumns(database, table, columns).join(', ') }]
      : [{ kind: 'rows', name: table, before: String(before), after: String(after) }];
  return {
    differences,
    lost: shownRows(
      database,
      table,
      columns,
      `SELECT ${list} FROM main.${name} EXCEPT SELECT ${list} FROM other.${name} LIMIT ${SHOWN}`,
    ),
  };
}

/** The columns without which nothing differs; all of them where no single one is enough. */
function changedColumns(database: DatabaseSync, table: string, columns: readonly string[]): string[] {
  const name = quoteIdentifier(table);
  const differs = (kept: readonly string[]) => {
    const list = kept.map(quoteIdentifier).join(', ');
    const grouped = (schema: string) => `SELECT ${list}, count(*) FROM ${schema}.${name} GROUP BY ${list}`;
    // Whether there is one, and not the row: a number in it may be larger than those of this language.
    const sql = `SELECT 1 FROM (${grouped('main')} EXCEPT ${grouped('other')} LIMIT 1)`;
    return database.prepare(sql).get() !== undefined;
  };
  const found = columns.filter((column) => differs([column]));
  return found.length > 0 ? found : [...columns];
}

function firstRows(database: DatabaseSync, table: string): string[] {
  const columns = columnsOf(database, 'main', table);
  const list = columns.map(quoteIdentifier).join(', ');
  return shownRows(
    database,
    table,
    columns,
    `SELECT ${list} FROM main.${quoteIdentifier(table)} LIMIT ${SHOWN}`,
  );
}

function shownRows(database: DatabaseSync, table: string, columns: readonly string[], sql: string): string[] {
  const quoted = columns.map((column) => `quote(${quoteIdentifier(column)})`).join(` || ', ' || `);
  const rows = database.prepare(`SELECT ${quoted} AS shown FROM (${sql})`).all();
  return rows.map(({ shown }) => `${table} (${cut(String(shown))})`);
}

function cut(text: string): string {
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 3)}...` : text;
}

function columnsOf(database: DatabaseSync, schema: string, table: string): string[] {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?, ?)').all(table, schema);
  return rows.map(({ name }) => String(name));
}
