import { median, type Spread, spread } from './statistics.ts';
import { type BenchRegistry, monthByScan, PEERS } from './statistics-database.ts';
import { keepWritten, nextTransaction } from './statistics-floor.ts';

export interface RefreshResult {
  readonly changed: number;
  /** The job's functions, in a session that has called them before. */
  readonly incremental: Spread;
  /** The same in a new session, as each run of the job has it: the server looks everything up and plans it first. */
  readonly inNewSession: Spread;
  readonly refreshed: Spread;
  /** The rows that the functions wrote, written once more by one bare upsert. */
  readonly bare: Spread;
  /** How many these are. */
  readonly rows: number;
}

const ROUNDS = 5;

/** The three functions of the hourly job. */
const ours =
  'select update_counts(), update_current_deposit_stats(), populate_all_historical_deposit_stats()';
const theirs = PEERS.map((view) => `refresh materialized view concurrently peer_${view}`);

/**
 * Changes rows all over the table, then brings both arms up to date, each in turn the first. Half of the changed files
 * are new (and bring an event), a quarter changes state, a quarter the option.
 */
export async function measureRefresh(
  registry: BenchRegistry,
  changes: readonly number[],
  say: (progress: string) => void,
): Promise<RefreshResult[]> {
  const results: RefreshResult[] = [];
  await registry.timeAgain(ours);
  for (const changed of [0, ...changes]) {
    say(`${registry.files} files: ${changed} of them changed`);
    const times = {
      incremental: [] as number[],
      inNewSession: [] as number[],
      refreshed: [] as number[],
      bare: [] as number[],
    };
    let rows = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const refreshThem = async () =>
        times.refreshed.push(sum(await inTurn(theirs.map((sql) => () => registry.timeAgain(sql)))));
      const useOurs = async () => {
        const next = await nextTransaction(registry);
        times.incremental.push(await registry.timeAgain(ours));
        const floor = await keepWritten(registry, next);
        rows = floor.rows;
        times.bare.push(await registry.timeAgain(floor.sql));
        await floor.drop();
      };
      const arms: (() => Promise<unknown>)[] = [useOurs, refreshThem];
      await change(registry, changed);
      await inTurn(round % 2 === 0 ? arms : arms.toReversed());
      await change(registry, changed);
      times.inNewSession.push(await registry.time(ours));
    }
    await inTurn(theirs.map((sql) => () => registry.query(sql)));
    await verify(registry);
    const { incremental, inNewSession, refreshed, bare } = times;
    results.push({
      changed,
      incremental: spread(incremental),
      inNewSession: spread(inNewSession),
      refreshed: spread(refreshed),
      bare: spread(bare),
      rows,
    });
  }
  return results;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function inTurn<T>(work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (const each of work) results.push(await each());
  return results;
}

async function change(registry: BenchRegistry, rows: number): Promise<void> {
  if (rows === 0) return;
  const someFiles = (share: number) =>
    `id in (select 1 + (random() * (select max(id) - 1 from generic_files))::bigint from generate_series(1, ${Math.ceil(rows * share)}))`;
  await registry.query(
    `update generic_files set state = case state when 'A' then 'D' else 'A' end where ${someFiles(0.25)}`,
  );
  await registry.query(`update generic_files set storage_option = case storage_option when 'Standard' then 'S3-OR' else 'Standard' end
    where ${someFiles(0.25)}`);
  await registry.query(`with added as (
      insert into generic_files (identifier, size, intellectual_object_id, institution_id, storage_option, created_at)
      select gen_random_uuid()::text, size, intellectual_object_id, institution_id, storage_option, now() at time zone 'utc'
      from generic_files where ${someFiles(0.5)}
      returning id, intellectual_object_id, institution_id
    )
    insert into premis_events (event_type, date_time, outcome, intellectual_object_id, generic_file_id, institution_id)
    select 'ingestion', now(), 'Success', intellectual_object_id, id, institution_id from added`);
  // As autovacuum would have, in the hour between two refreshes: what earlier changes left in the queues is gone.
  await registry.query('vacuum generic_file_changes, premis_event_changes');
}

/** Both arms must say the same, cell by cell; otherwise there is nothing to compare. */
async function verify(registry: BenchRegistry): Promise<void> {
  for (const view of PEERS) {
    const { rows: columns } = await registry.query(
      `select string_agg(attname, ', ' order by attnum) as names from pg_attribute
      where attrelid = '${view}'::regclass and attnum > 0 and attname not in ('end_date', 'updated_at')`,
    );
    const names = columns[0].names;
    const { rows } = await registry.query(
      `(select ${names} from ${view} except select ${names} from peer_${view})
      union all (select ${names} from peer_${view} except select ${names} from ${view})`,
    );
    if (rows.length > 0) throw new Error(`${view} and its peer differ: ${JSON.stringify(rows.slice(0, 3))}`);
  }
}

export interface HistoryResult {
  readonly months: number;
  readonly all: Spread;
  readonly oneByScan: Spread;
}

/** All months from the cells, against three months by full scan: an early one, one in the middle, a late one. */
export async function measureHistory(registry: BenchRegistry): Promise<HistoryResult> {
  const { rows } = await registry.query('select count(*)::int as months from historical_deposit_months()');
  const all: number[] = [];
  const scans: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    all.push(await registry.time('select rebuild_historical_deposit_stats()'));
    if (round >= 3) continue;
    for (const month of ['2016-03-01', '2020-06-01', '2025-07-01']) {
      scans.push(await registry.time(`create temp table month_by_scan as ${monthByScan(month)}`));
    }
  }
  return { months: rows[0].months, all: spread(all), oneByScan: spread([median(scans), ...scans]) };
}
