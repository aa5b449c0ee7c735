import type { Attempt, Outcome } from '../../engine/dialect.ts';
import type { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { isBusy, isSessionEnd } from '../explain/sqlstates.ts';
import type { Connection, QueryResult } from '../session/connection.ts';
import { explainFailure } from './explain-failure.ts';
import { transactionFlight } from './flight.ts';
import type { FlightOptions, FlightStep } from './flight-types.ts';
import { createSender } from './sender.ts';

/** What became of the row in the journal that begins an attempt. */
interface Announced {
  /** `refused`: nothing after it can be kept. `lost`: nobody knows. */
  readonly announced: 'written' | 'refused' | 'lost';
}

/** Sends a migration's flight and waits for all answers. Throws nothing: the outcome says what is true. */
export async function attemptInTransaction(
  connection: Connection,
  task: Task,
  options: FlightOptions,
): Promise<Attempt & Announced> {
  const { follows } = options;
  const flight = transactionFlight(task, options);
  const sender = createSender(connection, scriptOf(task), options.context, { follows });
  if (!follows) sender.announce(0);
  const answers = await sendInSlices(flight, sender.send);
  sender.end();
  return {
    announced: announcementOf(flight, answers),
    notices: sender.notices,
    noticesLeftOut: sender.noticesLeftOut(),
    done: sender.done(),
    ...judge(flight, answers, (step, cause) =>
      explainFailure(task, step, cause, options.context, sender.describeBlockers()),
    ),
  };
}

/** Pure. */
function announcementOf(flight: readonly FlightStep[], answers: readonly Answer[]): Announced['announced'] {
  const answer = answers[flight.findIndex(({ part }) => part === 'announce')];
  if (answer?.status === 'fulfilled') return 'written';
  return answer?.status === 'rejected' && isPostgresError(answer.reason) ? 'refused' : 'lost';
}

type Answer = PromiseSettledResult<QueryResult> | undefined;

/** More than any file by hand, and few enough that a generated one of 100,000 statements does not fill the memory. */
const SLICE = 2_000;

/**
 * Sends everything at once, or slice by slice where that would be too much. After a failure only the end of the
 * flight is still sent, which ends the transaction.
 */
async function sendInSlices(
  flight: readonly FlightStep[],
  send: (step: FlightStep) => Promise<QueryResult>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let hasFailed = false;
  for (let from = 0; from < flight.length; from += SLICE) {
    const slice = flight.slice(from, from + SLICE);
    const settled = await Promise.allSettled(
      slice.map((step) => (hasFailed && step.part === 'statement' ? SKIPPED : send(step))),
    );
    answers.push(
      ...settled.map((answer) =>
        answer.status === 'fulfilled' && answer.value === undefined ? undefined : (answer as Answer),
      ),
    );
    hasFailed ||= settled.some(
      ({ status }, index) => status === 'rejected' && slice[index]?.part !== 'prepare',
    );
  }
  return answers;
}

const SKIPPED = Promise.resolve(undefined);

/** What the answers mean. Pure. */
function judge(
  flight: readonly FlightStep[],
  answers: readonly Answer[],
  explain: (step: FlightStep | undefined, cause: unknown) => RegistryJobsError,
): Outcome {
  const commit = flight.findIndex((step) => step.part === 'commit');
  const failed = answers.findIndex((answer, index) => {
    if (answer?.status !== 'rejected') return false;
    return flight[index]?.part !== 'prepare' || !isPostgresError(answer.reason);
  });
  const committed = answers[commit];
  const recorded = answers[commit - 1];
  // Outside a transaction, where its BEGIN was not run, COMMIT is answered as well: only what was recorded before it is kept.
  const row = recorded?.status === 'fulfilled' ? recorded.value.rows[0] : undefined;
  if (row && committed?.status === 'fulfilled' && committed.value.command === 'COMMIT') {
    const isClean = answers.slice(commit).every((answer) => answer?.status === 'fulfilled');
    return {
      outcome: 'applied',
      startedAt: String(row.startedAt),
      finishedAt: String(row.finishedAt),
      isClean,
    };
  }
  const answer = answers[failed];
  const cause: unknown =
    answer?.status === 'rejected' ? answer.reason : new Error('COMMIT was answered with a rollback.');
  const error = explain(flight[failed] ?? flight[commit], cause);
  // Everything was sent, COMMIT included: the server may have kept the work although no answer came.
  if (!isPostgresError(cause) || (failed >= commit && isSessionEnd(cause.code)))
    return { outcome: 'unknown', error };
  return { outcome: 'rolled-back', error, retry: isBusy(cause.code) };
}
