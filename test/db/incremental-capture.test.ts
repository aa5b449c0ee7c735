import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { copyFrom, type RegistryTemplate, registryTemplate } from '../support/registry.ts';
import { refresh, wrongMonths, wrongStatistics } from '../support/statistics.ts';

let template: RegistryTemplate;
let db: TestDatabase;

beforeAll(async () => {
  template = await registryTemplate('refreshed');
});
afterAll(() => template.drop());
beforeEach(async () => {
  db = await createTestDatabase({ template: template.name });
});
afterEach(() => db.drop());

/** Nothing is wrong before the changes are folded, and nothing after it. */
async function expectExact(): Promise<void> {
  expect(await db.query('select * from audit_statistics()')).toEqual([]);
  await db.query(refresh);
  expect(await db.query('select * from audit_statistics()')).toEqual([]);
  expect(await wrongStatistics(db)).toEqual([]);
}
const files = (values: string) =>
  `insert into generic_files (identifier, size, intellectual_object_id, institution_id, storage_option, state, created_at) values ${values}`;
const one = files(`('n1', 7, 1, 2, 'Wasabi-TX', 'A', '2019-05-05')`);
/** CASCADE would empty the institutions too. */
const truncate = `do $$ declare r record; begin
  for r in select conrelid::regclass as t, conname from pg_constraint where confrelid = 'generic_files'::regclass
  loop execute format('alter table %s drop constraint %I', r.t, r.conname); end loop;
  truncate generic_files; end $$`;
const withoutFile = (id: number) => `
  alter table premis_events disable trigger premis_events_append_only;
  delete from premis_events where generic_file_id = ${id};
  alter table premis_events enable trigger premis_events_append_only;
  delete from storage_records where generic_file_id = ${id}; delete from checksums where generic_file_id = ${id};
  delete from deletion_requests_generic_files where generic_file_id = ${id};
  delete from work_items where generic_file_id = ${id}; delete from generic_files where id = ${id}`;

const writes: readonly (readonly [what: string, ...sql: string[]])[] = [
  ['an insert', one],
  [
    'an insert of many',
    files(`('n1', 7, 1, 2, 'S3-OH', 'A', now()), ('n2', null, 2, 2, 'S3-OH', 'D', now())`),
  ],
  [
    'an insert of none',
    `insert into generic_files (identifier, intellectual_object_id, institution_id)
    select 'x', 1, 2 where false`,
  ],
  ['sizes that are all unknown', `update generic_files set size = null`],
  ['the largest sizes there are', `update generic_files set size = 9223372036854775807`],
  ['a deletion by state', `update generic_files set state = 'D' where id % 2 = 0`],
  ['a return', `update generic_files set state = 'A'`],
  ['a deleted row', withoutFile(3)],
  [
    'a file that moves to another option',
    `update generic_files set storage_option = 'Wasabi-OR' where id % 3 = 0`,
  ],
  [
    'a file that moves to another object',
    `update generic_files set intellectual_object_id = 6, institution_id = 3 where id = 1`,
  ],
  ['a file that moves to another institution', `update generic_files set institution_id = 4 where id < 9`],
  [
    'a file that moves to another month',
    `update generic_files set created_at = created_at - interval '2 years'`,
  ],
  [
    'a file of a year long ago, and of one to come',
    files(`('n1', 7, 1, 2, 'S3-OH', 'A', '0200-01-01 BC'), ('n2', 7, 2, 2, 'S3-OH', 'A', '2999-01-01')`),
  ],
  [
    'the beginning and the end of time',
    files(`('n1', 7, 1, 2, 'S3-OH', 'A', '-infinity'), ('n2', 7, 2, 2, 'S3-OH', 'A', 'infinity')`),
  ],
  [
    'moving there and back',
    `update generic_files set storage_option = 'Wasabi-OR' where storage_option = 'Standard'`,
    `update generic_files set storage_option = 'Standard' where storage_option = 'Wasabi-OR'`,
  ],
  [
    'an upsert that inserts and updates',
    `insert into generic_files (id, identifier, size, intellectual_object_id, institution_id)
    overriding system value select k, 'u' || k, 5, 1, 2 from generate_series(45, 55) k
    on conflict (id) do update set size = 99, state = 'D'`,
  ],
  [
    'an upsert that does nothing',
    `insert into generic_files (id, identifier, size, intellectual_object_id, institution_id)
    overriding system value values (1, 'u', 5, 1, 2) on conflict do nothing`,
  ],
  [
    'a merge that does all three',
    `alter table premis_events disable trigger premis_events_append_only; delete from alerts_premis_events;
    delete from premis_events; alter table premis_events enable trigger premis_events_append_only;
    delete from checksums; delete from storage_records; delete from deletion_requests_generic_files; update work_items set generic_file_id = null;
    merge into generic_files f using (select generate_series(1, 60)::bigint as id) s on f.id = s.id
    when matched and s.id % 3 = 0 then delete
    when matched and s.id % 3 = 1 then update set size = 1, storage_option = 'S3-OR'
    when matched then do nothing
    when not matched then insert (identifier, size, intellectual_object_id, institution_id) values ('m' || s.id, 3, 1, 2)`,
  ],
  ['a rollback', `begin; ${one}; update generic_files set state = 'D'; rollback`],
  [
    'savepoints',
    `begin; savepoint a; ${one}; rollback to a; savepoint b; update generic_files set state = 'D' where id < 5;
    release b; savepoint c; update generic_files set size = 1; rollback to c; commit`,
  ],
  [
    'a caught error',
    `do $$ begin begin ${one}; perform 1 / 0; exception when others then null; end;
    ${one.replace('n1', 'n2')}; end $$`,
  ],
  ['TRUNCATE', truncate],
  [
    'TRUNCATE between writes',
    `begin; update generic_files set state = 'D' where id < 5; ${truncate}; ${one}; commit`,
  ],
  ['TRUNCATE undone', `begin; ${truncate}; ${one}; rollback`],
  ['TRUNCATE undone by a savepoint', `begin; ${one}; savepoint a; ${truncate}; rollback to a; commit`],
  [
    'TRUNCATE under an old snapshot',
    `begin isolation level repeatable read; select count(*) from generic_files;
    ${truncate}; ${one}; commit`,
  ],
  [
    'TRUNCATE of everything',
    `alter table premis_events disable trigger premis_events_append_only; truncate institutions cascade`,
  ],
  ['an object', `insert into intellectual_objects (title, identifier, institution_id) values ('t', 't', 3)`],
  [
    'objects that go and move',
    `update intellectual_objects set state = 'D' where id < 4`,
    `update intellectual_objects set institution_id = 4`,
  ],
  [
    'work items',
    `insert into work_items (name, action, stage, status, institution_id) select 'x', 'Ingest', 'Receive', 'Pending', 2 from generate_series(1, 9)`,
    `update work_items set action = 'Glacier Restore' where id % 2 = 0`,
    `update work_items set institution_id = 5 where id % 3 = 0`,
    `update institutions set last_spot_restore_work_item_id = null`,
    `delete from alerts_work_items`,
    `delete from work_items where id % 4 = 0`,
  ],
  [
    'events, also of an unknown outcome',
    `insert into premis_events (event_type, date_time, outcome, institution_id)
    values ('ingestion', now(), null, 2), ('ingestion', now(), 'Success', 2), ('new type', now(), 'Failure', 3)`,
  ],
  [
    'a repair of events',
    `alter table premis_events disable trigger premis_events_append_only; delete from alerts_premis_events;
    update premis_events set outcome = null where id % 2 = 0; delete from premis_events where id % 3 = 0`,
  ],
];

