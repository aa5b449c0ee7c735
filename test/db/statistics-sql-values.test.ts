import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  createRegistryTemplate,
  loadFixtures,
  type RegistryTemplate,
  registryTemplate,
  seed,
} from '../support/registry.ts';
import {
  counts,
  depositColumns,
  difference,
  plainCounts,
  plainDeposits,
  plainHistory,
  refresh,
} from '../support/statistics.ts';

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
    title: '5,000 seeded files',
    fill: (client) => seed(client, 5_000),
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
    expect(await db.query(difference(actual, plainHistory(`timestamp '${month}'`)))).toEqual([]);
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
    template = await registryTemplate('fixtures');
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
