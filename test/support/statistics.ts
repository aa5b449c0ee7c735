import type { TestDatabase } from './database.ts';

/** Rows that one query has and the other has not. Numbers compare by value, so 1.0 equals 1.00. */
export function difference(actual: string, expected: string): string {
  return `with actual as (${actual}), expected as (${expected})
    (select 'only actual', a::text from (table actual except all table expected) a)
    union all (select 'only expected', e::text from (table expected except all table actual) e)`;
}

export const depositColumns = `institution_id, member_institution_id, institution_name, storage_option, file_count, object_count,
  total_bytes, round(total_gb, 12), round(total_tb, 12), cost_gb_per_month, round(monthly_cost, 12), primary_sort, secondary_sort`;

/** Deposits by four plain GROUP BYs over a join of the base tables, one for each kind of row. */
export function plainDeposits(where = 'true'): string {
  const level = (institution: string, option: string, groupBy: string) => `
    select ${institution}, ${option},
      count(f.id), count(distinct f.intellectual_object_id), coalesce(sum(f.size), 0),
      round(coalesce(sum(f.size), 0) / 1073741824, 12), round(coalesce(sum(f.size), 0) / 1099511627776, 12),
      ${groupBy.includes('o.name') ? 'o.cost_gb_per_month' : 'null::numeric'},
      round(coalesce(sum(f.size * o.cost_gb_per_month), 0) / 1073741824, 12),
      ${groupBy.includes('i.id') ? 'i.name' : `'zzz'`}, ${groupBy.includes('o.name') ? 'o.name' : `'zzz'`}
    from generic_files f
    join institutions i on i.id = f.institution_id
    join storage_options o on o.name = f.storage_option
    where f.state = 'A' and ${where}
    ${groupBy && `group by ${groupBy}`}`;
  const one = 'i.id, i.member_institution_id, i.name';
  const all = `null::bigint, null::bigint, 'All Institutions'`;
  return [
    level(one, 'o.name', `${one}, o.name, o.cost_gb_per_month`),
    level(one, `'Total'`, one),
    level(all, 'o.name', 'o.name, o.cost_gb_per_month'),
    level(all, `'Total'`, ''),
  ].join('\nunion all\n');
}

/** One month of history (an SQL expression): the deposits of that instant, and zero rows for every combination without any. */
export function plainHistory(month: string): string {
  return `
    with deposits (institution_id, member_institution_id, institution_name, storage_option, files, objects, bytes, gb, tb, price, cost, s1, s2)
      as (${plainDeposits(`f.created_at < ${month}`)})
    select i.id, i.parent, i.name, o.name, coalesce(files, 0), coalesce(objects, 0), coalesce(bytes, 0), coalesce(gb, 0),
      coalesce(tb, 0), o.price, coalesce(cost, 0), i.sort, o.sort
    from (
      select id, member_institution_id, name, name from institutions
      union all select null, null, 'All Institutions', 'zzz') i (id, parent, name, sort)
    cross join (
      select name, cost_gb_per_month, name from storage_options union all select 'Total', null, 'zzz') o (name, price, sort)
    left join deposits d on d.institution_id is not distinct from i.id and d.storage_option = o.name`;
}

/** Counts for every subset of the key columns, each by a GROUP BY of its own. */
export function plainCounts(table: string, keys: readonly string[], withGrouping: boolean): string {
  return Array.from({ length: 2 ** keys.length }, (_, totals) => {
    const isTotal = (index: number) => (totals >> (keys.length - 1 - index)) % 2 === 1;
    const columns = keys.map((key, index) => (isTotal(index) ? `null as ${key}` : key));
    const groupBy = keys.filter((_key, index) => !isTotal(index));
    return `select ${columns.join(', ')}, count(*)${withGrouping ? `, ${totals}` : ''} from ${table}
      ${groupBy.length > 0 ? `group by ${groupBy.join(', ')}` : ''}`;
  }).reduce((left, right) => `(${right}) union all (${left})`);
}

export const counts = [
  { view: 'premis_event_counts', table: 'premis_events', keys: ['institution_id', 'event_type', 'outcome'] },
  { view: 'intellectual_object_counts', table: 'intellectual_objects', keys: ['institution_id', 'state'] },
  { view: 'generic_file_counts', table: 'generic_files', keys: ['institution_id', 'state'] },
  { view: 'work_item_counts', table: 'work_items', keys: ['institution_id', 'action'] },
];

/** Calls all three functions; each returns 1 for changed and 0 for nothing to do. */
export const refresh =
  'select update_counts() as counts, update_current_deposit_stats() as deposits, populate_all_historical_deposit_stats() as history';

/** What every statistic of a database says and a plain count of its tables does not, or the reverse. */
export async function wrongStatistics(db: Pick<TestDatabase, 'query'>): Promise<unknown[]> {
  const wrong = await db.query(
    difference(`select ${depositColumns} from current_deposit_stats`, plainDeposits()),
  );
  for (const { view, table, keys } of counts) {
    const grouping = view === 'premis_event_counts';
    const columns = [...keys, 'row_count', ...(grouping ? ['grouping_id'] : [])].join(', ');
    wrong.push(
      ...(await db.query(difference(`select ${columns} from ${view}`, plainCounts(table, keys, grouping)))),
    );
  }
  return wrong;
}

/**
 * The same for months of history, by default all of them. Slow: it counts the files once for each month that is the first to have
 * some. The months after it, until the next such one, must say the same.
 */
export function wrongMonths(db: Pick<TestDatabase, 'query'>, where = 'true'): Promise<unknown[]> {
  const actual = `select end_date, ${depositColumns} from historical_deposit_stats where end_date in (
    select month from historical_deposit_months() month where ${where})`;
  const columns = Array.from(depositColumns.matchAll(/\w+\(.*?\)|\w+/g), (_, index) => `c${index}`).join(
    ', ',
  );
  const expected = `
    with months as (
      select month, coalesce((select max(created_at) from generic_files where created_at < month), '-infinity') as newest
      from historical_deposit_months() month where ${where}),
    counted (newest, ${columns}) as (
      select newest, plain.* from (select newest, min(month) as first from months group by newest) step
      cross join lateral (${plainHistory('step.first')}) plain)
    select month, ${columns} from months join counted using (newest)`;
  return db.query(difference(actual, expected));
}
