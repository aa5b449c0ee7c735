import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { copyFrom, type RegistryTemplate, registryTemplate } from '../support/registry.ts';

let template: RegistryTemplate;
let db: TestDatabase;

beforeAll(async () => {
  template = await registryTemplate('fixtures');
});
afterAll(() => template.drop());
beforeEach(async () => {
  db = await createTestDatabase({ template: template.name });
});
afterEach(() => db.drop());

/** What a function returned. */
async function call(sql: string, client?: pg.Client): Promise<unknown> {
  const rows = client
    ? (await client.query(`select ${sql} as result`)).rows
    : await db.query(`select ${sql} as result`);
  return rows[0].result;
}
const deposits = (client?: pg.Client) => call(`update_current_deposit_stats()`, client);
const counts = (client?: pg.Client) => call(`update_counts()`, client);
const filesCounted = async (client?: pg.Client) =>
  call(
    `(select file_count::int from current_deposit_stats where institution_id is null and storage_option = 'Total')`,
    client,
  );

/** Commits on a connection of its own. */
async function write(sql: string): Promise<void> {
  await (await db.connect()).query(sql);
}

const newFile = `insert into generic_files (identifier, size, intellectual_object_id, institution_id) values ('new', 1000, 1, 2)`;

describe('when a refresh takes place', () => {
  test.each([
    ['update_counts()', 'premis_event_counts'],
    ['update_current_deposit_stats()', 'current_deposit_stats'],
    ['populate_all_historical_deposit_stats()', 'historical_deposit_stats'],
  ])('%s: the first call fills the statistic, the second has nothing to do', async (sql, statistic) => {
    expect(await call(sql)).toBe(1);
    expect(await call(`(select count(*) > 0 from ${statistic})`)).toBe(true);
    expect(await call(sql)).toBe(0);
    expect(await call(sql)).toBe(0);
  });

  test('a change is seen at once, whatever age of the statistic the caller would accept', async () => {
    expect(await deposits()).toBe(1);
    await write(newFile);
    expect(await call(`update_current_deposit_stats('1 year')`)).toBe(1);
    expect(await filesCounted()).toBe(48);
    expect(await call(`update_current_deposit_stats('0')`)).toBe(0);
  });

  test('rows that somebody took from a published statistic come back', async () => {
    await counts();
    await db.query('delete from published_work_item_counts');
    expect(await counts()).toBe(1);
    expect(await call('(select count(*) > 0 from work_item_counts)')).toBe(true);
  });

  test('update_counts publishes only the counts that changed', async () => {
    await counts();
    const before = await db.query(
      'select name, published_at::text from statistics_publications order by name',
    );
    await write(
      `insert into work_items (name, action, stage, status, institution_id) values ('x', 'Ingest', 'Receive', 'Pending', 2)`,
    );
    expect(await counts()).toBe(1);
    const after = await db.query(
      'select name, published_at::text from statistics_publications order by name',
    );
    const changed = after.filter((row, index) => row.published_at !== before[index]?.published_at);
    expect(changed.map(({ name }) => name)).toEqual(['work_item_counts']);
  });
});

