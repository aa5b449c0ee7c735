import type { Expectation } from '../../migrations/script/expectation.ts';
import type { Script, Statement } from '../../migrations/script/statement.ts';
import { sentText } from '../../plan/statement-at.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import { LOCK_LOST, UNEXPECTED } from '../explain/sqlstates.ts';
import { quoteBody, quoteLiteral } from '../identifiers.ts';
import { ensureJournalSql, finishAttemptSql, insertAttemptSql } from '../ledger/journal.ts';
import { ensureLedgerSql, forgetSql, recordParts, recordSql, TRANSACTION_START } from '../ledger/ledger.ts';
import { ownLockIsHeld } from '../session/advisory-lock.ts';
import { cleanSession } from '../session/clean-session.ts';
import { aroundStatement, beginSql } from '../transaction-modes.ts';
import type { TaskContext } from './context.ts';
import type { FlightOptions, FlightStep } from './flight-types.ts';
import { isNextSql, markCleanSql } from './follow.ts';

/**
 * All that is sent for one migration, in one flight: its row in the journal, its transaction with the ledger row
 * inside, and what makes the session clean for the next. Pure.
 *
 * It is safe to send COMMIT before knowing that the statements worked: after an error Postgres refuses
 * everything up to the end of the transaction, and answers COMMIT with a rollback. And should BEGIN itself
 * fail, nothing after it can write, because the session is read-only outside an explicit READ WRITE.
 */
export function transactionFlight(task: Task, options: FlightOptions): FlightStep[] {
  const { context, start, statementTimeoutMs } = options;
  const script = scriptOf(task);
  const { ledger, runner } = context;
  const isInitial = task.migration.style === 'initial';
  const isNext = options.follows && isNextSql(ledger, options.follows);
  const journalSql = isInitial
    ? undefined
    : insertAttemptSql(ledger, start, runner, 'running', false, isNext);
  return [
    ...prepareSteps(journalSql, 'off'),
    // No SELECT: it would take the snapshot of a stricter isolation before a lock that the file begins with. And what is reported as
    // applied must survive a crash, whatever the server is set to.
    {
      part: 'begin',
      sql: openSql(task, options),
    },
    ...script.statements.flatMap((statement, index): FlightStep[] => {
      const { before, after } = aroundStatement(script.modes, index);
      return [
        ...before.map((sql) => ({ part: 'begin', sql }) as const),
        statementStep(script, statement, index),
        ...after.map((sql) => ({ part: 'guard', sql }) as const),
      ];
    }),
    // The file may have left a timeout that is too short for us, now and after the COMMIT, and a role that is not ours. The clock of a message runs from
    // its beginning: what changes it has one of its own.
    {
      part: 'guard',
      sql: `RESET statement_timeout; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL row_security = off`,
    },
    ...script.expectations.map((expectation): FlightStep => {
      return { part: 'expect', sql: expectationSql(expectation), expectation };
    }),
    {
      part: 'guard',
      sql: `RESET SESSION AUTHORIZATION; RESET ROLE; ${guardSql(context.lockKey)}`,
    },
    ...(isInitial ? initialSteps(options) : []),
    { part: 'record', sql: recordedSql(task, context, start.id) },
    { part: 'commit', sql: 'COMMIT' },
    // In one message: no timeout of the file is left that could end it in the middle.
    { part: 'clean', sql: [...cleanSession(context.later), markCleanSql(start.id)].join('; ') },
  ];
}

/** Begins the transaction of a file, with what holds in it. */
export function openSql(
  task: Task,
  { lockTimeoutMs, statementTimeoutMs }: Pick<FlightOptions, 'lockTimeoutMs' | 'statementTimeoutMs'>,
): string {
  return `${beginSql(scriptOf(task).modes)}; SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL row_security = on; SET LOCAL synchronous_commit = on`;
}

/**
 * What comes before an attempt. The journal's row is committed by itself, so that it outlives a killed attempt; where it cannot be
 * written nothing after it is kept: its own transaction stays failed until the COMMIT at the end of the flight, and where not even that
 * was begun, the attempt cannot be completed without it.
 *
 * @param synchronous whether the row is on the disk before anything else is done. With a transaction it need not be: a COMMIT that is on the
 * disk has brought what was written before it there, and without one nothing of the attempt is left. So a file costs one flush, not two.
 */
