import { RegistryJobsError } from '../../errors/error.ts';
import { isPostgresError } from '../../errors/postgres-error.ts';
import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script, Statement } from '../../migrations/script/statement.ts';
import type { Begun } from '../../plan/known.ts';
import { ACTIVE_SQL_TRANSACTION } from '../explain/sqlstates.ts';
import type { Connection } from '../session/connection.ts';
import { statementStep } from './flight.ts';
import type { FlightStep } from './flight-types.ts';
import {
  assertWhole,
  cleanUp,
  describeLeft,
  examine,
  isSameWork,
  lookBefore,
  unclearWork,
} from './leftovers.ts';
import { commit, flight, patiently, type Tools, withPatience } from './one-tools.ts';
import { maySetSession } from './session-state.ts';

/**
 * Runs one statement and puts on record that it is done.
 *
 * - One that may run inside a transaction block runs in one, together with its record: both are kept, or neither. Tried again when
 *   another transaction was in the way.
 * - One that may not, but is done or not, or leaves what the catalog tells: what an earlier attempt has left is removed first. Tried again.
 * - One that may commit part of its work by itself (CALL, DO), or of which the catalog tells nothing: it is on record as begun before it
 *   begins, and never tried again.
 *
 * @param earlier what an attempt that is resumed has done of this very statement
 */
export async function runStatement(
  tools: Tools,
  statement: Statement,
  index: number,
  { mayBeDone, begun, onlyIfDone }: Earlier,
): Promise<void> {
  const { progress, script } = tools;
  const { outside, leaves, kind } = statement;
  const step = statementStep(script, statement, index);
  // Once for all attempts: what is hashed must not be hashed again.
  const record = progress.stepSql(index, maySetSession(statement));
  tools.blame(step);
  if (outside === undefined) await runInTransaction(tools, step, record);
  else if (leaves || REPEATABLE.has(kind)) {
    const known = begun && isSameWork(begun, { script, index }) ? begun : undefined;
    const isDone = mayBeDone && known !== undefined && (await isAlreadyDone(tools, known, index));
    if (onlyIfDone && known && !isDone) throw leftUndone(script, statement, index);
    await runAlone(tools, step, record, { isDone, begun: known });
  } else await runOnce(tools, step, record);
  progress.step(index);
}

/** @throws RegistryJobsError `cannot-resume` where the catalog does not tell */
async function isAlreadyDone({ connection, script }: Tools, known: Begun, index: number): Promise<boolean> {
  const found = await examine(connection, known);
  const unclear = found === undefined && (await unclearWork(connection, known, { script, index }));
  if (unclear) throw unclear;
  return found === 'done';
}

function leftUndone({ file, text }: Script, { start, leaves }: Statement, index: number): RegistryJobsError {
  const location = locate(file, text, start);
  return new RegistryJobsError(
    'interrupted',
    `Statement ${index + 1} of ${file} was left to the server and is not done; why was told to nobody.`,
    {
      location,
      excerpt: excerpt(text, location),
      hint: `Only the log of the server says why.${describeLeft(leaves)} Correct what the log names, then go on with: registry-jobs resume`,
    },
  );
}

/** These may be done again without harm, and leave nothing: kinds by their node in the parse tree. */
const REPEATABLE: ReadonlySet<string> = new Set([
  ...['VacuumStmt', 'ClusterStmt', 'ReindexStmt', 'AlterSystemStmt', 'DiscardStmt', 'AlterDatabaseStmt'],
  'VariableSetStmt',
]);

/** Of the first statement of a file that is resumed. */
interface Earlier {
  /** The attempt was ended in it. */
  readonly mayBeDone: boolean;
  /** It is on record as begun. */
  readonly begun?: Begun | undefined;
  /** It was left to the server: what it has not done is not tried again. */
  readonly onlyIfDone: boolean;
}

type StatementStep = FlightStep & { readonly statement: Statement; readonly index: number };

