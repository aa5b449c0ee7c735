import type { Attempt, Follows } from '../../engine/dialect.ts';
import type { Task } from '../../plan/task.ts';
import type { Connection } from '../session/connection.ts';
import { askDatabase } from './ask-database.ts';
import { attemptInTransaction } from './attempt.ts';
import type { FlightOptions } from './flight-types.ts';
import { noteFailure } from './note-failure.ts';
import { attemptOneByOne } from './one-by-one.ts';
import { sayStopped } from './stopped-at.ts';

/** Makes one attempt, finds out what is true of it, and lets the journal know when it failed. */
export async function settle(connection: Connection, task: Task, options: FlightOptions): Promise<Attempt> {
  const attemptIt = options.start.transaction ? attemptInTransaction : attemptOneByOne;
  const made = await attemptIt(connection, task, options);
  // What is left to the server is looked at, and not ended.
  if (options.detached && (options.detached.isLeft || made.outcome === 'unknown')) return made;
  return find(connection, task, options, made);
}

/**
 * The same for a file that was sent before the one before it was answered.
 *
 * @returns nothing where it was not begun: the server saw, or would have seen, that the one before it is not applied
 */
export async function settleAhead(
  connection: Connection,
  task: Task,
  options: FlightOptions & { readonly follows: Follows },
): Promise<Attempt | undefined> {
  const { announced, ...made } = await attemptInTransaction(connection, task, options);
  // One after the other: of what was lost with the session the first one is asked for first.
  const before = await options.follows.settled;
  if (announced === 'refused' || before?.outcome !== 'applied') return undefined;
  const attempt = await find(connection, task, options, made);
  if (attempt.outcome !== 'not-started') return attempt;
  // Its row was not on the disk yet when the server crashed, so its work was not either.
  return announced === 'written' ? { ...attempt, outcome: 'rolled-back', retry: false } : undefined;
}

async function find(
  connection: Connection,
  task: Task,
  options: FlightOptions,
  made: Attempt,
): Promise<Attempt> {
  await connection.quiet();
  const attempt = sayStopped(made, options.context.signal);
  if (attempt.outcome === 'applied') return attempt;
  if (attempt.outcome === 'unknown') {
    const asked = await askDatabase(attempt, task, options, connection.announcedPid);
    return sayStopped(asked, options.context.signal);
  }
  return { ...attempt, ...(await noteFailure(connection, task, options, attempt)) };
}