describe('what counts as a change', () => {
  const changes: readonly (readonly [what: string, sql: string])[] = [
    ['an inserted file', newFile],
    ['an updated file', `update generic_files set state = 'D' where id = 2`],
    [
      'a deleted file',
      `delete from storage_records where generic_file_id = 1; alter table premis_events disable trigger premis_events_append_only;
      delete from premis_events where generic_file_id = 1; delete from checksums where generic_file_id = 1;
      delete from deletion_requests_generic_files where generic_file_id = 1; delete from generic_files where id = 1`,
    ],
    [
      'a merged file',
      `merge into generic_files f using (select 3::bigint as id) s on s.id = f.id when matched then update set size = 1`,
    ],
    ['a price', `update storage_options set cost_gb_per_month = 1 where name = 'Standard'`],
    ['the name of an institution', `update institutions set name = 'Renamed' where id = 2`],
    ['a truncated table', 'truncate generic_files cascade'],
  ];
  test('each of these, and each only once', async () => {
    await deposits();
    for (const [what, sql] of changes) {
      expect(await deposits(), `before ${what}`).toBe(0);
      await write(sql);
      expect(await deposits(), what).toBe(1);
    }
    expect(await deposits()).toBe(0);
  });

  test('rows that COPY brought', async () => {
    await counts();
    const writer = await db.connect();
    await copyFrom(
      writer,
      'copy premis_events (event_type, date_time, institution_id) from stdin with (format csv)',
      'replication,2026-01-01,2\n',
    );
    expect(await counts()).toBe(1);
    expect(
      await call(
        `(select row_count::int from premis_event_counts where event_type = 'replication' and grouping_id = 5)`,
      ),
    ).toBe(1);
  });

  test.each([
    ['rolled back', `begin; ${newFile}; rollback`],
    ['a fixity check', `update generic_files set last_fixity_check = now(), updated_at = now()`],
    ['an update of every column to what it was', `update generic_files set state = state, size = size`],
    [
      'done and undone',
      `update generic_files set state = 'D' where id = 1; update generic_files set state = 'A' where id = 1`,
    ],
  ])('nothing to do after work that was %s', async (_what, sql) => {
    await deposits();
    await write(sql);
    expect(await deposits()).toBe(0);
    expect(await filesCounted()).toBe(47);
  });

  test('a two-phase commit, once it is committed', async () => {
    await deposits();
    const writer = await db.connect();
    const name = randomBytes(6).toString('hex');
    await writer.query(`begin; ${newFile}; prepare transaction '${name}'`);
    expect(await deposits()).toBe(0);
    await writer.query(`commit prepared '${name}'`);
    expect(await deposits()).toBe(1);
    expect(await filesCounted()).toBe(48);
  });

  test('a copy of the database goes on from where the original stood', async () => {
    await deposits();
    await write(newFile);
    const original = db;
    await endSessions(original);
    db = await createTestDatabase({ template: original.name });
    await original.drop();
    expect(await deposits()).toBe(1);
    expect(await filesCounted()).toBe(48);
    expect(await deposits()).toBe(0);
  });
});

/** A database can be copied only while nobody is connected to it. */
async function endSessions(database: TestDatabase): Promise<void> {
  const other = await createTestDatabase();
  await other.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${database.name}'`,
  );
  await other.drop();
}

describe('with others at work', () => {
  test('of two callers at once one refreshes and the other leaves at once', async () => {
    const [first, second] = [await db.connect(), await db.connect()];
    await second.query(`set statement_timeout = '2s'`);
    for (const sql of ['update_counts()', 'update_current_deposit_stats()']) {
      await first.query('begin');
      expect(await call(sql, first)).toBe(1);
      expect(await call(sql, second)).toBe(0);
      await first.query('commit');
      expect(await call(sql, second)).toBe(0);
    }
  });

  test('of twenty callers exactly one refreshes', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => db.connect()));
    const results = await Promise.all(
      clients.map((client) => call('update_current_deposit_stats()', client)),
    );
    expect(results.sort()).toEqual([...Array(19).fill(0), 1]);
  });

  test('a refresh that failed leaves no lock and no claim to be fresh', async () => {
    const client = await db.connect();
    await client.query('begin');
    expect(await call('update_current_deposit_stats()', client)).toBe(1);
    await client.query('rollback');
    expect(await call('update_current_deposit_stats()')).toBe(1);
  });

  test('readers see the old rows during a refresh and the new ones after it, and never wait', async () => {
    await deposits();
    await write(newFile);
    const [refresher, reader] = [await db.connect(), await db.connect()];
    await reader.query(`set statement_timeout = '2s'`);
    await refresher.query('begin');
    expect(await deposits(refresher)).toBe(1);
    expect(await filesCounted(reader)).toBe(47);
    await refresher.query('commit');
    expect(await filesCounted(reader)).toBe(48);
  });

  test('a writer that commits after a refresh is not lost', async () => {
    await deposits();
    const writer = await db.connect();
    await writer.query('begin');
    await writer.query(newFile);
    await write(`update generic_files set updated_at = now() where id = 2`);
    expect(await deposits()).toBe(0); // does not see the new file
    expect(await filesCounted()).toBe(47);
    await writer.query('commit');
    expect(await deposits()).toBe(1);
    expect(await filesCounted()).toBe(48);
    expect(await deposits()).toBe(0);
  });

  test('a writer that commits while a refresh is at work is not lost', async () => {
    await deposits();
    await write(newFile);
    const refresher = await db.connect();
    await refresher.query('begin');
    expect(await deposits(refresher)).toBe(1);
    await write(newFile.replace('new', 'newer'));
    await refresher.query('commit');
    expect(await filesCounted()).toBe(48);
    expect(await deposits()).toBe(1);
    expect(await filesCounted()).toBe(49);
  });

  test('a writer that commits between the snapshot of a refresh and its end is not lost', async () => {
    await deposits();
    await write(newFile);
    const [blocker, refresher] = [await db.connect(), await db.connect()];
    await blocker.query('begin; lock table published_deposit_stats in exclusive mode');
    const refreshed = deposits(refresher); // has taken its changes and waits to publish them
    await untilWaiting(refresher);
    await write(newFile.replace('new', 'newer'));
    await blocker.query('commit');
    expect(await refreshed).toBe(1);
    expect(await filesCounted()).toBe(48);
    expect(await deposits()).toBe(1);
    expect(await filesCounted()).toBe(49);
  });

  test('a refresh within a transaction that sees an old snapshot does not claim to have seen more', async () => {
    await deposits();
    const old = await db.connect();
    await old.query('begin isolation level repeatable read');
    expect(await filesCounted(old)).toBe(47); // takes the snapshot
    await write(newFile);
    expect(await deposits(old)).toBe(0);
    await old.query('commit');
    expect(await filesCounted()).toBe(47);
    expect(await deposits()).toBe(1);
    expect(await filesCounted()).toBe(48);
  });

  test('a refresh that sees an old snapshot cannot take what another took since', async () => {
    await deposits();
    await write(newFile);
    const old = await db.connect();
    await old.query('begin isolation level repeatable read; select count(*) from generic_files');
    expect(await deposits()).toBe(1);
    await expect(deposits(old)).rejects.toMatchObject({ code: '40001' });
    await old.query('rollback');
    expect(await deposits()).toBe(0);
    expect(await filesCounted()).toBe(48);
  });

  test('whatever clients write meanwhile, the last refresh is right', { timeout: 20_000 }, async () => {
    let writing = true;
    const write = async (client: pg.Client, number: number) => {
      for (let k = 0; writing; k++) {
        await client.query('begin');
        await client.query(newFile.replace('new', `new-${number}-${k}`));
        if (k % 3 === 0)
          await client.query(
            `update generic_files set state = 'D' where id = ${1 + ((k + number * 7) % 40)}`,
          );
        await client.query(k % 5 === 4 ? 'rollback' : 'commit');
      }
    };
    const clients = await Promise.all(Array.from({ length: 4 }, () => db.connect()));
    const writers = clients.map(write);
    for (let k = 0; k < 15; k++) await deposits();
    writing = false;
    await Promise.all(writers);
    await deposits();
    expect(await call(`(select count(*)::int from generic_files where state = 'A')`)).toBe(
      await filesCounted(),
    );
    expect(await deposits()).toBe(0);
  });
});

