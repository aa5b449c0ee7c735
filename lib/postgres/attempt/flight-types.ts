import type { AttemptStart, Follows } from '../../engine/dialect.ts';
import type { Expectation } from '../../migrations/script/expectation.ts';
import type { Statement } from '../../migrations/script/statement.ts';
import type { Connection } from '../session/connection.ts';
import type { TaskContext } from './context.ts';

/** One message of a migration's flight. Only those with a `statement` come from the file. */
export interface FlightStep {
  readonly part:
    | 'prepare'
    | 'announce'
    | 'begin'
    | 'statement'
    | 'guard'
    | 'expect'
    | 'record'
    | 'times'
    | 'commit'
    | 'clean';
  readonly sql: string;
  readonly values?: readonly unknown[];
  readonly statement?: Statement;
  /** Which statement of the file it is, from 0. */
  readonly index?: number;
  /** The data of a COPY: a part of a text, which is not copied. */
  readonly data?: { readonly text: string; readonly start: number; readonly end: number };
  readonly expectation?: Expectation;
}

export interface FlightOptions {
  readonly context: TaskContext;
  readonly start: AttemptStart;
  readonly lockTimeoutMs: number;
  /** 0 means no limit. */
  readonly statementTimeoutMs: number;
  /** For a file that may be left to the server. */
  readonly detached?: Detached;
  /** For a file that is sent before the one before it is answered. */
  readonly follows?: Follows;
}

/** How a file without a transaction is run that may be left to the server, statement by statement. */
export interface Detached {
  /** Sends a statement and its record so that the server makes an end of both, whoever is there to hear it. */
  readonly runInBlock: RunInBlock;
  /** Which statement was last begun, from 0. */
  current: number;
  /** Whether it was left alone: what is lost then is not asked for. */
  isLeft: boolean;
}

/** @param record what is to be done in the same transaction after it @throws PostgresError when nothing of it was kept */
export type RunInBlock = (
  connection: Connection,
  step: FlightStep,
  record: readonly string[],
  attempt: number,
) => Promise<void>;
