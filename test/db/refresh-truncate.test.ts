import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import type { RegistryTemplate } from '../support/registry.ts';
import { createStageTemplate } from '../support/statistics-stage.ts';

/*
 * A transaction that empties two tables and a refresh that reads both: whichever is first, they must not wait for each other.
 * TRUNCATE has its locks one after the other, and with each, by its trigger, the state that the refresh keeps of that table.
 */
let template: RegistryTemplate;
let db: TestDatabase;

beforeAll(async () => {
  template = await createStageTemplate();
  db = await createTestDatabase({ template: template.name });
  await db.query(`
    insert into intellectual_objects (id, institution_id) values (1, 1);
    insert into generic_files (institution_id, intellectual_object_id, size) values (1, 1, 10);
    insert into work_items (institution_id, action) values (1, 'Ingest');
    insert into premis_events (institution_id, event_type) values (1, 'ingestion');
    select update_counts()`);
});
afterAll(async () => {
  await db.drop();
  await template.drop();
});

const tables = [
  'generic_files',
  'intellectual_objects',
  'work_items',
  'premis_events',
  'institutions',
  'storage_options',
];
/** The last two are referred to and so are altered rather than emptied, with the same lock. */
const take = (table: string) =>
  /^(institutions|storage_options)$/.test(table)
    ? `lock table ${table} in access exclusive mode`
    : `truncate ${table}`;
const refreshes = [
  'select update_counts()',
  'select update_current_deposit_stats()',
  `delete from historical_deposit_stats where end_date = '2026-03-01'; select populate_all_historical_deposit_stats()`,
  `select rebuild_historical_deposit_stats('2026-03-01')`,
  'select rebuild_statistics()',
];
/** Captured changes that wait, so that the refresh folds; and capture that was off for a table, so that it counts. */
const states: readonly (readonly [what: string, sql: string])[] = [
  ['folds', `update work_items set action = action || 'x'; update generic_files set size = size + 1`],
  [
    'counts one of them',
    `update statistics_sources set built_at = null where name = 'work_items'; update generic_files set size = size + 1`,
  ],
];

test.each(
  refreshes.flatMap((sql) => states.map(([what, prepare]) => [sql.split('; ').at(-1), what, sql, prepare])),
)('%s, which %s, and TRUNCATE of two tables, in any order', async (_name, _what, sql, prepare = '') => {
  const [emptying, refreshing] = [await db.connect(), await db.connect()];
  for (const client of [emptying, refreshing])
    await client.query(`set deadlock_timeout = '20ms'; set statement_timeout = '5s'`);
  const [{ pid }] = (await refreshing.query('select pg_backend_pid() as pid')).rows;
  const isBlocked = async () =>
    (await db.query('select cardinality(pg_blocking_pids($1)) > 0 as it', [pid]))[0]?.it === true;
  const pairs = tables.flatMap((first) => tables.map((second) => [first, second] as const));
  const failures: string[] = [];
  for (const [first, second] of pairs) {
    if (first === second) continue;
    const outcome = (who: string, work: Promise<unknown>) =>
      work.then(
        () => 'done',
        ({ message }: Error) => failures.push(`${first}, ${second}: ${who}: ${message}`),
      );
    await db.query(prepare);
    await emptying.query(`begin; ${take(first)}`);
    let isDone = false;
    const refreshed = outcome('refresh', refreshing.query(`begin; ${sql}`)).finally(() => {
      isDone = true;
    });
    await expect.poll(async () => isDone || (await isBlocked()), { interval: 2 }).toBe(true);
    const emptied = outcome('TRUNCATE', emptying.query(take(second)));
    // Where the first table did not matter to it, the refresh is done and holds the second one until it commits.
    if (isDone) await refreshing.query('commit');
    await emptied;
    await emptying.query('rollback');
    await refreshed;
    await refreshing.query('commit');
  }
  expect(failures).toEqual([]);
  expect(await db.query('select update_counts(), update_current_deposit_stats()')).toHaveLength(1);
  expect(await db.query('select * from audit_statistics()')).toEqual([]);
});
