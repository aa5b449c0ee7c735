import type { DetachedAttempt } from '../../engine/detached.ts';
import type { AttemptStart, Patience } from '../../engine/dialect.ts';
import { RegistryJobsError, toErrorReport } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import type { Task } from '../../plan/task.ts';
import { utc } from '../../text/times.ts';
import { readOwnRow } from '../attempt/ask-database.ts';
import { detachSteps } from '../attempt/detach-steps.ts';
import { explainFailure } from '../attempt/explain-failure.ts';
import type { FlightOptions, FlightStep } from '../attempt/flight-types.ts';
import { noteFailure } from '../attempt/note-failure.ts';
import { isSessionEnd } from '../explain/sqlstates.ts';
import { unlockSql } from '../session/advisory-lock.ts';
import type { Connection } from '../session/connection.ts';
import { until as pauseUntil } from '../session/moment.ts';
import { explainRow } from './explain-row.ts';
import { lookAt, type Seen } from './look.ts';
import { detachedMessage } from './message.ts';
import { detachOneByOne } from './one-by-one.ts';

/** For a large file to arrive, and a busy server to begin it; less where this process is to be stopped before. */
const BEGIN_MS = 60_000;
/** To say what was seen. */
const LAST_WORD_MS = 1_000;

/**
 * Sends a file as one message, which the server works through whether or not anybody waits for the answer, and waits a moment for its end.
 * What is told then is what another session sees.
 *
 * @throws RegistryJobsError `connection-lost` and the like when nothing is known
 */
export async function detach(
  connection: Connection,
  task: Task,
  options: FlightOptions,
  patience: Patience,
): Promise<DetachedAttempt> {
  const { context, start } = options;
  const pid = connection.announcedPid ?? 0;
  const look = async (): Promise<Seen> => {
    const until = Math.min(Date.now() + BEGIN_MS, context.deadline - LAST_WORD_MS);
    try {
      return await lookAt(context, start.id, pid, until);
    } catch (cause) {
      // There may be room for one session only: then ours can say how it ended, if it has.
      return answer ? lookHere(connection, options, cause) : { cause };
    }
  };
  let answer: Answer | undefined;
  if (!start.transaction) {
    const attempt = await detachOneByOne(connection, task, options, patience);
    return attempt === 'look' ? judge(task, options, await look()) : attempt;
  }
  const major = Number.parseInt(connection.serverVersion, 10);
  const refused = await announce(connection, task, options, major);
  if (refused) return refused;
  const purpose = `registry-jobs ${context.purpose}`;
  const message = detachedMessage(task, options, { purpose, major });
  const sent = connection.send(message, { mayTakeMs: Infinity, withoutRows: true });
  answer = await pauseUntil(settled(sent), patience);
  if (answer && isRefused(answer)) {
    // It was not its statements that failed: those are on record. Nothing after it was run, the end of the lock neither.
    const cause = answer.reason as Error;
    const step: FlightStep = { part: 'commit', sql: 'COMMIT' };
    const error = explainFailure(task, step, cause, context);
    await connection.send('ROLLBACK').catch(() => {});
    await noteFailure(connection, task, options, {
      ...{ outcome: 'rolled-back', error, retry: false, done: start.statements },
      ...{ notices: [], noticesLeftOut: 0 },
    });
    await connection.send(unlockSql(context.lockKey)).catch(() => {});
  }
  const seen = await look();
  if (seen.row?.status === 'running' && seen.atWork) connection.abandon();
  return judge(task, options, seen);
}

async function lookHere(
  connection: Connection,
  { context, start }: FlightOptions,
  cause: unknown,
): Promise<Seen> {
  try {
    const row = await readOwnRow(connection, context.ledger, start.id);
    return row ? { row } : { cause };
  } catch {
    return { cause };
  }
}

/** Its row in the journal, and a session that neither looks for its client nor speaks to it. */
async function announce(
  connection: Connection,
  task: Task,
  { context, start }: FlightOptions,
  major: number,
): Promise<DetachedAttempt | undefined> {
  const steps = detachSteps(context, start, major);
  const answers = await Promise.allSettled(steps.map(({ sql }) => connection.send(sql)));
  const at = answers.findIndex(({ status }) => status === 'rejected');
  const failed = answers[at];
  if (failed?.status !== 'rejected') return undefined;
  const error = explainFailure(task, steps[at], failed.reason, context);
  return { outcome: 'failed', state: 'not-started', retry: false, error };
}

type Answer = PromiseSettledResult<unknown>;

async function settled(sent: Promise<unknown>): Promise<Answer> {
  const [answer] = await Promise.allSettled([sent]);
  return answer as Answer;
}

function isRefused(answer: Answer): answer is PromiseRejectedResult {
  if (answer.status !== 'rejected') return false;
  return isPostgresError(answer.reason) && !isSessionEnd(answer.reason.code);
}

/** What is true of it. Pure. */
function judge(
  task: Task,
  { context, start }: FlightOptions,
  { row, atWork, recorded, cause }: Seen,
): DetachedAttempt {
  if (row?.status === 'applied') {
    const { startedAt = row.startedAt, finishedAt = startedAt } = recorded ?? row;
    return { outcome: 'applied', startedAt: utc(startedAt), finishedAt: utc(finishedAt) };
  }
  if (row?.status === 'running' && atWork) return { outcome: 'running', atWork };
  if (row) return explainRow(task, row, context);
  return { outcome: 'failed', state: 'unknown', retry: false, error: notSeen(start, cause) };
}

function notSeen({ file }: AttemptStart, cause: unknown): RegistryJobsError {
  const hint = 'See what became of it, or whether it runs: registry-jobs status --history';
  if (cause === undefined)
    return new RegistryJobsError('outcome-unknown', `What became of ${file} is not on record any more.`, {
      hint,
    });
  const { message } = toErrorReport(cause);
  const text = `${file} was sent to the server, and whether it runs cannot be seen: ${message}`;
  return new RegistryJobsError('outcome-unknown', text, { hint, cause });
}
