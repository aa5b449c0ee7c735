import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { up } from '../../lib/core/migrations/up.ts';
import { readReport } from '../../lib/core/report/read.ts';
import type { Report } from '../../lib/core/report/report.ts';
import { refresh } from '../../lib/core/statistics/refresh.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';
import { createRegistryTemplate, loadFixtures, seed } from '../support/registry.ts';

const GIB = 2 ** 30;
const opened: { drop(): Promise<void> }[] = [];
const open = async <T extends { drop(): Promise<void> }>(database: Promise<T>): Promise<T> => {
  const ready = await database;
  opened.unshift(ready);
  return ready;
};
afterAll(async () => {
  for (const database of opened) await database.drop();
});

describe('with statistics', () => {
  let database: TestDatabase;
  let report: Report;

  beforeAll(async () => {
    const template = await open(
      createRegistryTemplate(async (client) => {
        await loadFixtures(client);
        await seed(client, 1_000);
      }),
    );
    database = await open(createTestDatabase({ template: template.name }));
    const refreshed = await refresh(settingsFor(database.url));
    expect(refreshed.status).toBe('refreshed');
    report = await readReport(settingsFor(database.url));
  });

  test('the current deposits are the rows of the statistic', async () => {
    const rows = await database.query(
      'SELECT institution_id, institution_name, storage_option, file_count, object_count, total_bytes, monthly_cost FROM current_deposit_stats',
    );
    const textOf = (parts: readonly unknown[]) => parts.map(String).join('|');
    const expected = rows.map((row) =>
      textOf([
        row.institution_id ?? 'all',
        row.institution_name,
        row.storage_option === 'Total' ? 'all' : row.storage_option,
        row.file_count,
        row.object_count,
        row.total_bytes,
        Number(row.monthly_cost),
      ]),
    );
    const found = report.current.map((it) =>
      textOf([
        it.institutionId ?? 'all',
        it.institution,
        it.storageOption ?? 'all',
        it.files,
        it.objects,
        it.bytes,
        it.monthlyCost,
      ]),
    );
    expect(found.toSorted()).toEqual(expected.toSorted());
    expect(found.length).toBeGreaterThan(20);
  });

  test('files, bytes and costs of every month follow from the series, for every institution and in all', async () => {
    const totals = await database.query(
      `SELECT institution_id AS id, to_char(end_date, 'YYYY-MM') AS month, file_count::float8 AS files,
         total_bytes::float8 AS bytes, monthly_cost::float8 AS cost
       FROM historical_deposit_stats WHERE storage_option = 'Total'`,
    );
    const { history } = report;
    const position = new Map(history.months.map((month, index) => [month, index]));
    const prices = new Map(history.storageOptions.map(({ name, prices }) => [name, prices]));
    const differing = totals.filter(({ id, month, files, bytes, cost }) => {
      const at = position.get(month) ?? -1;
      const own = history.series.filter(({ institutionId }) => id === null || institutionId === Number(id));
      const sum = (take: (it: (typeof own)[number]) => number) => own.reduce((all, it) => all + take(it), 0);
      const found = {
        files: sum((it) => it.files[at] ?? Number.NaN),
        bytes: sum((it) => it.bytes[at] ?? Number.NaN),
        cost: sum((it) => ((it.bytes[at] ?? 0) / GIB) * (prices.get(it.storageOption)?.[at] ?? 0)),
      };
      return found.files !== files || found.bytes !== bytes || Math.abs(found.cost - cost) > 1e-9;
    });
    expect(differing).toEqual([]);
    expect(totals.length).toBe(history.months.length * (history.institutions.length + 1));
    expect(history.months.length).toBeGreaterThan(150);
  });

  test('each statistic says when it was refreshed', () => {
    const ages = report.statistics.map(({ refreshedAt }) => Date.now() - Date.parse(refreshedAt ?? ''));
    expect(ages).toHaveLength(5);
    for (const age of ages) expect(age).toBeLessThan(60_000);
  });
});

test('an empty database is an empty report', async () => {
  const database = await open(createTestDatabase());
  expect(await readReport(settingsFor(database.url))).toMatchObject({
    command: 'report',
    environment: 'test',
    database: database.name,
    current: [],
    history: { months: [], series: [] },
    statistics: [{ name: 'current_deposit_stats' }, {}, {}, {}, {}],
    migrations: [],
  });
});

test('a materialized view that was never refreshed is empty, and does not keep the others from being read', async () => {
  const database = await open(createTestDatabase());
  await database.query(`
    CREATE MATERIALIZED VIEW current_deposit_stats AS SELECT now() AS end_date WITH NO DATA;
    CREATE TABLE work_item_counts AS SELECT timestamp '2026-03-01 10:00:00.5' AS updated_at`);
  const { current, statistics } = await readReport(settingsFor(database.url));
  expect(current).toEqual([]);
  expect(statistics.filter(({ refreshedAt }) => refreshedAt)).toEqual([
    { name: 'work_item_counts', refreshedAt: '2026-03-01T10:00:00.5Z' },
  ]);
});

test('attempts at migrations are read from the journal, the newest first', async () => {
  const database = await open(createTestDatabase());
  const files = {
    '001_a.sql': 'CREATE TABLE IF NOT EXISTS a (b int);',
    '002_b.sql': 'INSERT INTO a (c) VALUES (1);',
  };
  await up(await compile(files), settingsFor(database.url), { who: 'ada@engine' });
  const { migrations } = await readReport(settingsFor(database.url));
  expect(migrations).toMatchObject([
    { version: '002_b', status: 'failed', who: 'ada@engine', error: expect.stringContaining('column "c"') },
    { version: '001_a', status: 'applied', who: 'ada@engine' },
  ]);
  for (const { startedAt, finishedAt = '' } of migrations) {
    expect(Date.parse(finishedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt));
    expect(Date.now() - Date.parse(finishedAt)).toBeLessThan(60_000);
  }
});

test('what may not be read is named, with what to do', async () => {
  const database = await open(createTestDatabase());
  const role = `${database.name}_reader`;
  await database.query(
    `CREATE TABLE work_item_counts (updated_at timestamp); CREATE ROLE ${role} LOGIN PASSWORD 'read'`,
  );
  opened.push({ drop: async () => void (await dropRole(role)) });
  const url = new URL(database.url);
  url.username = role;
  url.password = 'read';
  await expect(readReport(settingsFor(url.toString()))).rejects.toMatchObject({
    code: 'report-failed',
    sqlstate: '42501',
    message: expect.stringContaining('work_item_counts'),
    hint: `As the owner of the tables: SELECT grant_statistics_to('${role}'), which lets this user read the report.`,
  });
});

async function dropRole(role: string): Promise<void> {
  const database = await createTestDatabase();
  await database.query(`DROP ROLE IF EXISTS ${role}`);
  await database.drop();
}
