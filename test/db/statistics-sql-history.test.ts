import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createRegistryTemplate, loadFixtures, type RegistryTemplate } from '../support/registry.ts';

let template: RegistryTemplate;
let db: TestDatabase;

beforeAll(async () => {
  template = await createRegistryTemplate(async (client) => {
    await loadFixtures(client);
    await client.query('select populate_all_historical_deposit_stats()');
  });
});
afterAll(() => template.drop());
beforeEach(async () => {
  db = await createTestDatabase({ template: template.name });
});
afterEach(() => db.drop());

const populate = async () =>
  (await db.query('select populate_all_historical_deposit_stats() as result'))[0]?.result;
const fingerprint = async (where = 'true') =>
  (
    await db.query(
      `select md5(string_agg(h::text, '|' order by h::text)) as hash from historical_deposit_stats h where ${where}`,
    )
  )[0]?.hash;
const filesAt = async (month: string) =>
  (
    await db.query(
      `select file_count::int as files, total_bytes::text as bytes, monthly_cost::float as cost from historical_deposit_stats
       where end_date = $1 and institution_id = 3 and storage_option = 'Wasabi-VA'`,
      [month],
    )
  )[0];

const lateFile = `insert into generic_files (identifier, size, intellectual_object_id, institution_id, storage_option, created_at)
  values ('late', 1073741824, 6, 3, 'Wasabi-VA', '2018-03-31 23:59:59.999999')`;

test('a month once written is frozen', async () => {
  const before = await fingerprint();
  await db.query(lateFile);
  await db.query(`update storage_options set cost_gb_per_month = 9`);
  await db.query(`update institutions set name = 'Renamed'`);
  await db.query(`update generic_files set state = 'D' where id < 20`);
  expect(await populate()).toBe(0);
  expect(await fingerprint()).toBe(before);
});

test('a missing month is written, by itself', async () => {
  await db.query(lateFile);
  await db.query(`delete from historical_deposit_stats where end_date in ('2018-04-01', '2019-01-01')`);
  const others = await fingerprint(`end_date not in ('2018-04-01', '2019-01-01')`);
  expect(await populate()).toBe(1);
  expect(await fingerprint(`end_date not in ('2018-04-01', '2019-01-01')`)).toBe(others);
  expect((await filesAt('2018-03-01'))?.files).toBe(3);
  expect((await filesAt('2018-04-01'))?.files).toBe(4);
  expect((await filesAt('2018-05-01'))?.files).toBe(3); // frozen without the late file
  expect((await filesAt('2019-01-01'))?.files).toBe(4);
  expect(await populate()).toBe(0);
});

test('a rebuild replaces the months from the given one on', async () => {
  await db.query(lateFile);
  await db.query(`update storage_options set cost_gb_per_month = 9`);
  const before = await fingerprint(`end_date < '2020-01-01'`);
  await db.query(`select rebuild_historical_deposit_stats('2020-01-15')`);
  expect(await fingerprint(`end_date < '2020-01-01'`)).toBe(before);
  expect((await filesAt('2019-12-01'))?.files).toBe(3);
  const bytes = 3 * 17 * 2 ** 20 + 53 * (1 + 2 + 3) + 2 ** 30;
  expect(await filesAt('2020-01-01')).toEqual({
    files: 4,
    bytes: `${bytes}`,
    cost: expect.closeTo((bytes / 2 ** 30) * 9, 9),
  });

  await db.query('select rebuild_historical_deposit_stats()');
  expect((await filesAt('2018-03-01'))?.files).toBe(3);
  expect((await filesAt('2018-05-01'))?.files).toBe(4);
  expect(await populate()).toBe(0);
});

test('an institution that came later has zero rows after a rebuild', async () => {
  await db.query(`insert into institutions (name, identifier) values ('New College', 'new.example.edu')`);
  await db.query('select rebuild_historical_deposit_stats()');
  expect(
    await db.query(`select count(distinct end_date)::int > 140 as every_month, count(distinct storage_option)::int as options, sum(file_count)::int as files
      from historical_deposit_stats where institution_name = 'New College'`),
  ).toEqual([{ every_month: true, options: 14, files: 0 }]);
});

test('while one run is at work another leaves at once, and a rebuild waits', async () => {
  const [first, second] = [await db.connect(), await db.connect()];
  await db.query(`delete from historical_deposit_stats where end_date = '2019-01-01'`);
  await first.query('begin');
  expect((await first.query('select populate_all_historical_deposit_stats() as r')).rows).toEqual([{ r: 1 }]);
  await second.query(`set statement_timeout = '2s'`);
  expect((await second.query('select populate_all_historical_deposit_stats() as r')).rows).toEqual([
    { r: 0 },
  ]);
  const rebuilt = second.query('select rebuild_historical_deposit_stats() as r');
  await first.query('commit');
  expect((await rebuilt).rows).toEqual([{ r: 1 }]);
});
