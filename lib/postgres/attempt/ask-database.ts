import type { Attempt } from '../../engine/dialect.ts';
import { RegistryJobsError } from '../../errors/error.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { JournalRow } from '../../plan/known.ts';
import { scriptOf, type Task } from '../../plan/task.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import { sentence } from '../../text/format.ts';
import { journalTable, parseJournalRow } from '../ledger/journal.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { surveyLocked } from '../ledger/lock.ts';
import { noRowsIfMissing } from '../ledger/unreadable.ts';
import { lockIsHeld } from '../session/advisory-lock.ts';
import { type Connection, withConnection } from '../session/connection.ts';
import { RESTART_MS, untilAnswered } from '../session/until-answered.ts';
import type { LostSession, TaskContext } from './context.ts';
import type { FlightOptions } from './flight-types.ts';
import { examine, unclearWork } from './leftovers.ts';
import { noteFailure } from './note-failure.ts';

/** What is kept of a deadline to report what became of our work. */
const LAST_WORD_MS = 1_000;

/**
 * After a lost connection the database decides. It is read under the lock, which the lost session has given up
 * only when the server is through with it: so what is read then stays true.
 */
export async function askDatabase(
  attempt: Extract<Attempt, { outcome: 'unknown' }>,
  task: Task,
  options: FlightOptions,
  lostPid: number | null,
): Promise<Attempt> {
  const { context, start } = options;
  const { lost = {} } = context;
  const { database } = context.settings;
  const known = () => {
    const times = lost.applied?.get(start.id);
    return times && { ...attempt, outcome: 'applied' as const, ...times, isClean: false };
  };
  const asked = known();
  if (asked) return asked;
  const giveUpAt = Math.min(Date.now() + RESTART_MS, context.deadline - LAST_WORD_MS);
  const ask = () =>
    withConnection(database, { purpose: 'registry-jobs', giveUpAt }, async (connection): Promise<Attempt> => {
      // The server may not have noticed that the session is lost; then it would keep the lock.
      await connection.send(
        `SELECT pg_catalog.pg_terminate_backend($1) WHERE ${lockIsHeld(context.lockKey, 'l.pid = $1')}`,
        { values: [lostPid] },
      );
      const { ledger } = await surveyLocked(connection, database, context.ledger, { until: giveUpAt });
      // Not the ledger: another runner may have come in between and done the same. Files may have been sent together: all of them at once.
      lost.applied ??= await readApplied(connection, context, ledger);
      const applied = known();
      if (applied) return applied;
      const own = await readOwnRow(connection, context.ledger, start.id);
      // It was sent ahead, and the server never came to it.
      if (options.follows && !own) return { ...attempt, outcome: 'not-started' };
      const failed = await whatBecameOf(connection, attempt, task, start.transaction, own);
      return { ...failed, ...(await noteFailure(connection, task, options, failed)) };
    });
  try {
    return await untilAnswered(ask, giveUpAt);
  } catch (cause) {
    if (lost.applied && start.transaction) return { ...attempt, outcome: 'rolled-back', retry: false };
    return { ...attempt, error: outcomeUnknown(attempt.error, start, cause) };
  }
}

/** Of a file in a transaction the ledger says all there is to know; of another only the journal says how far it came. Pure. */
export function outcomeUnknown(
  { message }: RegistryJobsError,
  { file, transaction }: { readonly file: string; readonly transaction: boolean },
  cause?: unknown,
): RegistryJobsError {
  const [what, hint] = transaction
    ? [`Whether ${file} was kept`, 'the ledger knows: registry-jobs status']
    : [`How far ${file} came`, 'the journal knows: registry-jobs status --history'];
  return new RegistryJobsError('outcome-unknown', `${sentence(message)} ${what} is not known.`, {
    hint: `When the server answers again, ${hint}`,
    cause,
  });
}

/** What this run has applied, by the journal; the ledger knows when. */
async function readApplied(
  connection: Connection,
  { ledger, runner }: TaskContext,
  { rows: versions }: Ledger,
): Promise<NonNullable<LostSession['applied']>> {
  const sql = `SELECT id, version FROM ${journalTable(ledger)} WHERE run_id = $1 AND status = 'applied'`;
  const { rows } = await connection.send(sql, { values: [runner.runId] }).catch(noRowsIfMissing);
  const times = new Map(versions.map((row) => [row.version, row]));
  const now = new Date().toISOString();
  return new Map(
    rows.map(({ id, version }) => {
      const { startedAt = now, finishedAt = now } = times.get(String(version)) ?? {};
      return [String(id), { startedAt, finishedAt }];
    }),
  );
}

/** The journal's row of an attempt. */
export async function readOwnRow(
  connection: Connection,
  ledger: LedgerName,
  id: string,
): Promise<JournalRow | undefined> {
  const sql = `SELECT pg_catalog.to_jsonb(j) AS row FROM ${journalTable(ledger)} j WHERE id = $1`;
  const { rows } = await connection.send(sql, { values: [id] }).catch(noRowsIfMissing);
  return rows[0] && parseJournalRow(rows[0]);
}

/** Of an attempt that is not applied. */
async function whatBecameOf(
  connection: Connection,
  attempt: Extract<Attempt, { outcome: 'unknown' }>,
  task: Task,
  transaction: boolean,
  own: JournalRow | undefined,
): Promise<Attempt> {
  if (transaction) return { ...attempt, outcome: 'rolled-back', retry: false };
  if (!own) return { ...attempt, outcome: 'not-started', error: notBegun(attempt.error, task) };
  return {
    ...attempt,
    outcome: 'half-done',
    ...(await whatIsDone(connection, attempt, own, scriptOf(task))),
  };
}

/** Its row comes before everything else, so nothing of it was run; what an earlier attempt has done is still there to go on after. */
function notBegun(error: RegistryJobsError, { from }: Task): RegistryJobsError {
  const next = from === undefined ? 'run again.' : 'go on with: registry-jobs resume';
  return withHint(error, `Find out what ended the session, then ${next}`);
}

function withHint(error: RegistryJobsError, hint: string | undefined, detail?: string): RegistryJobsError {
  const { code, message, location, excerpt, sqlstate, cause } = error;
  return new RegistryJobsError(code, message, {
    ...(location && { location }),
    ...(excerpt && { excerpt }),
    ...(sqlstate && { sqlstate }),
    ...(detail && { detail }),
    ...(hint && { hint }),
    cause,
  });
}

/**
 * Of a file without a transaction: each statement was put on record together with its work, so the record is right about all but the one
 * that was at work; of that one the catalog may tell.
 */
async function whatIsDone(
  connection: Connection,
  { done: answered, error }: Pick<Extract<Attempt, { outcome: 'unknown' }>, 'done' | 'error'>,
  { done: recorded, uncertain = false, session, begun }: JournalRow,
  script: Script,
): Promise<{ done: number; uncertain: boolean; error?: RegistryJobsError }> {
  // What was answered is done, also where its record was lost.
  if (answered > recorded) return { done: answered, uncertain: false };
  const done = recorded;
  if (!begun) return { done, uncertain };
  const path = session?.settings.search_path;
  if (path !== undefined)
    await connection.send(`SELECT pg_catalog.set_config('search_path', $1, false)`, { values: [path] });
  const found = await examine(connection, begun);
  if (found !== undefined) return { done: found === 'done' ? done + 1 : done, uncertain: false };
  const unclear = await unclearWork(connection, begun, { script, index: done });
  return {
    done,
    uncertain: true,
    ...(unclear && { error: withHint(error, unclear.hint, unclear.message) }),
  };
}
