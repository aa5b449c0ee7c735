import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createRegistryTemplate, loadFixtures, type RegistryTemplate, seed } from '../support/registry.ts';

/** Rows that one query has and the other has not. Numbers compare by value, so 1.0 equals 1.00. */
function difference(actual: string, expected: string): string {
  return `with actual as (${actual}), expected as (${expected})
    (select 'only actual', a::text from (table actual except all table expected) a)
    union all (select 'only expected', e::text from (table expected except all table actual) e)`;
}

const depositColumns = `institution_id, member_institution_id, institution_name, storage_option, file_count, object_count,
  total_bytes, round(total_gb, 12), round(total_tb, 12), cost_gb_per_month, round(monthly_cost, 12), primary_sort, secondary_sort`;

/** Deposits by four plain GROUP BYs over a join of the base tables, one for each kind of row. */
function plainDeposits(where = 'true'): string {
  const level = (institution: string, option: string, groupBy: string) => `
    select ${institution}, ${option},
      count(f.id), count(distinct f.intellectual_object_id), coalesce(sum(f.size), 0),
      round(coalesce(sum(f.size), 0) / 1024 / 1024 / 1024, 12), round(coalesce(sum(f.size), 0) / 1024 / 1024 / 1024 / 1024, 12),
      ${groupBy.includes('o.name') ? 'o.cost_gb_per_month' : 'null::numeric'},
      round(coalesce(sum(f.size * o.cost_gb_per_month), 0) / 1024 / 1024 / 1024, 12),
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

/** One month of history: the deposits of that instant, and zero rows for every combination without any. */
function plainHistory(month: string): string {
  return `
    with deposits (institution_id, member_institution_id, institution_name, storage_option, files, objects, bytes, gb, tb, price, cost, s1, s2)
      as (${plainDeposits(`f.created_at < timestamp '${month}'`)})
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
function plainCounts(table: string, keys: readonly string[], withGrouping: boolean): string {
  return Array.from({ length: 2 ** keys.length }, (_, totals) => {
    const isTotal = (index: number) => (totals >> (keys.length - 1 - index)) % 2 === 1;
    const columns = keys.map((key, index) => (isTotal(index) ? `null as ${key}` : key));
    const groupBy = keys.filter((_key, index) => !isTotal(index));
    return `select ${columns.join(', ')}, count(*)${withGrouping ? `, ${totals}` : ''} from ${table}
      ${groupBy.length > 0 ? `group by ${groupBy.join(', ')}` : ''}`;
  }).reduce((left, right) => `(${right}) union all (${left})`);
}

const counts = [
  { view: 'premis_event_counts', table: 'premis_events', keys: ['institution_id', 'event_type', 'outcome'] },
  { view: 'intellectual_object_counts', table: 'intellectual_objects', keys: ['institution_id', 'state'] },
  { view: 'generic_file_counts', table: 'generic_files', keys: ['institution_id', 'state'] },
  { view: 'work_item_counts', table: 'work_items', keys: ['institution_id', 'action'] },
];

const refresh =
  'select update_counts() as counts, update_current_deposit_stats() as deposits, populate_all_historical_deposit_stats() as history';

/** The same fixtures, made awkward: sizes unknown, several versions of a price, events without an outcome. */
const arms: { title: string; fill: Parameters<typeof createRegistryTemplate>[0]; months: string[] }[] = [
  { title: 'no rows at all', fill: async () => {}, months: ['2014-01-01', '2020-05-01'] },
  {
    title: 'the fixtures',
    fill: loadFixtures,
    // Files of the fixtures were created at the very instants 2014-02-01, 2016-09-01 (09:30) and 2023-01-01.
    months: [
      '2014-01-01',
      '2014-02-01',
      '2014-03-01',
      '2016-09-01',
      '2016-10-01',
      '2023-01-01',
      '2023-02-01',
      '2026-11-01',
    ],
  },
  {
    title: '100,000 seeded files',
    fill: (client) => seed(client, 100_000),
    months: ['2014-01-01', '2014-02-01', '2017-06-01', '2021-11-01', '2026-11-01'],
  },
];

describe.each(arms)('statistics equal a plain GROUP BY over $title', ({ fill, months }) => {
  let template: RegistryTemplate;
  let db: TestDatabase;

  beforeAll(async () => {
    template = await createRegistryTemplate(fill);
    db = await createTestDatabase({ template: template.name });
    expect(await db.query(refresh)).toEqual([{ counts: 1, deposits: 1, history: 1 }]);
  });
  afterAll(async () => {
    await db.drop();
    await template.drop();
  });

  test('current_deposit_stats', async () => {
    expect(
      await db.query(difference(`select ${depositColumns} from current_deposit_stats`, plainDeposits())),
    ).toEqual([]);
  });

  test.each(counts)('$view', async ({ view, table, keys }) => {
    const grouping = view === 'premis_event_counts';
    const columns = [...keys, 'row_count', ...(grouping ? ['grouping_id'] : [])].join(', ');
    expect(
      await db.query(difference(`select ${columns} from ${view}`, plainCounts(table, keys, grouping))),
    ).toEqual([]);
  });

  test.each(months)('historical_deposit_stats of %s', async (month) => {
    const actual = `select ${depositColumns} from historical_deposit_stats where end_date = '${month}'`;
    expect(await db.query(difference(actual, plainHistory(month)))).toEqual([]);
  });

  test('there is a month for every first of a month since 2014, each with every combination', async () => {
    const [row] = await db.query(`
      select count(*)::int as rows, count(distinct end_date)::int as months, min(end_date)::text as first, max(end_date) <= now() at time zone 'utc' as past,
        max(end_date) + interval '1 month' > now() at time zone 'utc' as complete,
        ((select count(*) + 1 from institutions) * 14 * (12 * (extract(year from now() at time zone 'utc') - 2014) + extract(month from now() at time zone 'utc')))::int as expected
      from historical_deposit_stats`);
    expect(row).toMatchObject({
      rows: row?.expected,
      first: '2014-01-01 00:00:00',
      past: true,
      complete: true,
    });
  });
});

describe('rows that are easily confused', () => {
  let template: RegistryTemplate;
  let db: TestDatabase;

  beforeAll(async () => {
    template = await createRegistryTemplate(loadFixtures);
    db = await createTestDatabase({ template: template.name });
    await db.query(refresh);
  });
  afterAll(async () => {
    await db.drop();
    await template.drop();
  });

  test('two institutions of one name stay apart', async () => {
    expect(
      await db.query(`select institution_id::int as id, member_institution_id::int as parent, institution_name as name, file_count::int as files
        from current_deposit_stats where institution_name = 'City Museum' and storage_option = 'Total' order by 1`),
    ).toEqual([
      { id: 4, parent: 2, name: 'City Museum', files: 6 },
      { id: 5, parent: 3, name: 'City Museum', files: 10 },
    ]);
  });

  test('an unknown outcome is not the total of all outcomes', async () => {
    expect(
      await db.query(`select outcome, grouping_id, row_count::int from premis_event_counts
        where institution_id = 2 and event_type = 'fixity check' order by grouping_id, outcome`),
    ).toEqual([
      { outcome: 'Success', grouping_id: 0, row_count: 15 },
      { outcome: null, grouping_id: 0, row_count: 2 },
      { outcome: null, grouping_id: 1, row_count: 17 },
    ]);
  });

  test('files of unknown size count as files of no bytes', async () => {
    expect(
      await db.query(`select file_count::int, object_count::int, total_bytes::int, total_gb::float, monthly_cost::float
        from current_deposit_stats where institution_id = 2 and storage_option = 'Glacier-Deep-OR'`),
    ).toEqual([{ file_count: 3, object_count: 1, total_bytes: 0, total_gb: 0, monthly_cost: 0 }]);
  });

  test('an object whose files lie in two options counts once in the total', async () => {
    expect(
      await db.query(
        `select storage_option, object_count::int from current_deposit_stats where institution_id = 2 order by secondary_sort`,
      ),
    ).toEqual([
      { storage_option: 'Glacier-Deep-OR', object_count: 1 },
      { storage_option: 'S3-VA', object_count: 2 },
      { storage_option: 'Standard', object_count: 2 },
      { storage_option: 'Total', object_count: 4 },
    ]);
  });

  test('totals come last in the order of the two sort columns, and a total costs what its parts cost', async () => {
    const rows = await db.query(`select institution_name, storage_option from current_deposit_stats
      order by primary_sort collate "C", institution_id, secondary_sort collate "C"`);
    expect(rows.at(-1)).toEqual({ institution_name: 'All Institutions', storage_option: 'Total' });
    const [cost] = await db.query(`
      select round(sum(monthly_cost) filter (where institution_id is not null and storage_option <> 'Total'), 12)::text as parts,
        round(sum(monthly_cost) filter (where institution_id is null and storage_option = 'Total'), 12)::text as total,
        bool_and((cost_gb_per_month is null) = (storage_option = 'Total')) as priced
      from current_deposit_stats`);
    expect(cost).toEqual({ parts: cost?.total, total: cost?.total, priced: true });
    expect(Number(cost?.total)).toBeGreaterThan(0.1);
  });

  test('storage_option_stats lists every option, the unused ones with zeros', async () => {
    const rows = await db.query(
      'select name, file_count::int, total_gb::float from storage_option_stats order by id',
    );
    expect(rows).toHaveLength(13);
    expect(rows.find(({ name }) => name === 'Wasabi-OR')).toEqual({
      name: 'Wasabi-OR',
      file_count: 0,
      total_gb: 0,
    });
    expect(rows.find(({ name }) => name === 'Standard')).toMatchObject({ file_count: 23 });
  });
});
