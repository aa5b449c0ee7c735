import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type RegistryTemplate, registryTemplate } from '../support/registry.ts';

let template: RegistryTemplate;
let db: TestDatabase;

beforeAll(async () => {
  template = await registryTemplate('fixtures');
  db = await createTestDatabase({ template: template.name });
});
afterAll(async () => {
  await db.drop();
  await template.drop();
});

test.each([
  ['institutions_view', 'institutions'],
  ['users_view', 'users'],
  ['intellectual_objects_view', 'intellectual_objects'],
  ['generic_files_view', 'generic_files'],
  ['checksums_view', 'checksums'],
  ['premis_events_view', 'premis_events'],
  ['work_items_view', 'work_items'],
  ['deletion_requests_view', 'deletion_requests'],
])('%s has one row for each row of %s', async (view, table) => {
  const [counts] = await db.query(
    `select (select count(*)::int from ${view}) as seen, (select count(distinct id)::int from ${view}) as different,
       (select count(*)::int from ${table}) as stored`,
  );
  expect(counts?.stored).toBeGreaterThan(0);
  expect(counts).toEqual({
    seen: counts?.stored,
    different: counts?.stored,
    stored: counts?.stored,
  });
});

test('generic_files_view shows the newest digest of each algorithm', async () => {
  // File 1 was replaced in 2020; of two digests of one instant the later row counts.
  await db.query(`insert into checksums (generic_file_id, algorithm, digest, datetime) values
    (2, 'sha1', 'first', '2021-01-01'), (2, 'sha1', 'second', '2021-01-01'), (2, 'sha1', 'older', '2019-01-01')`);
  const rows = await db.query(`
    select v.id::int, v.object_identifier, v.institution_identifier, v.sha1, v.sha512,
      v.md5 = (select digest from checksums where generic_file_id = v.id and algorithm = 'md5' and datetime = '2020-02-29 12:00') as md5_of_2020
    from generic_files_view v where v.id in (1, 2) order by v.id`);
  const place = {
    object_identifier: 'northernlakes.example.edu/campus-photographs-1890',
    institution_identifier: 'northernlakes.example.edu',
  };
  expect(rows).toEqual([
    { id: 1, ...place, sha1: null, sha512: null, md5_of_2020: true },
    { id: 2, ...place, sha1: 'second', sha512: null, md5_of_2020: true },
  ]);
});

test('intellectual_objects_view counts and adds up active files only', async () => {
  const rows = await db.query(`
    select o.id, v.file_count = count(f.id) as count_right, v.size = coalesce(sum(f.size), 0) as size_right
    from intellectual_objects o
    join intellectual_objects_view v on v.id = o.id
    left join generic_files f on f.intellectual_object_id = o.id and f.state = 'A'
    group by o.id, v.file_count, v.size`);
  expect(rows).toHaveLength(14);
  expect(rows.filter((row) => !(row.count_right && row.size_right))).toEqual([]);
  expect(
    await db.query(
      'select file_count::int, size::int from intellectual_objects_view where id in (4, 14) order by id',
    ),
  ).toEqual([
    { file_count: 3, size: 0 }, // sizes not known
    { file_count: 0, size: 0 }, // all files deleted
  ]);
});

test('institutions_view names the parent', async () => {
  expect(
    await db.query('select name, parent_name from institutions_view where id in (2, 4, 5) order by id'),
  ).toEqual([
    { name: 'Northern Lakes University', parent_name: null },
    { name: 'City Museum', parent_name: 'Northern Lakes University' },
    { name: 'City Museum', parent_name: 'Harbor State University' },
  ]);
});

test('alerts_view has a row for each recipient, deletion_requests_view counts what is to go', async () => {
  expect(
    await db.query(
      'select id::int, user_id::int, read_at is not null as read from alerts_view where id in (2, 5) order by 1, 2',
    ),
  ).toEqual(
    [
      { id: 2, user_id: 4, read: false },
      { id: 2, user_id: 5, read: false },
      { id: 5, user_id: 1, read: false },
    ].map((row) => ({ ...row, read: row.id === 2 && row.user_id === 4 })),
  );
  expect(
    await db.query(
      'select id::int, file_count::int, object_count::int, work_item_count::int from deletion_requests_view order by id',
    ),
  ).toEqual([
    { id: 1, file_count: 0, object_count: 1, work_item_count: 1 },
    { id: 2, file_count: 2, object_count: 0, work_item_count: 2 },
    { id: 3, file_count: 1, object_count: 0, work_item_count: 0 },
    { id: 4, file_count: 0, object_count: 1, work_item_count: 0 },
  ]);
});

test('no view shows a password, a token or another secret', async () => {
  expect(
    await db.query(`
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and column_name ~ 'encrypted|token|otp_backup|secret'
      and table_name in (select table_name from information_schema.views where table_schema = 'public')`),
  ).toEqual([]);
});

test('a page of files is answered from indexes, and counting them reads no checksums', async () => {
  const plan = async (sql: string) => JSON.stringify(await db.query(`explain (format json) ${sql}`));
  await db.query('set enable_seqscan = off');
  expect(await plan('select * from generic_files_view order by id limit 20')).toContain(
    'checksums_newest_idx',
  );
  expect(await plan('select count(*) from generic_files_view')).not.toContain('checksums');
  await db.query('reset enable_seqscan');
});