describe('the statistics are exact after', () => {
  test.each(writes)('%s', async (_what, ...sql) => {
    for (const statement of sql) {
      await db.query(statement);
      await expectExact();
    }
    await db.query('select rebuild_historical_deposit_stats()');
    expect(await wrongMonths(db, 'extract(month from month) in (1, 6)')).toEqual([]);
  });

  test('COPY', async () => {
    const client = await db.connect();
    const rows = Array.from({ length: 500 }, (_, k) => `c${k},${k},${1 + (k % 5)},2,S3-VA\n`).join('');
    await copyFrom(
      client,
      'copy generic_files (identifier, size, intellectual_object_id, institution_id, storage_option) from stdin with (format csv)',
      rows,
    );
    await expectExact();
  });

  test('a two-phase commit that a refresh came before, and one that was rolled back', async () => {
    const name = randomBytes(6).toString('hex');
    await db.query(`begin; ${one}; prepare transaction '${name}'`);
    await expectExact();
    await db.query(`commit prepared '${name}'`);
    await expectExact();
    await db.query(`begin; ${one.replace('n1', 'n2')}; prepare transaction '${name}'`);
    await db.query(`rollback prepared '${name}'`);
    await expectExact();
  });

  test('a refresh in the transaction that wrote', async () => {
    await db.query(`begin; ${one}`);
    expect(await db.query(refresh)).toEqual([{ counts: 1, deposits: 1, history: 0 }]);
    await db.query('rollback');
    await expectExact();
    await db.query(`begin; ${one}; ${refresh}; update generic_files set size = 8; commit`);
    await expectExact();
  });

  test('a refresh whose session ends between folding and publishing', async () => {
    await db.query(one);
    const client = await db.connect();
    const pid = (client as unknown as { processID: number }).processID;
    await client.query(`begin; select bring_up_to_date('generic_files')`);
    await db.query(`select pg_terminate_backend(${pid}, 5000)`);
    expect(await db.query('select count(*)::int from generic_file_changes')).toEqual([{ count: 1 }]);
    await expectExact();
  });
});

describe('what the state holds', () => {
  test('no counts for objects that are nowhere any more', async () => {
    await db.query(`update generic_files set state = 'D'`);
    await db.query(refresh);
    expect(await db.query('select * from object_refs')).toEqual([]);
    await db.query(`update generic_files set state = 'A'`);
    await expectExact();
  });

  test('a refresh looks objects up by key, however wrong the planner is about their number', async () => {
    await db.query(
      `insert into object_refs select k, 9, 'Standard', '2020-01-01', 1 from generate_series(1000, 60000) k`,
    );
    await db.query(`insert into deposit_cells values (9, 'Standard', 'D', 1, 1)`);
    await db.query(
      files(
        Array.from({ length: 400 }, (_, k) => `('p${k}', 1, ${1 + (k % 9)}, 2, 'S3-OH', 'A', now())`).join(),
      ),
    );
    const client = await db.connect();
    const scans = async () => {
      await client.query('select pg_stat_force_next_flush()');
      return (await client.query(`select seq_scan from pg_stat_user_tables where relname = 'object_refs'`))
        .rows;
    };
    const before = await scans();
    await client.query(refresh);
    expect(await scans()).toEqual(before);
  });

  test('a fixity check leaves no trace in it, nor does an update of every column to what it was', async () => {
    await db.query('update generic_files set last_fixity_check = now()');
    await db.query(`update generic_files set state = state, size = size, storage_option = storage_option,
      institution_id = institution_id, intellectual_object_id = intellectual_object_id, created_at = created_at`);
    await db.query(`update work_items set stage = 'Cleanup', action = action`);
    expect(
      await db.query(
        `select (select count(*)::int from generic_file_changes) as files, (select count(*)::int from work_item_changes) as items`,
      ),
    ).toEqual([{ files: 0, items: 0 }]);
  });
});
