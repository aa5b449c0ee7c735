import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { refresh } from '../../lib/statistics/refresh.ts';
import { renderStatisticsReport } from '../../lib/statistics/refresh-report.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsFor } from '../support/migrations.ts';
import { type RegistryTemplate, registryTemplate } from '../support/registry.ts';

let template: RegistryTemplate;
let database: TestDatabase;

beforeAll(async () => {
  template = await registryTemplate('fixtures');
});
afterAll(() => template.drop());
beforeEach(async () => {
  database = await createTestDatabase({ template: template.name });
});
afterEach(() => database.drop());

const run = (user?: string) => {
  const settings = settingsFor(database.url);
  return refresh({
    ...settings,
    database: { ...settings.database, ...(user && { user, password: 'secret' }) },
  });
};
const addWorkItems = (count: number) =>
  database.query(`insert into work_items (name, action, stage, status, institution_id)
    select 'w' || k, 'Ingest', 'Receive', 'Pending', 2 from generate_series(1, ${count}) k`);

test('a run tells how many changes it folded; the first, which counts, folds none', async () => {
  expect(await run()).toMatchObject({ status: 'refreshed', rowsFolded: 0 });
  await addWorkItems(7);
  const report = await run();
  expect(report).toMatchObject({ status: 'refreshed', rowsFolded: 7 });
  expect(renderStatisticsReport({ ...report, durationMs: 12 })).toMatch(
    /\nRefreshed the statistics of \w+ on [\w.]+ as postgres in 12 ms \(7 changes folded\)\.$/,
  );
  expect(await run()).toMatchObject({ status: 'nothing-to-do', rowsFolded: 0 });
});

test('the lag is next to nothing after a run, and the time since then where functions fail', async () => {
  expect((await run()).lagMs).toBeLessThan(60_000);
  await database.query(`update statistics_sources set brought_up_at = brought_up_at - interval '2 hours'`);
  await database.query('alter table published_work_item_counts add check (row_count < 5) not valid');
  await addWorkItems(7);
  const { status, functions, lagMs = 0 } = await run();
  expect([status, ...functions.map(({ outcome }) => outcome)]).toEqual([
    'failed',
    'failed',
    'skipped',
    'skipped',
  ]);
  expect(lagMs / 3_600_000).toBeGreaterThanOrEqual(2);
  expect(lagMs / 3_600_000).toBeLessThan(2.1);
});

test('before the first run that counts everything there is no lag to tell', async () => {
  await database.query('drop function update_counts(interval)');
  expect(await run()).not.toHaveProperty('lagMs');
});

test('of a database that keeps no account of it, or does not show it, nothing is told', async () => {
  const user = `progress_${database.name}`;
  await database.query(`create role ${user} login password 'secret';
    grant execute on function update_counts(interval), update_current_deposit_stats(interval),
      populate_all_historical_deposit_stats() to ${user}`);
  try {
    const report = await run(user);
    expect(report.functions.map(({ outcome }) => outcome)).toEqual(Array(3).fill('refreshed'));
    expect(report).not.toHaveProperty('rowsFolded');
    expect(report).not.toHaveProperty('lagMs');
  } finally {
    await database.query(`drop owned by ${user}; drop role ${user}`);
  }
});
