import type { Script } from '../../migrations/script/statement.ts';
import type { Difference } from '../../plan/differences.ts';
import type { Connection, QueryResult } from '../session/connection.ts';
import type { TableName } from '../snapshot/left-out.ts';
import type { LargeWatch } from './large.ts';
import { fullLook, type Look, quickLook } from './look.ts';
import { beginOf, type Failed, RESET_WITHIN, runOneWithin, runWithin } from './run-script.ts';

/** A stop after which something was found. */
export interface Suspicion {
  /** After how many statements. */
  readonly end: number;
  readonly failed?: Failed;
  readonly differences: readonly Difference[];
}

/** What each stop of a file came to in a transaction that was thrown away: which ones have to be looked at again. */
export interface Screening {
  /** How the file itself failed. */
  readonly failed?: Failed;
  /** The stops after which a second run failed, or left something else. */
  readonly suspicious: readonly Suspicion[];
}

export interface ScreenOptions {
  /** After how many statements to stop. */
  readonly stops: readonly number[];
  readonly leaveOut: readonly TableName[];
  readonly onTrial: (end: number) => void;
  /** Sent right before the first statement of the first run. */
  readonly begin?: () => Promise<unknown>;
  /** Looks beside each look at what a trial has left, and before it. */
  readonly tables?: LargeWatch | undefined;
  /** Sent after each statement of the first run. */
  readonly after?: (index: number, statement: Promise<QueryResult>) => Promise<unknown>;
}

/**
 * Runs a file once, then stops it after each statement and runs it whole, all in transactions that are rolled back: a savepoint a trial. So
 * now() is the same in all of them. What is found is a suspicion: a savepoint is not what a person has.
 */
export async function screen(
  connection: Connection,
  script: Script,
  options: ScreenOptions,
): Promise<Screening> {
  const { stops, after } = options;
  await connection.send(beginOf(script));
  const mayMove = stops.length > 0;
  const before = mayMove ? await readSequences(connection) : '';
  options.begin?.().catch(() => {});
  const failed = await runWithin(connection, script, after);
  const isMoved = mayMove && !failed && (await readSequences(connection)) !== before;
  await connection.send('ROLLBACK');
  if (failed) return { failed, suspicious: [] };
  if (stops.length === 0) return { suspicious: [] };
  const { isSeen, suspicious: found } = await tryStops(
    ...([connection, script, { ...options, moves: isMoved }, quickLook] as const),
  );
  const unsure = found.filter((one) => !one.failed).map(({ end }) => end);
  if (!isSeen || unsure.length === 0) return { suspicious: found };
  // What the quick look could not call equal is looked at in full.
  const full = await tryStops(
    connection,
    script,
    { ...options, stops: unsure, onTrial: () => {}, moves: true },
    fullLook,
  );
  return { suspicious: [...found.filter((one) => one.failed), ...full.suspicious] };
}

