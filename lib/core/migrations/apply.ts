import type { Connection, QueryResult } from '../connection.ts';
import { RegistryJobsError } from '../errors.ts';
import { isPostgresError } from '../postgres-error.ts';
import { locate } from '../sql/position.ts';
import type { Statement } from '../sql/statement.ts';
import type { OnMigrationEvent } from './events.ts';
import { type FlightOptions, type FlightStep, LOCK_LOST, transactionFlight } from './flight.ts';
import type { Migration } from './migration.ts';
import type { NoticeReport } from './report.ts';
import { explainStatementError, serverDetails } from './statement-error.ts';

/** How one attempt at one migration ended. */
export type Attempt = {
  readonly notices: readonly NoticeReport[];
} /** `isClean` is false when the session could not be made ready for another file. */ & (
  | {
      readonly outcome: 'applied';
      readonly startedAt: string;
      readonly finishedAt: string;
      readonly isClean: boolean;
    }
  /** Nothing was kept. `retry` when the same transaction may succeed in a moment. */
  | { readonly outcome: 'rolled-back'; readonly error: RegistryJobsError; readonly retry: boolean }
  /** The connection went before COMMIT was answered: only the ledger knows. */
  | { readonly outcome: 'unknown'; readonly error: RegistryJobsError }
);

/** Lock not available, deadlock, serialization failure: another transaction was in the way. */
const WORTH_A_RETRY = new Set(['55P03', '40P01', '40001']);

/** More than anybody reads; a loop that raises a notice per row must not fill the memory. */
const MOST_NOTICES = 100;

/** Sends a migration's flight and waits for all answers. Throws nothing: the outcome says what is true. */
export async function attemptMigration(
  connection: Connection,
  migration: Migration,
  options: FlightOptions,
  onEvent: OnMigrationEvent,
): Promise<Attempt> {
  const { up } = migration;
  const notices: NoticeReport[] = [];
  const total = up.statements.length;
  const announce = (index: number) => {
    const statement = up.statements[index];
    if (!statement) return;
    const { line } = locate(up.file, up.text, statement.start);
    onEvent({ type: 'statement-started', file: up.file, line, index: index + 1, total });
  };
  const sendStep = async (step: FlightStep): Promise<QueryResult> => {
    const { statement } = step;
    const result = await connection.send(step.sql, {
      ...(step.values && { values: step.values }),
      onNotice: ({ severity, message }) => {
        if (!statement || notices.length >= MOST_NOTICES) return;
        const notice = {
          severity,
          message,
          file: up.file,
          line: locate(up.file, up.text, statement.start).line,
        };
        notices.push(notice);
        onEvent({ type: 'notice', ...notice });
      },
    });
    if (statement) announce(up.statements.indexOf(statement) + 1);
    return result;
  };
  const flight = transactionFlight(migration, options);
  announce(0);
  const answers = await Promise.allSettled(flight.map(sendStep));
  return { notices, ...judge(migration, flight, answers) };
}

type Judgement = Attempt extends infer A ? (A extends Attempt ? Omit<A, 'notices'> : never) : never;

/** What the answers mean. Pure. */
function judge(
  migration: Migration,
  flight: readonly FlightStep[],
  answers: readonly PromiseSettledResult<QueryResult>[],
): Judgement {
  const commit = flight.findIndex((step) => step.part === 'commit');
  const failed = answers.findIndex((answer, index) => {
    if (answer.status === 'fulfilled') return false;
    return flight[index]?.part !== 'prepare' || !isPostgresError(answer.reason);
  });
  const committed = answers[commit];
  if (committed?.status === 'fulfilled' && committed.value.command === 'COMMIT') {
    const readBack = answers[commit - 1];
    const row = readBack?.status === 'fulfilled' ? readBack.value.rows[0] : undefined;
    const isClean = answers.slice(commit).every(({ status }) => status === 'fulfilled');
    return {
      outcome: 'applied',
      startedAt: String(row?.startedAt),
      finishedAt: String(row?.finishedAt),
      isClean,
    };
  }
  const answer = answers[failed];
  const cause: unknown =
    answer?.status === 'rejected' ? answer.reason : new Error('COMMIT was answered with a rollback.');
  const error = explainFailure(migration, flight[failed] ?? flight[commit], cause);
  // Answers come in order: if one behind COMMIT was lost, or COMMIT's own, the server may have kept the work.
  if (!isPostgresError(cause)) return { outcome: 'unknown', error };
  return { outcome: 'rolled-back', error, retry: WORTH_A_RETRY.has(cause.code) };
}

function explainFailure(
  migration: Migration,
  step: FlightStep | undefined,
  cause: unknown,
): RegistryJobsError {
  const beginning: Statement = { start: 0, end: 0, kind: 'File' };
  if (step?.statement) return explainStatementError(cause, migration.up, step.statement);
  if (!isPostgresError(cause)) return explainStatementError(cause, migration.up, beginning);
  const details = {
    ...serverDetails(cause),
    location: { file: migration.up.file, line: 1, column: 1 },
    cause,
  };
  if (cause.code === LOCK_LOST) {
    return new RegistryJobsError(
      'lock-lost',
      `${migration.up.file} released the migration lock; its work was not kept.`,
      {
        ...details,
        hint: 'Remove the call that releases advisory locks from the file.',
      },
    );
  }
  const doing = step?.part === 'commit' ? 'committing' : step?.part === 'record' ? 'recording' : 'preparing';
  return new RegistryJobsError(
    `${doing}-failed`,
    `While ${doing} ${migration.up.file}: ${cause.message}`,
    details,
  );
}
