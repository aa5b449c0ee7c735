import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  applyMigration,
  createRegistryTemplate,
  loadFixtures,
  type RegistryTemplate,
  readMigrations,
} from '../support/registry.ts';
import { refresh, wrongMonths, wrongStatistics } from '../support/statistics.ts';

const older = readMigrations().filter(({ name }) => name < '014');
const newer = readMigrations().filter(({ name }) => name > '014' && name < '026');
let template: RegistryTemplate;
let db: TestDatabase;

beforeAll(async () => {
  template = await createRegistryTemplate(async (client) => {
    await loadFixtures(client);
    await client.query(refresh);
  }, older);
});
afterAll(() => template.drop());
beforeEach(async () => {
  db = await createTestDatabase({ template: template.name });
});
afterEach(() => db.drop());

const names = [
  'current_deposit_stats',
  'premis_event_counts',
  'intellectual_object_counts',
  'generic_file_counts',
  'work_item_counts',
  'storage_option_stats',
  'historical_deposit_stats',
];
const contents = async () => {
  const found: Record<string, unknown> = {};
  // Of the long one a digest: its rows are fifteen thousand.
  for (const name of names)
    found[name] = await db.query(
      name === 'historical_deposit_stats'
        ? `select count(*), sum(hashtextextended(s::text, 0)::numeric) as digest from ${name} s`
        : `select * from ${name} s order by s::text`,
    );
  return found;
};
const columns = () =>
  db.query(
    `select attrelid::regclass::text as statistic, attnum, attname, format_type(atttypid, atttypmod) as type
    from pg_attribute where attnum > 0 and attrelid::regclass::text = any ($1) order by 1, 2`,
    [names],
  );
const newFile = (name: string) =>
  `insert into generic_files (identifier, size, intellectual_object_id, institution_id) values ('${name}', 1000, 1, 2)`;

test('names, columns, types and contents are what they were, file after file', async () => {
  const client = await db.connect();
  const before = [await columns(), await contents()];
  for (const file of newer) {
    await applyMigration(client, file);
    expect([await columns(), await contents()], file.name).toEqual(before);
  }
  // The first call counts, and finds what the last refresh found.
  expect(await db.query(refresh)).toEqual([{ counts: 0, deposits: 0, history: 0 }]);
  expect(await contents()).toEqual(before[1]);
  expect(await db.query('select * from audit_statistics()')).toEqual([]);
  await db.query(newFile('new'));
  expect(await db.query(refresh)).toEqual([{ counts: 1, deposits: 1, history: 0 }]);
  expect(await wrongStatistics(db)).toEqual([]);
});

test('a database whose statistics were never refreshed', async () => {
  const empty = await createRegistryTemplate(loadFixtures, older);
  const fresh = await createTestDatabase({ template: empty.name });
  try {
    const client = await fresh.connect();
    for (const file of newer) await applyMigration(client, file);
    expect(await fresh.query('select * from current_deposit_stats')).toEqual([]);
    expect(await fresh.query(refresh)).toEqual([{ counts: 1, deposits: 1, history: 1 }]);
    expect(await wrongStatistics(fresh)).toEqual([]);
    expect(await wrongMonths(fresh)).toEqual([]);
  } finally {
    await fresh.drop();
    await empty.drop();
  }
});

test('clients write and read all the while, and nothing is lost', async () => {
  let installing = true;
  let longestMs = 0;
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    longestMs = Math.max(longestMs, performance.now() - began);
  };
  const writers = [1, 2, 3].map(async (number) => {
    const client = await db.connect();
    for (let k = 0; installing; k++) {
      await timed(() => client.query(newFile(`w-${number}-${k}`)));
      await timed(() =>
        client.query(
          `update generic_files set state = case state when 'A' then 'D' else 'A' end where id = ${1 + ((k * number) % 40)}`,
        ),
      );
    }
  });
  const reader = db.connect().then(async (client) => {
    while (installing) {
      const { rows } = await client.query(
        `select file_count from current_deposit_stats where institution_id is null and storage_option = 'Total'`,
      );
      expect(rows).toHaveLength(1);
    }
  });
  const client = await db.connect();
  for (const file of newer) await applyMigration(client, file);
  for (let k = 0; k < 5; k++) await client.query(refresh);
  expect((await client.query('select * from audit_statistics()')).rows).toEqual([]);
  installing = false;
  await Promise.all([...writers, reader]);
  await db.query(refresh);
  expect(await wrongStatistics(db)).toEqual([]);
  expect(longestMs).toBeLessThan(2000);
});

test('a file that is interrupted leaves everything as it was', async () => {
  const client = await db.connect();
  const objects = `select string_agg(relname || relkind::text, ',' order by relname) as all from pg_class where relnamespace = 'public'::regnamespace`;
  for (const file of newer) {
    const before = [await db.query(objects), await contents()];
    await client.query('begin');
    await client.query(file.sql);
    await client.query('rollback');
    expect([await db.query(objects), await contents()], file.name).toEqual(before);
    await applyMigration(client, file);
  }
});

test('who could read a statistic still can', async () => {
  const role = `reader_${randomBytes(6).toString('hex')}`;
  const client = await db.connect();
  await client.query(`create role ${role}`);
  try {
    for (const name of names) await client.query(`grant select on ${name} to ${role}`);
    await client.query('grant select on work_item_counts to public');
    for (const file of newer) await applyMigration(client, file);
    await client.query(`set role ${role}`);
    for (const name of names) await client.query(`select * from ${name}`);
    await expect(client.query('select * from deposit_cells')).rejects.toMatchObject({ code: '42501' });
    await client.query('reset role');
    expect(
      await db.query(`select has_table_privilege('pg_monitor', 'work_item_counts', 'select') as all_can`),
    ).toEqual([{ all_can: true }]);
  } finally {
    await client.query(`reset role; drop owned by ${role}; drop role ${role}`);
  }
});

test("somebody's own view of a statistic is not dropped with it: the file fails, says which, and leaves all as it was", async () => {
  await db.query('create view my_report as select * from premis_event_counts');
  const client = await db.connect();
  const failing = newer.findIndex(({ name }) => name.includes('counts_from_cells'));
  for (const file of newer.slice(0, failing)) await applyMigration(client, file);
  const file = newer[failing];
  if (!file) throw new Error('There is no such file any more.');
  await expect(applyMigration(client, file)).rejects.toMatchObject({
    cause: { code: '2BP01', detail: expect.stringContaining('my_report') },
  });
  expect(await db.query(`select count(*) > 0 as ok from my_report`)).toEqual([{ ok: true }]);
  await db.query('drop view my_report');
  for (const left of newer.slice(failing)) await applyMigration(client, left);
  expect(await db.query(refresh)).toEqual([{ counts: 0, deposits: 0, history: 0 }]);
});
