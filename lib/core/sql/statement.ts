import type { Directives, Expectation } from './directives.ts';
import type { StatementLock } from './locks.ts';
import type { ObjectChange } from './objects.ts';

/** A statement of a migration file. Offsets are UTF-16 offsets into the file's text, end exclusive. */
export interface Statement {
  readonly start: number;
  readonly end: number;
  /** The line it begins on, from 1. */
  readonly line: number;
  /** The node name of Postgres' own parse tree, such as `CreateStmt`. */
  readonly kind: string;
  /** The strongest table lock it takes, as far as its text tells. */
  readonly lock?: StatementLock;
  /** Inline data behind `COPY ... FROM stdin`. */
  readonly data?: { readonly start: number; readonly end: number };
  /** The index that it builds concurrently: a failed build leaves an invalid one behind. */
  readonly index?: ConcurrentIndex;
  /** The objects of the schema that it defines or drops. */
  readonly objects?: readonly ObjectChange[];
}

export interface ConcurrentIndex {
  readonly schema?: string;
  /** Absent when Postgres chooses the name. */
  readonly name?: string;
  /** The table, as it is written in the statement. */
  readonly table: string;
}

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
}

/** The SQL of one statement, without the semicolon. */
export function statementText(script: Script, statement: Statement): string {
  return script.text.slice(statement.start, statement.end);
}