async function tryStops<Seen>(
  connection: Connection,
  script: Script,
  { stops, leaveOut, onTrial, moves, tables }: ScreenOptions & { readonly moves: boolean },
  makeLook: Look<Seen>,
): Promise<{ readonly isSeen: boolean; readonly suspicious: Suspicion[] }> {
  await connection.send(beginOf(script));
  await tables?.begin(connection);
  const { see: look, compare } = await makeLook(connection, leaveOut);
  const last = script.statements.length;
  const trial = (end?: number) =>
    tryWithin(
      connection,
      script,
      async () => {
        if (!tables) return look();
        const [seen, names] = await Promise.all([look(), tables.peek(connection)]);
        if (end === last) tables.again(names);
        return seen;
      },
      moves,
    );
  const wanted = new Set(stops);
  /** All of it is on its way when this returns: one more statement, and the whole file on top of it. */
  const stopAfter = async (end: number) => {
    const ran = runOneWithin(connection, script, end - 1);
    if (!wanted.has(end)) return { broken: await ran };
    onTrial(end);
    tables?.peek(connection).catch(() => {});
    const [broken, { tried, failed }] = await Promise.all([ran, trial(end)]);
    return { broken, found: { tried, failed } };
  };
  const { tried: once } = await trial();
  const suspicious: Suspicion[] = [];
  let next = once && stopAfter(1);
  for (let end = 1; once && next; end++) {
    const current = next;
    // The server is at work on the next while what it says of this one is read. After what fails the next fails as well.
    next = end < last ? stopAfter(end + 1) : undefined;
    next?.catch(() => {});
    const { broken, found } = await current;
    if (broken) {
      await next;
      break;
    }
    if (!found) continue;
    const { tried, failed } = found;
    const differences = tried ? compare(once, tried) : [];
    if (!tried || differences.length > 0) suspicious.push({ end, ...(failed && { failed }), differences });
  }
  await connection.send('ROLLBACK');
  if (!once) tables?.lost();
  // What a savepoint does not let it do, such as to use a new value of an enum, has to be tried otherwise.
  const isSeen = once !== undefined;
  return { isSeen, suspicious: isSeen ? suspicious : stops.map((end) => ({ end, differences: [] })) };
}

/** The whole file on top of what is there, thrown away again. In one flight: after what fails all fails up to the end of the savepoint. */
async function tryWithin<Seen>(
  connection: Connection,
  script: Script,
  see: () => Promise<Seen | undefined>,
  moves: boolean,
): Promise<{ readonly tried?: Seen; readonly failed?: Failed }> {
  const before = connection.send(`${moves ? `${SAVE_SEQUENCES}; ` : ''}SAVEPOINT registry_jobs_trial`);
  // What a file has put off may fail here.
  const reset = connection.send(RESET_WITHIN);
  const ran = runWithin(connection, script);
  const seen = see();
  const after = connection.send(
    `ROLLBACK TO SAVEPOINT registry_jobs_trial; RELEASE SAVEPOINT registry_jobs_trial${moves ? `; ${RESTORE_SEQUENCES}` : ''}`,
  );
  await Promise.allSettled([before, reset, ran, seen, after]);
  const isReset = await reset.then(
    () => true,
    () => false,
  );
  if (!isReset) return {};
  const failed = await ran;
  if (failed) return { failed };
  const tried = await seen;
  await after;
  return tried === undefined ? {} : { tried };
}

/** Sequences are not rolled back: what a trial took of their numbers is given back by hand. */
const SAVE_SEQUENCES = `DO $registry_jobs$ DECLARE s record; one json; found text := ''; BEGIN
  FOR s IN SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND c.relpersistence <> 't' LOOP
    EXECUTE format('SELECT pg_catalog.json_build_array(%L, last_value, is_called) FROM %s', s.name, s.name) INTO one;
    found := found || CASE found WHEN '' THEN '[' ELSE ',' END || one;
  END LOOP;
  PERFORM pg_catalog.set_config('registry_jobs.sequences', CASE found WHEN '' THEN '[]' ELSE found || ']' END, true);
END $registry_jobs$`;

/** Those that have given a number. */
async function readSequences(connection: Connection): Promise<string> {
  await connection.send(SAVE_SEQUENCES);
  const { rows } = await connection.send(
    `SELECT s::text AS said FROM pg_catalog.json_array_elements(pg_catalog.current_setting('registry_jobs.sequences')::json) s
      WHERE (s->>2)::boolean`,
  );
  return rows.map(({ said }) => said).join();
}

const RESTORE_SEQUENCES = `DO $registry_jobs$ DECLARE s json; BEGIN
  FOR s IN SELECT * FROM pg_catalog.json_array_elements(pg_catalog.current_setting('registry_jobs.sequences')::json) LOOP
    PERFORM pg_catalog.setval((s->>0)::pg_catalog.regclass, (s->>1)::bigint, (s->>2)::boolean);
  END LOOP;
END $registry_jobs$`;
