import { type LedgerName, lockIsHeld } from '../advisory-lock.ts';
import { CLEAN_SESSION } from '../clean-session.ts';
import { quoteBody, quoteLiteral } from '../identifiers.ts';
import type { Expectation } from '../sql/directives.ts';
import { type Script, type Statement, statementText } from '../sql/statement.ts';
import type { RunContext } from './context.ts';
import { type AttemptStart, createJournalSql, finishAttemptSql, insertAttemptSql } from './journal.ts';
import { ensureLedgerSql, forgetSql, recordSql } from './ledger.ts';
import { scriptOf, type Task } from './task.ts';

/** One message of a migration's flight. Only those with a `statement` come from the file. */
export interface FlightStep {
  readonly part:
    | 'prepare'
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
  /** The data of a COPY. */
  readonly data?: string;
  readonly expectation?: Expectation;
}

export interface FlightOptions {
  readonly context: RunContext;
  readonly start: AttemptStart;
  readonly lockTimeoutMs: number;
  /** 0 means no limit. */
  readonly statementTimeoutMs: number;
}

/** What the guard raises when the session no longer holds the migration lock. */
export const LOCK_LOST = 'RJ001';
/** What a check raises when a query does not give what the file expects. */
export const UNEXPECTED = 'RJ002';

/**
 * All that is sent for one migration, in one flight: its row in the journal, its transaction with the ledger row
 * inside, and what makes the session clean for the next. Pure.
 *
 * It is safe to send COMMIT before knowing that the statements worked: after an error Postgres refuses
 * everything up to the end of the transaction, and answers COMMIT with a rollback. And should BEGIN itself
 * fail, nothing behind it can write, because the session is read-only outside an explicit READ WRITE.
 */
export function transactionFlight(task: Task, options: FlightOptions): FlightStep[] {
  const { context, start, lockTimeoutMs, statementTimeoutMs } = options;
  const script = scriptOf(task);
  const { ledger, runner } = context;
  const isInitial = task.migration.style === 'initial';
  const timeouts = [`${lockTimeoutMs}ms`, `${statementTimeoutMs}ms`];
  return [
    ...prepareSteps(isInitial ? undefined : insertAttemptSql(ledger, start, runner, 'running')),
    { part: 'begin', sql: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE' },
    { part: 'begin', sql: `SELECT ${timeoutsSql('true')}`, values: timeouts },
    // What is reported as applied must survive a crash, whatever the server is set to.
    { part: 'begin', sql: 'SET LOCAL synchronous_commit = on' },
    ...script.statements.map((statement, index) => statementStep(script, statement, index)),
    // The file may have left a timeout that is too short for us, and a role that is not ours.
    { part: 'guard', sql: `SET LOCAL statement_timeout = ${statementTimeoutMs}` },
    ...script.expectations.map((expectation): FlightStep => {
      return { part: 'expect', sql: expectationSql(expectation), expectation };
    }),
    { part: 'guard', sql: 'RESET SESSION AUTHORIZATION' },
    { part: 'guard', sql: 'RESET ROLE' },
    { part: 'guard', sql: guardSql(context.lockKey) },
    ...(isInitial ? initialSteps(options) : []),
    recordStep(task, ledger),
    { part: 'record', sql: finishAttemptSql(ledger, start.id, 'applied', script.statements.length) },
    { part: 'times', sql: TIMES },
    { part: 'commit', sql: 'COMMIT' },
    ...CLEAN_STEPS,
  ];
}

/** What comes before an attempt. The journal's row is committed by itself, so that it outlives a killed attempt. */
export function prepareSteps(journalSql: string | undefined): FlightStep[] {
  return [
    // Makes the server stop when we are gone. Not every version and platform knows it; then this fails alone.
    { part: 'prepare', sql: `SET client_connection_check_interval = '2s'` },
    ...(journalSql ? [{ part: 'prepare', sql: `BEGIN READ WRITE; ${journalSql}; COMMIT` } as const] : []),
  ];
}

export function statementStep(script: Script, statement: Statement, index: number): FlightStep {
  const { data } = statement;
  return {
    part: 'statement',
    sql: statementText(script, statement),
    statement,
    index,
    ...(data && { data: script.text.slice(data.start, data.end) }),
  };
}

/** Parameters: lock timeout, statement timeout. */
export function timeoutsSql(isLocal: 'true' | 'false'): string {
  return `pg_catalog.set_config('lock_timeout', $1, ${isLocal}), pg_catalog.set_config('statement_timeout', $2, ${isLocal})`;
}

export function recordStep({ migration, direction }: Task, ledger: LedgerName, started?: string): FlightStep {
  const { version, up } = migration;
  return direction === 'up'
    ? { part: 'record', sql: recordSql(ledger, started), values: [version, up.checksum] }
    : { part: 'record', sql: forgetSql(ledger), values: [version] };
}

/** A dump may bring a ledger along, so ours is created or completed behind it, not before. */
function initialSteps({ context, start }: FlightOptions): FlightStep[] {
  const { ledger, runner } = context;
  const complete = [
    ...ensureLedgerSql(ledger, undefined),
    createJournalSql(ledger),
    insertAttemptSql(ledger, start, runner, 'running'),
  ];
  return complete.map((sql) => ({ part: 'record', sql }));
}

/** A file that unlocked our lock let other runners in: its work must not be kept. */
export function guardSql(key: bigint): string {
  return `DO $guard$ BEGIN
    IF NOT ${lockIsHeld(key, 'l.pid = pg_catalog.pg_backend_pid()')} THEN
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

const TIMES = `SELECT pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.now())) AS "startedAt",
  pg_catalog.to_json(pg_catalog.timezone('utc', pg_catalog.clock_timestamp())) AS "finishedAt"`;

/** Undoes whatever a file did to the session. */
export const CLEAN_STEPS: readonly FlightStep[] = CLEAN_SESSION.map((sql) => ({ part: 'clean', sql }));
