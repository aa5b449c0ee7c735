import type { Dialect } from '../../lib/engine/dialect.ts';
import { postgres } from '../../lib/postgres/dialect.ts';
import { sqlite } from '../../lib/sqlite/dialect.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createSqliteDatabase } from './sqlite-database.ts';

/** A database that the cases are asked of. A second one is a second entry here: the cases stay as they are. */
export interface TestDialect {
  readonly dialect: Dialect;
  /** An empty one, with a name of its own. */
  createDatabase(): Promise<TestDatabase>;
  /** The schema that the ledger is in. */
  readonly schema: string;
  /** What comes after the name of the database where it is told which one answered. */
  readonly place: string;
  /** What `verify` says where nothing is wrong with the database itself. */
  readonly sound: string;
  /** A statement that fails when it runs, and not before. */
  readonly fails: string;
  /** The message about a token that does not fit. */
  near(token: string): string;
  noColumn(name: string): string;
  /** How a report has the error of a name that is not there: one knows it before anything runs, the other while it runs. */
  refused(error: object): object;
  /** The column that parts rows of one moment. */
  readonly order: string;
  /** Names the tables there, in order, as `name`. */
  readonly tables: string;
}

export const dialects: readonly TestDialect[] = [
  {
    dialect: postgres,
    createDatabase: () => createTestDatabase(),
    schema: 'public',
    order: 'id',
    place: ' on 127.0.0.1 as postgres',
    sound: 'no invalid index, no partition half detached',
    fails: 'select 1/0',
    near: (token) => `syntax error at or near "${token}"`,
    noColumn: (name) => `column "${name}" does not exist`,
    refused: (error) => ({ failed: { error } }),
    tables: `select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
      order by relname`,
  },
  {
    dialect: sqlite,
    createDatabase: async () => createSqliteDatabase(),
    schema: 'main',
    order: 'rowid',
    place: '',
    sound: 'the file is whole, and each foreign key names a row',
    fails: 'select abs(-9223372036854775808)',
    near: (token) => `near "${token}": syntax error`,
    noColumn: (name) => `no such column: ${name}`,
    refused: (error) => ({ error }),
    tables: "select name from sqlite_master where type = 'table' order by name",
  },
];
