import type { WarningCode } from '../../errors/catalogue.ts';
import type { Directives } from './directives.ts';
import type { Expectation } from './expectation.ts';
import type { TransactionModes } from './modes.ts';

/** A statement of a migration file. Offsets are UTF-16 offsets into the file's text, end exclusive. */
export interface Statement {
  readonly start: number;
  readonly end: number;
  /** The line it begins on, from 1. */
  readonly line: number;
  /** What it is: the node name of Postgres' own parse tree, such as `CreateStmt`; for SQLite its first words, such as `create table`. */
  readonly kind: string;
  /** The strongest table lock it takes, as far as its text tells. */
  readonly lock?: StatementLock;
  /** Inline data after `COPY ... FROM stdin`. */
  readonly data?: { readonly start: number; readonly end: number };
  /**
   * How much of it its failure undoes when it runs without a transaction. Absent: all, and it may as well run inside a
   * transaction block. `atomic`: it cannot, but it is done, or not, or left something that the catalog tells.
   * `partial`: it may commit part of its work by itself, so it must not run twice.
   */
  readonly outside?: 'atomic' | 'partial';
  /** What an interrupted one leaves in the catalog. */
  readonly leaves?: Leftover;
  /** All it does is to set what later statements of its session may depend on, and it can run again in another session. */
  readonly session?: true;
  /** Settings with a name of their own that it sets besides what it does. */
  readonly custom?: readonly CustomSetting[];
  /** It writes, and calls a function meanwhile that may set something. */
  readonly calls?: true;
  /** It makes what is gone with its session, and cannot be made again with what it held. */
  readonly temp?: true;
  /** It is several, which a BEGIN and its COMMIT make all or nothing in a file without a transaction. */
  readonly group?: true;
  /** The objects of the schema that it defines or drops. */
  readonly objects?: readonly ObjectChange[];
  /** Why it cannot run on in the server when its client is gone: it means something else there, or nothing. */
  readonly attached?: AttachedReason;
  /** It gives rows to whoever sends it. */
  readonly rows?: true;
}

/**
 * - `copy`: its data comes from the client, or goes there
 * - `transaction-control`: a savepoint
 * - `select-into`: SELECT INTO, which means a variable in PL/pgSQL
 * - `set-transaction`: SET TRANSACTION after the file's first statement
 * - `statement-timeout`: a limit for the messages after it
 * - `client-encoding`: another encoding for the messages after it
 * - `of-the-message`: it calls a function that answers of the message that the client has sent
 */
export type AttachedReason =
  | 'copy'
  | 'transaction-control'
  | 'select-into'
  | 'set-transaction'
  | 'statement-timeout'
  | 'client-encoding'
  | 'of-the-message';

/** A lock that a statement takes on a table, as far as its text tells. */
export interface StatementLock {
  /** The mode's name in Postgres' documentation. */
  readonly mode: string;
  /** The relation, as it is written in the statement. */
  readonly relation: string;
}

/** What a statement does to an object of the schema, as far as its text tells. */
export interface ObjectChange {
  /** What the object is called in messages, and the same for each mention: `f(integer)`, `view v`, `trigger t on x`. */
  readonly object: string;
  /**
   * - `replaces`: puts its own definition there, whatever there was (OR REPLACE)
   * - `creates`: makes it where there is none (IF NOT EXISTS, or fails)
   * - `drops`: takes it away
   */
  readonly change: 'replaces' | 'creates' | 'drops';
}

/** In the place of the arguments of a function that is dropped without them: there is only one of the name. */
export const ANY_ARGUMENTS = '...';

/** Whether two mentions may mean the same object. */
export function isSameObject(one: string, other: string): boolean {
  if (one === other) return true;
  const nameOfAny = (object: string) =>
    object.endsWith(`(${ANY_ARGUMENTS})`) ? object.slice(0, -ANY_ARGUMENTS.length - 1) : undefined;
  const [any, another] = [nameOfAny(one), nameOfAny(other)];
  return (any !== undefined && other.startsWith(any)) || (another !== undefined && one.startsWith(another));
}

export interface CustomSetting {
  /** Absent where the text does not tell. */
  readonly name?: string;
  /** Absent where only the server knows. */
  readonly value?: string;
}

/** A table or index, as it is written in the statement. */
export interface RelationName {
  readonly schema?: string;
  readonly name: string;
}

/** What a statement says of the index that it builds, and what the catalog keeps of it: enough to know one without a name. */
export interface IndexShape {
  readonly method: string;
  readonly unique: boolean;
  /** Whether it has a WHERE. */
  readonly partial: boolean;
  readonly keys: readonly IndexKey[];
  /** Columns that it only carries along. */
  readonly include: readonly string[];
}

export interface IndexKey {
  /** Absent for an expression. */
  readonly column?: string;
  /** Set for a cast of that column: Postgres leaves out one that changes nothing, so it may be kept as an expression or as the column. */
  readonly cast?: true;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** What an interrupted statement leaves: an invalid index, invalid copies of indexes, a partition half detached. */
export type Leftover =
  | {
      readonly kind: 'index';
      readonly schema?: string;
      /** Absent when Postgres chooses the name. */
      readonly name?: string;
      /** What is known of it instead, when Postgres chooses the name. */
      readonly shape?: IndexShape;
      /** The table, as it is written in the statement. */
      readonly table: string;
    }
  | {
      readonly kind: 'reindex';
      readonly target: 'index' | 'table' | 'schema' | 'database' | 'system';
      readonly schema?: string;
      /** Absent where the statement names none, and so means the current database. */
      readonly name?: string;
    }
  | ({ readonly kind: 'drop-index' } & RelationName)
  | { readonly kind: 'detach'; readonly parent: RelationName; readonly partition: RelationName };

/** One SQL file, parsed: what is planned, sent, and pointed into by errors. Plain data, so it can be stored. */
export interface Script {
  /** The file's name as it is shown, relative to where the command was given. */
  readonly file: string;
  readonly text: string;
  /** SHA-256 of the text (without byte-order mark, with LF line ends), in hexadecimal. */
  readonly checksum: string;
  readonly statements: readonly Statement[];
  readonly directives: Directives;
  readonly expectations: readonly Expectation[];
  /** What it asks of its transaction. */
  readonly modes?: TransactionModes;
  /** What parsing it has to say, where it did not refuse it. */
  readonly warnings?: readonly ScriptWarning[];
}

/** Something to know before a file is run. */
export interface ScriptWarning {
  readonly code: WarningCode;
  /** With the file, the line and the column. */
  readonly message: string;
}

/** The SQL of one statement, without the semicolon. */
export function statementText(script: Script, statement: Statement): string {
  return script.text.slice(statement.start, statement.end);
}
