import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type RegistryTemplate, registryTemplate } from '../support/registry.ts';
import { refresh, wrongStatistics } from '../support/statistics.ts';

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

const audit = () =>
  db.query('select statistic, cell, recorded, recomputed from audit_statistics() order by statistic, cell');
const newFile = `insert into generic_files (identifier, size, intellectual_object_id, institution_id, storage_option, created_at)
  values ('new', 1000, 1, 2, 'Wasabi-OR', '2020-02-29')`;
const newEvent = `insert into premis_events (event_type, date_time, institution_id) values ('fumigation', now(), 3)`;
const unseen = (sql: string) =>
  db.query(`set session_replication_role = replica; ${sql}; set session_replication_role = origin`);

describe('audit_statistics', () => {
  test('lists every cell that a write past the triggers left wrong', async () => {
    await unseen(newFile);
    const where = { institution_id: 2, storage_option: 'Wasabi-OR' };
    const month = '2020-02-01';
    const [none, one] = [{ count: 0 }, { count: 1 }];
    expect(await audit()).toEqual([
      {
        statistic: 'deposit_cells',
        cell: { ...where, state: 'A' },
        recorded: { files: 0, bytes: 0 },
        recomputed: { files: 1, bytes: 1000 },
      },
      {
        statistic: 'deposit_months',
        cell: { ...where, month },
        recorded: { files: 0, bytes: 0 },
        recomputed: { files: 1, bytes: 1000 },
      },
      {
        statistic: 'object_refs',
        cell: { ...where, month, intellectual_object_id: 1 },
        recorded: none,
        recomputed: one,
      },
    ]);
  });

  test('tells an unknown outcome from all outcomes, and a missing cell from an empty one', async () => {
    await unseen(newEvent);
    expect(await audit()).toEqual([
      {
        statistic: 'premis_event_cells',
        cell: { institution_id: 3, event_type: 'fumigation', outcome: null },
        recorded: { count: 0 },
        recomputed: { count: 1 },
      },
    ]);
  });

  test.each([
    ['deposit_cells', 'update deposit_cells set bytes = bytes + 1 where institution_id = 2'],
    ['deposit_months', 'delete from deposit_months where institution_id = 2'],
    ['object_cells', 'update object_cells set objects = 0 where level = 3'],
    ['object_months', 'update object_months set objects = objects + 1 where level = 1'],
    ['intellectual_object_cells', 'delete from intellectual_object_cells'],
    ['work_item_cells', 'update work_item_cells set row_count = row_count - 1'],
  ])('lists each row that is wrong in %s', async (table, sql) => {
    const [wrong] = await db.query(
      `with changed as (${sql} returning 1) select count(*)::int as rows from changed`,
    );
    const found = await audit();
    expect(new Set(found.map(({ statistic }) => statistic))).toEqual(new Set([table]));
    expect(found).toHaveLength(wrong?.rows);
  });

  test('agrees while clients write and refreshes fold', async () => {
    let writing = true;
    const writers = [1, 2].map(async (number) => {
      const client = await db.connect();
      for (let k = 0; writing; k++) {
        await client.query(newFile.replace(`'new'`, `'new-${number}-${k}'`));
        await client.query(
          `update generic_files set state = case state when 'A' then 'D' else 'A' end where id = ${1 + ((k * number) % 40)}`,
        );
      }
    });
    const folder = db.connect().then(async (client) => {
      while (writing) await client.query(refresh);
    });
    const auditor = await db.connect();
    for (let k = 0; k < 25; k++) {
      expect((await auditor.query('select * from audit_statistics()')).rows).toEqual([]);
    }
    writing = false;
    await Promise.all([...writers, folder]);
  });
});

describe('rebuild_statistics', () => {
  test('mends what the audit found, and publishes it; written months stay', async () => {
    await unseen(
      `${newFile}; ${newEvent}; update intellectual_objects set state = 'D' where id = 1; delete from deposit_cells`,
    );
    await db.query(newFile.replace(`'new'`, `'newer'`)); // waits in the queue, and must not count twice
    const months = await db.query(
      'select md5(string_agg(h::text, $$|$$ order by h::text)) from historical_deposit_stats h',
    );
    expect((await audit()).length).toBeGreaterThan(0);
    await db.query('select rebuild_statistics()');
    expect(await audit()).toEqual([]);
    expect(await wrongStatistics(db)).toEqual([]);
    expect(await db.query(refresh)).toEqual([{ counts: 0, deposits: 0, history: 0 }]);
    expect(
      await db.query(
        'select md5(string_agg(h::text, $$|$$ order by h::text)) from historical_deposit_stats h',
      ),
    ).toEqual(months);
  });

  test('neither stops writers nor misses what they commit meanwhile', async () => {
    const [rebuilder, writer, open] = [await db.connect(), await db.connect(), await db.connect()];
    await writer.query(`set statement_timeout = '2s'`);
    await open.query('begin');
    await open.query(newFile);
    await rebuilder.query('begin; select rebuild_statistics()');
    await writer.query(newFile.replace(`'new'`, `'newer'`));
    await writer.query(`update generic_files set state = 'D' where id = 2`);
    await open.query('commit');
    await rebuilder.query('commit');
    expect(await audit()).toEqual([]);
    await db.query(refresh);
    expect(await wrongStatistics(db)).toEqual([]);
  });

  test('waits for a refresh at work; a refresh does not wait for it', async () => {
    const [refresher, rebuilder] = [await db.connect(), await db.connect()];
    await db.query(newFile);
    await refresher.query(`begin; ${refresh}`);
    const rebuilt = rebuilder.query('begin; select rebuild_statistics()');
    await refresher.query('commit');
    await rebuilt;
    await db.query(newFile.replace(`'new'`, `'newer'`));
    await refresher.query(`set statement_timeout = '2s'`);
    expect((await refresher.query(refresh)).rows).toEqual([{ counts: 0, deposits: 0, history: 0 }]);
    await rebuilder.query('commit');
    expect((await refresher.query(refresh)).rows).toEqual([{ counts: 1, deposits: 1, history: 0 }]);
  });
});

describe('without capture', () => {
  const triggers = ['insert', 'update', 'delete', 'truncate'];

  test.each(triggers)('of %s, the refresh counts instead, and the audit says why', async (trigger) => {
    await db.query(`alter table generic_files disable trigger statistics_capture_${trigger}`);
    await db.query(`${newFile}; update generic_files set state = 'D' where id = 2`);
    expect(await audit()).toContainEqual({
      statistic: 'statistics_sources',
      cell: { name: 'generic_files' },
      recorded: { captured: false, counted: true },
      recomputed: { captured: true, counted: true },
    });
    expect(await db.query(refresh)).toEqual([{ counts: 1, deposits: 1, history: 0 }]);
    expect(await wrongStatistics(db)).toEqual([]);
    await db.query(newFile.replace(`'new'`, `'newer'`));
    await db.query(`alter table generic_files enable trigger statistics_capture_${trigger}`);
    expect(await db.query(refresh)).toEqual([{ counts: 1, deposits: 1, history: 0 }]);
    expect(await wrongStatistics(db)).toEqual([]);
    expect(await audit()).toEqual([]);
  });

  test('at all, as if the triggers had never been', async () => {
    for (const trigger of triggers)
      await db.query(`drop trigger statistics_capture_${trigger} on premis_events`);
    await db.query(newEvent);
    expect(await db.query(refresh)).toEqual([{ counts: 1, deposits: 0, history: 0 }]);
    expect(await wrongStatistics(db)).toEqual([]);
  });
});
