import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  applyMigration,
  type RegistryTemplate,
  readMigrations,
  registryTemplate,
} from '../support/registry.ts';

const files = readMigrations();
const open: TestDatabase[] = [];
let template: RegistryTemplate;

async function database(from?: RegistryTemplate): Promise<TestDatabase> {
  const created = await createTestDatabase(from ? { template: from.name } : {});
  open.push(created);
  return created;
}

beforeAll(async () => {
  template = await registryTemplate('fixtures');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.drop()));
});
afterAll(() => template.drop());

async function contents(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query(
    `select s.last_value, (select json_agg(o order by id) from storage_options o) as options
     from storage_options_id_seq s`,
  );
  return rows;
}

describe('the registry files', () => {
  test('each file twice, and three times, changes nothing', async () => {
    const client = await (await database()).connect();
    for (const file of files) {
      await applyMigration(client, file);
      const once = [await catalogOf(client), await contents(client).catch(() => null)];
      await applyMigration(client, file);
      await applyMigration(client, file);
      expect([await catalogOf(client), await contents(client).catch(() => null)], file.name).toEqual(once);
    }
    expect(await catalogOf(client)).toContainEqual(expect.stringContaining('historical_deposit_stats'));
  });

  test('the whole set twice, over rows and refreshed statistics, changes nothing', async () => {
    const db = await database(template);
    const client = await db.connect();
    await client.query(
      `select update_counts(), update_current_deposit_stats(), populate_all_historical_deposit_stats()`,
    );
    const state = async () => [
      await catalogOf(client),
      await contents(client),
      await db.query('select * from current_deposit_stats order by institution_id, storage_option'),
    ];
    const before = await state();
    for (const file of files) await applyMigration(client, file);
    expect(await state()).toEqual(before);
  });

  test('a changed price survives a second run, and a removed option comes back', async () => {
    const db = await database(template);
    const client = await db.connect();
    await client.query(`update storage_options set cost_gb_per_month = 0.5 where name = 'Wasabi-VA'`);
    await client.query(`delete from storage_options where name = 'S3-OH'`).catch(() => {}); // referenced by fixtures
    await client.query(`delete from storage_options where name = 'Glacier-OR'`);
    for (const file of files) await applyMigration(client, file);
    expect(
      await db.query(
        `select name, cost_gb_per_month::float from storage_options where name in ('Wasabi-VA', 'Glacier-OR') order by 1`,
      ),
    ).toEqual([
      { name: 'Glacier-OR', cost_gb_per_month: 0.0036 },
      { name: 'Wasabi-VA', cost_gb_per_month: 0.5 },
    ]);
    expect(await db.query('select count(*)::int from storage_options')).toEqual([{ count: 13 }]);
  });

  test('every foreign key that a parent row may look for has an index, or its parent is never deleted', async () => {
    const rows = await (await database(template)).query<{ key: string }>(`
      select format('%s.%s', conrelid::regclass, a.attname) as key
      from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
      where c.contype = 'f' and not exists (
        select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])
      order by 1`);
    // Users, institutions and storage options are closed or retired, not deleted.
    expect(rows.map(({ key }) => key)).toEqual([
      'deletion_requests.cancelled_by_id',
      'deletion_requests.confirmed_by_id',
      'deletion_requests.requested_by_id',
      'generic_files.storage_option',
      'intellectual_objects.storage_option',
    ]);
  });
});

describe('what the tables refuse', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase({ template: template.name });
  });
  afterAll(() => db.drop());

  const refused: readonly (readonly [what: string, sql: string, sqlstate: string])[] = [
    ['a state that is not A or D', `update generic_files set state = 'X'`, '23514'],
    ['a negative size', `update generic_files set size = -1`, '23514'],
    ['a file of no object', `update generic_files set intellectual_object_id = 999999 where id = 1`, '23503'],
    ['an unknown storage option', `update generic_files set storage_option = 'Floppy' where id = 1`, '23503'],
    ['an option called Total', `update storage_options set name = 'Total' where name = 'S3-OR'`, '23514'],
    ['an unknown algorithm', `update checksums set algorithm = 'crc32' where id = 1`, '23514'],
    [
      'a second institution of one domain',
      `update institutions set identifier = 'oldmill.example.edu' where id = 2`,
      '23505',
    ],
    [
      'an institution below itself',
      `update institutions set member_institution_id = id where id = 2`,
      '23514',
    ],
    [
      'a request both confirmed and cancelled',
      `update deletion_requests set cancelled_by_id = 4, cancelled_at = now() where id = 1`,
      '23514',
    ],
    ['a confirmation by nobody', `update deletion_requests set confirmed_at = now() where id = 4`, '23514'],
    ['a changed event', `update premis_events set outcome = 'Success' where id = 1`, '55000'],
    ['a deleted event', `delete from premis_events where id = 1`, '55000'],
    [
      'an event changed by an upsert',
      `insert into premis_events select * from premis_events on conflict (id) do update set agent = 'me'`,
      '55000',
    ],
    [
      'an event deleted by a merge',
      `merge into premis_events e using institutions i on e.institution_id = i.id when matched then delete`,
      '55000',
    ],
    ['emptied events', `truncate premis_events, alerts_premis_events`, '55000'],
    ['emptied events with what refers to them', `truncate premis_events cascade`, '55000'],
    ['emptied events by way of a parent', `truncate generic_files cascade`, '55000'],
    ['emptied events by way of the institutions', `truncate institutions cascade`, '55000'],
    [
      'events emptied as if they were one of many',
      `truncate only checksums, storage_records, alerts_premis_events, premis_events`,
      '55000',
    ],
  ];

  test.each(refused)('%s', async (_what, sql, sqlstate) => {
    await expect(db.query(sql)).rejects.toMatchObject({ code: sqlstate });
  });

  test('emptied events: all stay, with what was to go along, and the message says what to do', async () => {
    const rows = () =>
      db.query(`select (select count(*)::int from premis_events) as events, (select count(*)::int from generic_files) as files,
        (select sum(row_count)::int from premis_event_cells) as counted`);
    await db.query('select update_counts()');
    const before = await rows();
    await expect(db.query('truncate intellectual_objects restart identity cascade')).rejects.toMatchObject({
      code: '55000',
      message: 'premis_events is append only: TRUNCATE refused',
      hint: 'Record a new event instead. The owner can disable the trigger premis_events_append_only for a repair.',
    });
    expect(await rows()).toEqual(before);
    expect(before).toEqual([
      { events: expect.any(Number), files: expect.any(Number), counted: before[0]?.events },
    ]);
    expect(before[0]?.events).toBeGreaterThan(10);
  });

  test('emptied events are possible for the owner who disables the trigger, as its hint says', async () => {
    const owner = await db.connect();
    await owner.query(`begin; alter table premis_events disable trigger premis_events_append_only;
      truncate premis_events cascade; alter table premis_events enable trigger premis_events_append_only`);
    expect((await owner.query('select count(*)::int from premis_events')).rows).toEqual([{ count: 0 }]);
    await owner.query('rollback');
  });

  test('a deleted work item leaves the institution that points to it', async () => {
    await db.query('update institutions set last_spot_restore_work_item_id = 20 where id = 4');
    await db.query('delete from work_items where id = 20');
    expect(
      await db.query('select last_spot_restore_work_item_id as id from institutions where id = 4'),
    ).toEqual([{ id: null }]);
  });
});
