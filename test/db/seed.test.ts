import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fixtureCopySql } from '../../lib/registry/fixtures/copy.ts';
import { planFixtures } from '../../lib/registry/fixtures/plan.ts';
import { resetSequencesSql } from '../../lib/registry/fixtures/sequences.ts';
import { seedSteps } from '../../lib/registry/seed/seed.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type RegistryTemplate, registryTemplate, seed } from '../support/registry.ts';

let template: RegistryTemplate;
const open: TestDatabase[] = [];

async function database(): Promise<{ db: TestDatabase; client: pg.Client }> {
  const db = await createTestDatabase({ template: template.name });
  open.push(db);
  return { db, client: await db.connect() };
}

beforeAll(async () => {
  template = await registryTemplate('fixtures');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.drop()));
});
afterAll(() => template.drop());

const tables = [
  'institutions',
  'users',
  'intellectual_objects',
  'generic_files',
  'checksums',
  'storage_records',
  'premis_events',
  'work_items',
  'internal_metadata',
];

async function hashes(client: pg.Client): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await client.query(
      `select md5(string_agg(t::text, '|' order by id)) as hash from ${table} t`,
    );
    found[table] = rows[0].hash;
  }
  return found;
}

describe('the steps of a seed', () => {
  test('cover the files in pieces and name them', () => {
    expect(seedSteps(45_000).map(({ title, files }) => `${title}: ${files}`)).toEqual([
      'institutions and users: 0',
      'files 1 to 20000: 20000',
      'files 20001 to 40000: 40000',
      'files 40001 to 45000: 45000',
      'planner statistics: 45000',
    ]);
    expect(seedSteps(0).map(({ title }) => title)).toEqual(['institutions and users', 'planner statistics']);
  });

  test('are one statement each, which does not depend on chance or on the clock', () => {
    for (const { sql } of seedSteps(1))
      expect(sql).not.toMatch(/random\(|gen_random|now\(|current_|clock_timestamp/);
  });
});

describe('seeded rows', () => {
  test('are the same in two databases', async () => {
    const [one, other] = [await database(), await database()];
    await Promise.all([seed(one.client, 2500), seed(other.client, 2500)]);
    expect(await hashes(one.client)).toEqual(await hashes(other.client));
  });

  test('come in addition to what is there, and again in addition to those', async () => {
    const { db, client } = await database();
    const count = async () =>
      (
        await db.query(
          'select count(*)::int as files, count(distinct identifier)::int as names from generic_files',
        )
      )[0];
    expect(await count()).toEqual({ files: 56, names: 56 });
    await seed(client, 1500);
    expect(await count()).toEqual({ files: 1556, names: 1556 });
    // The application goes on in between.
    await client.query(
      `insert into generic_files (identifier, intellectual_object_id, institution_id) values ('by-hand', 1, 2)`,
    );
    await seed(client, 700);
    expect(await count()).toEqual({ files: 2257, names: 2257 });
    expect(await db.query(`select count(*)::int from institutions where identifier like 'seed-%'`)).toEqual([
      { count: 30 },
    ]);
  });

  test('do not need sequences that are right', async () => {
    const { db, client } = await database();
    await client.query(`select setval(pg_get_serial_sequence('generic_files', 'id'), 1, false)`);
    await seed(client, 10);
    expect(await db.query('select count(*)::int, max(id)::int from generic_files')).toEqual([
      { count: 66, max: 66 },
    ]);
  });

  test('fit together and look like a registry', async () => {
    const { db, client } = await database();
    await seed(client, 9000);
    const [facts] = await db.query(`
      select count(*)::int as files,
        count(*) filter (where f.institution_id <> o.institution_id or f.created_at < o.created_at)::int as wrong,
        count(*) filter (where f.created_at < '2014-01-01' or f.updated_at >= '2025-07-01')::int as out_of_time,
        count(distinct f.storage_option)::int as options,
        count(distinct f.institution_id) > 20 as many_institutions,
        count(*) filter (where f.state = 'D') between 100 and 3000 as some_deleted,
        count(*) filter (where f.size is null) between 1 and 20 as few_without_size,
        count(distinct f.intellectual_object_id)::int as objects,
        (select count(*)::int from checksums c where c.generic_file_id > 56) as checksums,
        (select count(*)::int from storage_records r where r.generic_file_id > 56) as records,
        (select count(*) / 9000.0 between 1.2 and 1.5 from premis_events e where e.generic_file_id > 56) as events
      from generic_files f join intellectual_objects o on o.id = f.intellectual_object_id where f.id > 56`);
    expect(facts).toEqual({
      files: 9000,
      wrong: 0,
      out_of_time: 0,
      options: 13,
      many_institutions: true,
      some_deleted: true,
      few_without_size: true,
      objects: 315,
      checksums: 18_000,
      records: 9000,
      events: true,
    });
  });
});

describe('loading fixtures', () => {
  test('a file name gives the table, the header gives the columns', () => {
    const [first, second] = planFixtures(['09_deletion_requests_generic_files.csv', '11_work_items.csv']);
    expect(first?.table).toBe('deletion_requests_generic_files');
    expect(second && fixtureCopySql(second, Buffer.from('id,user\r\n1,x\n'))).toBe(
      'copy "work_items" ("id", "user") from stdin with (format csv, header true)',
    );
  });

  test('sequences go on behind the highest id, and at 1 in an empty table', async () => {
    const { db, client } = await database();
    await client.query('delete from internal_metadata');
    await client.query(resetSequencesSql());
    await client.query(
      `insert into users (name, email, institution_id) values ('New', 'new@example.org', 1)`,
    );
    await client.query(`insert into internal_metadata (key, value) values ('k', 'v')`);
    expect(
      await db.query(
        `select (select max(id)::int from users) as users, (select max(id)::int from internal_metadata) as facts`,
      ),
    ).toEqual([{ users: 12, facts: 1 }]);
  });
});