async function untilWaiting(client: pg.Client): Promise<void> {
  const pid = (client as unknown as { processID: number }).processID;
  while (!(await call(`exists (select from pg_locks where pid = ${pid} and not granted)`))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a user who may execute the functions needs no other right', async () => {
  const role = `refresher_${randomBytes(6).toString('hex')}`;
  const client = await db.connect();
  await client.query(`create role ${role}`);
  try {
    await client.query(`set role ${role}`);
    const functions = [
      'update_counts()',
      'update_current_deposit_stats()',
      'populate_all_historical_deposit_stats()',
    ];
    for (const sql of functions) await expect(call(sql, client)).rejects.toMatchObject({ code: '42501' });

    await client.query('reset role');
    await client.query(
      `grant execute on function update_counts(interval), update_current_deposit_stats(interval), populate_all_historical_deposit_stats() to ${role}`,
    );
    await client.query(`set role ${role}`);
    // A table of the caller's own must not be mistaken for a source.
    await client.query('set search_path = pg_temp, public');
    await client.query(
      'create temp table generic_files (state text); create temp table deposit_cells (name text)',
    );
    for (const sql of functions) expect(await call(`public.${sql}`, client), sql).toBe(1);
    for (const sql of functions) expect(await call(`public.${sql}`, client), sql).toBe(0);
    await write(newFile);
    expect(await call('public.update_current_deposit_stats()', client)).toBe(1);

    for (const sql of [
      'select * from public.generic_files',
      'delete from public.published_deposit_stats',
      'select * from public.audit_statistics()',
      'select public.rebuild_statistics()',
      `select public.rebuild_historical_deposit_stats()`,
      `select public.bring_up_to_date('generic_files')`,
    ]) {
      await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' });
    }
    await client.query('reset role');
    expect(await filesCounted()).toBe(48);
  } finally {
    await client.query(`reset role; drop owned by ${role}; drop role ${role}`);
  }
});
