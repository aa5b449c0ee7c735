import type { Attempt } from '../../engine/dialect.ts';
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
  await connection.quiet();
  const attempt = sayStopped(made, options.context.signal);
  if (attempt.outcome === 'applied') return attempt;
  if (attempt.outcome === 'unknown') {
    const asked = await askDatabase(attempt, task, options, connection.announcedPid);
    return sayStopped(asked, options.context.signal);
  }
  return { ...attempt, ...(await noteFailure(connection, task, options, attempt)) };
}