export function prepareSteps(journalSql: string | undefined, synchronous: 'on' | 'off' = 'on'): FlightStep[] {
  return [
    // Makes the server stop when we are gone. Not every version and platform knows it; then this fails alone.
    { part: 'prepare', sql: `SET client_connection_check_interval = '2s'` },
    ...(journalSql
      ? [
          {
            part: 'announce',
            sql: `BEGIN READ WRITE; SET LOCAL synchronous_commit = ${synchronous}; ${journalSql}; COMMIT`,
          } as const,
        ]
      : []),
  ];
}

export function statementStep(
  script: Script,
  statement: Statement,
  index: number,
): FlightStep & { readonly statement: Statement; readonly index: number } {
  const { data } = statement;
  return {
    part: 'statement',
    sql: sentText(script, index),
    statement,
    index,
    ...(data && { data: { text: script.text, start: data.start, end: data.end } }),
  };
}

/** What holds for the statements of a file without a transaction, and not for ours. Parameters: lock timeout, statement timeout. */
export function fileSettingsSql(): string {
  return `pg_catalog.set_config('lock_timeout', $1, false), pg_catalog.set_config('statement_timeout', $2, false),
    pg_catalog.set_config('row_security', 'on', false)`;
}

/**
 * What is written in the file's own transaction, as one statement, which the server plans once: the row of the ledger, and that of the
 * journal, which must be there. Answers with the times.
 */
function recordedSql(task: Task, { ledger, zoned }: TaskContext, id: string): string {
  const { migration, direction } = task;
  const version = quoteLiteral(migration.version);
  const values = [version, quoteLiteral(migration.up.checksum)] as const;
  const { known, insert } = recordParts(ledger, zoned, TRANSACTION_START, values);
  const changes =
    direction === 'up'
      ? `known AS (${known}), recorded AS (${insert})`
      : `forgotten AS (${forgetSql(ledger, version)})`;
  const finished = finishAttemptSql(ledger, id, 'applied', scriptOf(task).statements.length);
  return `WITH finished AS (${finished} RETURNING id), ${changes}
    SELECT 1 / (SELECT pg_catalog.count(*) FROM finished) AS finished, ${TIMES}`;
}

export function recordStep(
  { migration, direction }: Task,
  { ledger, zoned }: TaskContext,
  startedAt?: string,
): FlightStep {
  const { version, up } = migration;
  return direction === 'up'
    ? { part: 'record', sql: recordSql(ledger, zoned, startedAt), values: [version, up.checksum] }
    : { part: 'record', sql: forgetSql(ledger), values: [version] };
}

/** A dump may bring a ledger along, so ours is created or completed after it, not before. */
function initialSteps({ context, start }: FlightOptions): FlightStep[] {
  const { ledger, runner } = context;
  const complete = [
    ...ensureLedgerSql(ledger, undefined),
    ...ensureJournalSql(ledger, undefined),
    insertAttemptSql(ledger, start, runner, 'running'),
  ];
  return complete.map((sql) => ({ part: 'record', sql }));
}

/** A file that unlocked our lock let other runners in: its work must not be kept. */
export function guardSql(key: bigint): string {
  return `DO $guard$ BEGIN
    IF NOT ${ownLockIsHeld(key)} THEN
      RAISE EXCEPTION USING ERRCODE = '${LOCK_LOST}', MESSAGE = 'The session no longer holds the migration lock.';
    END IF;
  END $guard$`;
}

/** json, not jsonb, until the end: it keeps the order of the columns, and two of one name. */
function expectationSql({ sql, rows }: Expectation): string {
  const body = `DECLARE found jsonb; BEGIN
    EXECUTE ${quoteLiteral(`SELECT coalesce(jsonb_agg((SELECT jsonb_agg(c.value ORDER BY c.ordinality)
      FROM json_each(to_json(q)) WITH ORDINALITY AS c (key, value, ordinality))), '[]') FROM (${sql}) q`)} INTO found;
    IF found IS DISTINCT FROM ${quoteLiteral(rows)}::jsonb THEN
      RAISE EXCEPTION USING ERRCODE = '${UNEXPECTED}', MESSAGE = 'found ' || left(found::text, 500);
    END IF;
  END`;
  return `DO ${quoteBody(body)}`;
}

const TIMES = `pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.now())) AS "startedAt",
  pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.clock_timestamp())) AS "finishedAt"`;

/** Undoes whatever a file did to the session. */
export const cleanSteps = (later: readonly string[]): FlightStep[] =>
  cleanSession(later).map((sql) => ({ part: 'clean', sql }));
