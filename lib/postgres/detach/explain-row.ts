import type { DetachedFailed } from '../../engine/detached.ts';
import { type ErrorDetails, RegistryJobsError } from '../../errors/error.ts';
import type { PostgresError } from '../../errors/postgres-error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import { whereItStopped } from '../../plan/half-done.ts';
import type { DetachedFailure, JournalRow } from '../../plan/known.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import type { RunContext } from '../attempt/context.ts';
import { explainFailure } from '../attempt/explain-failure.ts';
import { statementStep } from '../attempt/flight.ts';
import type { FlightStep } from '../attempt/flight-types.ts';
import { describeLeft } from '../attempt/leftovers.ts';
import { isBusy } from '../explain/sqlstates.ts';
import { placeByName } from './named-place.ts';

/**
 * What a row of the journal says of an attempt that did not succeed, as whoever had waited for it would have been told. Pure.
 *
 * @param row of an attempt that is over: what is still called running there was ended before it could say how
 */
export function explainRow(
  task: Task,
  row: JournalRow,
  context: Pick<RunContext, 'settings' | 'ledger'>,
): DetachedFailed {
  const script = scriptOf(task);
  const state = stateOf(row);
  if (row.status !== 'failed') return { ...state, retry: false, error: interrupted(script, row) };
  const { failure } = row;
  if (!failure)
    return { ...state, retry: false, error: asRecorded(script, row, [context.settings.database.password]) };
  const cause = causeOf(failure, script);
  const error = explainFailure(task, stepOf(failure, script), cause, context);
  return { ...state, retry: isBusy(failure.sqlstate) && row.transaction, error };
}

function stateOf({ transaction, done, uncertain }: JournalRow) {
  if (transaction) return { outcome: 'failed', state: 'rolled-back' } as const;
  return { outcome: 'failed', state: 'half-done', done, ...(uncertain && { uncertain }) } as const;
}

/** The step of a flight that failed, as far as its explanation asks for it. */
function stepOf({ part, number = 0 }: DetachedFailure, script: Script): FlightStep {
  const statement = part === 'statement' ? script.statements[number - 1] : undefined;
  if (statement) return statementStep(script, statement, number - 1);
  const expectation = part === 'expect' ? script.expectations[number - 1] : undefined;
  return { part, sql: '', ...(expectation && { expectation }) };
}

/** The error as the server would have told it to a client. */
export function causeOf(failure: DetachedFailure, script: Script): PostgresError {
  const {
    part,
    number = 0,
    sqlstate,
    message,
    detail,
    hint,
    context,
    schema,
    table,
    column,
    constraint,
  } = failure;
  const statement = part === 'statement' ? script.statements[number - 1] : undefined;
  const sql = statement && script.text.slice(statement.start, statement.end);
  const position = sql === undefined ? undefined : placeByName(sql, failure);
  return Object.assign(new Error(message), {
    code: sqlstate,
    severity: 'ERROR',
    ...(detail && { detail }),
    ...(hint && { hint }),
    ...(context && { where: context }),
    ...(schema && { schema }),
    ...(table && { table }),
    ...(column && { column }),
    ...(constraint && { constraint }),
    ...(position !== undefined && { position: String(position) }),
  });
}

/** Of an attempt that somebody had waited for: its error is a line. */
function asRecorded(script: Script, { error = '' }: JournalRow, secrets: readonly (string | undefined)[]) {
  const [, line, column, said = error, sqlstate] =
    /^(?:(\d+):(\d+): )?(.*?)(?: \(SQLSTATE ([0-9A-Z]{5})\))?$/s.exec(error) ?? [];
  const place = line && column ? { line: Number(line), column: Number(column) } : { line: 1, column: 1 };
  const location = { file: script.file, ...place };
  const details: ErrorDetails = {
    location,
    excerpt: excerpt(script.text, location, secrets),
    ...(sqlstate && { sqlstate }),
  };
  return new RegistryJobsError('statement-failed', said || 'It failed, and the journal does not say how.', {
    ...details,
    hint: nextStep(script),
  });
}

function interrupted(script: Script, row: JournalRow): RegistryJobsError {
  const { statements } = script;
  const location = locate(script.file, script.text, statements[row.done]?.start ?? 0);
  const kept = row.transaction ? 'Nothing of it was kept.' : `It ${whereItStopped(row)}.`;
  const left = row.transaction ? '' : describeLeft(statements[row.done]?.leaves);
  return new RegistryJobsError(
    'interrupted',
    `The session of ${row.file} ended before it could say how: somebody ended it, the server was restarted or crashed, or its COMMIT was refused.`,
    {
      ...(row.transaction ? {} : { location }),
      hint: `${kept}${left} Only the log of the server says why; ${nextStep(script).replace(/^Correct the file, then/, 'then')}`,
    },
  );
}

const nextStep = ({ directives }: Script): string =>
  directives.transaction
    ? 'Correct the file, then run again: registry-jobs up'
    : 'Correct the file, then go on with: registry-jobs resume';
