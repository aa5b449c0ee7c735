import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError, type PostgresError } from '../../errors/postgres-error.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { sentText } from '../../plan/statement-at.ts';
import { redact } from '../../secrets/redact.ts';
import { utf8Chunks } from '../../text/chunks.ts';
import { isOutOfRoom } from '../explain/sqlstates.ts';
import { cleanButPrepared } from '../session/clean-session.ts';
import type { Connection, QueryResult } from '../session/connection.ts';
import { aroundStatement, beginSql } from '../transaction-modes.ts';
import { noticeCounting } from './fingerprint.ts';

/** Where a script stopped by itself. */
export interface Failed {
  /** Which statement, from 0. */
  readonly index: number;
  readonly error: PostgresError;
}

/** A server's wish of its own for each session of ours would end a look in the middle. */
const NO_TIMEOUT = 'SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0';

/** Begins the transaction that a file runs in, as the engine does it. */
export function beginOf({ modes }: Script): string {
  return `${beginSql(modes)}; SET LOCAL row_security = on; ${NO_TIMEOUT}`;
}

/** Makes a transaction's session as one that has just begun, as far as that can be done inside of it. Undone with a savepoint around it. */
export const RESET_WITHIN = [
  ...cleanButPrepared,
  `SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL row_security = on; ${NO_TIMEOUT}`,
].join('; ');

/** For statements that run each by itself: the session would not let them write. */
export const OUTSIDE =
  'SET default_transaction_read_only = off; SET row_security = on; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0';

/** Sends one statement of a script. */
async function sendStatement(connection: Connection, script: Script, index: number): Promise<QueryResult> {
  const data = script.statements[index]?.data;
  const sql = sentText(script, index);
  noticeCounting(connection, sql);
  const options = { mayTakeMs: Infinity, mayBeStopped: true };
  if (data) return connection.copyIn(sql, utf8Chunks(script.text, data.start, data.end), options);
  return connection.send(sql, { ...options, withoutRows: true });
}

/**
 * Runs a script inside a transaction, in one flight. After a statement that fails the transaction has failed.
 *
 * @param after sent after each, to look at what it did
 */
export async function runWithin(
  connection: Connection,
  script: Script,
  after?: (index: number, statement: Promise<QueryResult>) => Promise<unknown>,
): Promise<Failed | undefined> {
  const looks: Promise<unknown>[] = [];
  const sent = script.statements.map((_, index) => {
    const around = aroundStatement(script.modes, index);
    // They fail only after a statement that has failed.
    const sendAll = (all: readonly string[]) => {
      for (const sql of all) connection.send(sql).catch(() => {});
    };
    sendAll(around.before);
    const statement = sendStatement(connection, script, index);
    if (after) looks.push(after(index, statement));
    sendAll(around.after);
    return statement;
  });
  // A look that fails does so because of what failed before; and none is left to be answered when the transaction is over.
  await Promise.allSettled(looks);
  return firstFailure(sent);
}

/** Runs one statement of a script inside a transaction. */
export async function runOneWithin(
  connection: Connection,
  script: Script,
  index: number,
): Promise<Failed | undefined> {
  const failed = await firstFailure([sendStatement(connection, script, index)]);
  return failed && { ...failed, index };
}

/** Runs one statement of a script by itself; several that are one, in a transaction of their own. */
export async function runOneOutside(
  connection: Connection,
  script: Script,
  index: number,
): Promise<Failed | undefined> {
  if (!script.statements[index]?.group) return runOneWithin(connection, script, index);
  await connection.send('BEGIN');
  const failed = await runOneWithin(connection, script, index);
  const ended = await firstFailure([connection.send(failed ? 'ROLLBACK' : 'COMMIT')]);
  return failed ?? (ended && { ...ended, index });
}

/** Runs statements of a script each by itself, as psql does it, up to the first that fails. */
export async function runOutside(
  connection: Connection,
  script: Script,
  end: number = script.statements.length,
): Promise<Failed | undefined> {
  for (let index = 0; index < end; index++) {
    const failed = await runOneOutside(connection, script, index);
    if (failed) return failed;
  }
  return undefined;
}

/** Which of what was sent failed first. @throws what is no error of the server, or says nothing of a script: RegistryJobsError `no-room` */
export async function firstFailure(sent: readonly Promise<unknown>[]): Promise<Failed | undefined> {
  const answers = await Promise.allSettled(sent);
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue;
    if (!isPostgresError(answer.reason)) throw answer.reason;
    if (isOutOfRoom(answer.reason.code)) throw noRoom(answer.reason);
  }
  const index = answers.findIndex(({ status }) => status === 'rejected');
  const answer = answers[index];
  return answer?.status === 'rejected' ? { index, error: answer.reason as PostgresError } : undefined;
}

function noRoom(cause: PostgresError): RegistryJobsError {
  return new RegistryJobsError(
    'no-room',
    `The server of the trials has no more room: ${redact(cause.message)}`,
    {
      sqlstate: cause.code,
      hint: 'Make room there. Where it was started for it, name a folder with room: TMPDIR=/path/to/folder registry-jobs prove',
      cause,
    },
  );
}