async function runInTransaction(tools: Tools, step: StatementStep, record: readonly string[]): Promise<void> {
  const { detached } = tools.options;
  try {
    let attempt = 0;
    if (detached) {
      return await patiently(tools, () => {
        tools.blame(step);
        return detached.runInBlock(tools.connection, step, record, ++attempt);
      });
    }
    await patiently(tools, () =>
      flight(tools, [
        // Also where the file has made its session read-only: the record is written in it.
        { part: 'begin', sql: 'BEGIN READ WRITE' },
        step,
        ...record.map((sql) => ({ part: 'record', sql }) as const),
        // A constraint that is checked at the end is the statement's own.
        { part: 'commit', sql: 'COMMIT' },
      ]),
    );
  } catch (error) {
    // What its text did not tell: REINDEX or CLUSTER of a partitioned table, say.
    if (!isPostgresError(error) || error.code !== ACTIVE_SQL_TRANSACTION) throw error;
    if (REPEATABLE.has(step.statement.kind)) await runAlone(tools, step, record, { isDone: false });
    else await runOnce(tools, step, record);
  }
}

/**
 * Outside a transaction block, and again while another transaction is in the way. A CONCURRENTLY form waits for others without keeping
 * anybody out, so its waiting has no limit but that of the statement; giving up would throw away the work of an hour.
 *
 * @param isDone its work is known to be done, and only has to be put on record
 * @param earlier as it was put on record when it was begun, by an attempt that is resumed
 */
async function runAlone(
  tools: Tools,
  step: StatementStep,
  record: readonly string[],
  { isDone, begun: earlier }: { readonly isDone: boolean; readonly begun?: Begun | undefined },
): Promise<void> {
  const { connection, progress, script, sender } = tools;
  const { index } = step;
  const { leaves } = step.statement;
  let isAnswered = false as boolean;
  let begun = earlier;
  const work = async () => {
    const isFinished = begun !== undefined && (await cleanUp(connection, begun, { script, index }));
    if (!isFinished) await sender.send(step);
    isAnswered = true;
    if (leaves) await assertWhole(connection, leaves, script, step.statement);
  };
  try {
    if (!isDone) {
      // The file may be changed before it is resumed, and then its text does not tell what there is to look for.
      begun ??= leaves && (await lookBefore(connection, leaves, { script, index }));
      if (begun) await commit(tools, progress.beginSql(begun));
      tools.blame(step);
      await patiently(tools, () => withPatience(tools, leaves !== undefined, work));
    }
  } catch (error) {
    // What failed may be our look at it; we look once more, so that it is not called undone.
    const found = isAnswered && begun && (await examine(connection, begun).catch(() => undefined));
    if (found === 'done') progress.step(step.index);
    throw error;
  }
  // It is done, whatever becomes of its record: DISCARD ALL gives up the lock, and would do so each time.
  progress.step(step.index);
  await commit(tools, record);
}

/** On record as begun before it begins: when its end is not known, nobody runs it a second time without looking. */
async function runOnce(tools: Tools, step: StatementStep, record: readonly string[]): Promise<void> {
  const { connection, progress, sender } = tools;
  await commit(tools, progress.beginSql({ uncertain: true }));
  tools.blame(step);
  const before = await transactionNumber(connection);
  progress.doubt(true);
  try {
    await sender.send(step);
  } catch (error) {
    await connection.quiet();
    const after = isPostgresError(error) ? await transactionNumber(connection).catch(() => NaN) : NaN;
    // One for the question before, one for the statement: it began no other, so it has committed nothing.
    if (after - before === 2) progress.doubt(false);
    throw error;
  }
  await commit(tools, record);
}

/** The number of the session's transaction, counted up with each that it begins, also by a COMMIT inside of a procedure. */
async function transactionNumber(connection: Connection): Promise<number> {
  const { rows } = await connection.send(`SELECT pg_catalog.split_part(virtualtransaction, '/', 2) AS number
    FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'virtualxid' AND granted`);
  return Number(rows[0]?.number ?? NaN);
}
