import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { readChartLibrary } from '../../lib/registry/page/chart-library.ts';
import { withCurrent } from '../../lib/registry/page/current-point.ts';
import { readReport } from '../../lib/registry/page/read.ts';
import { renderPage } from '../../lib/registry/page/render.ts';
import type { DepositRow, Report } from '../../lib/registry/page/report.ts';
import { rebuild } from '../../lib/statistics/audit.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';
import { createRegistryTemplate, loadFixtures, type RegistryTemplate, seed } from '../support/registry.ts';

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
  let template: RegistryTemplate;

  beforeAll(async () => {
    template = await open(
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

  test('a refresh that finds nothing to do is a refresh; when the statistic last changed is told beside it', async () => {
    await database.query(`
      UPDATE statistics_publications SET published_at = '2026-03-01 09:00:00';
      INSERT INTO work_items (name, action, stage, status, institution_id) VALUES ('x', 'Ingest', 'Receive', 'Pending', 2)`);
    const before = Date.now();
    expect((await refresh(settingsFor(database.url))).status).toBe('refreshed');
    const again = await readReport(settingsFor(database.url));
    const old = again.statistics.filter(({ name }) => name !== 'work_item_counts');
    expect(old.map(({ changedAt }) => changedAt)).toEqual(Array(4).fill('2026-03-01T09:00:00Z'));
    for (const { refreshedAt = '' } of again.statistics)
      expect(Date.parse(refreshedAt)).toBeGreaterThanOrEqual(before - 1_000);
    const changed = again.statistics.find(({ name }) => name === 'work_item_counts');
    expect(changed?.changedAt).toBe(changed?.refreshedAt);

    const page = renderPage(again, await readChartLibrary());
    const moment = (iso = '') => `<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
    const [deposits] = again.statistics;
    expect(page).toContain(
      `<tr><th scope="row">current_deposit_stats<td data-l="Refreshed">${moment(deposits?.refreshedAt)}<td data-l="Last change">${moment('2026-03-01T09:00:00Z')}\n`,
    );
    expect(page).toContain(`Active files, as of ${moment(deposits?.refreshedAt)}. Exact.`);
  });

  test('what a seed dates back is at the end of the chart, and in its months once these are written anew', async () => {
    const late = await open(createTestDatabase({ template: template.name }));
    await refresh(settingsFor(late.url));
    const client = await late.connect();
    await seed(client, 500);
    await refresh(settingsFor(late.url));
    const filesOf = async () => {
      const { current, history, statistics } = await readReport(settingsFor(late.url));
      const shown = withCurrent(history, current, statistics[0]?.refreshedAt);
      const sum = (at: number) => shown.series.reduce((all, { files }) => all + (files.at(at) ?? 0), 0);
      return { current: current.find(isTotal)?.files, now: sum(-1), lastMonth: sum(-2) };
    };
    const isTotal = (row: DepositRow) => row.institutionId === undefined && row.storageOption === undefined;
    const frozen = await filesOf();
    expect(frozen.now).toBe(frozen.current);
    expect(frozen.now - frozen.lastMonth).toBeGreaterThan(300);
    await late.query(`select rebuild_historical_deposit_stats('2014-01-01')`);
    const anew = await filesOf();
    expect(anew).toEqual({ ...frozen, lastMonth: frozen.current });
  });

  test('rebuild is a refresh, too', async () => {
    await database.query(`UPDATE statistics_publications SET refreshed_at = NULL`);
    await rebuild(settingsFor(database.url));
    const { statistics } = await readReport(settingsFor(database.url));
    for (const { refreshedAt = '' } of statistics)
      expect(Date.now() - Date.parse(refreshedAt)).toBeLessThan(60_000);
  });

  test('a database that does not record refreshes yet says so, and still when its statistics changed', async () => {
    const older = await open(createTestDatabase());
    await older.query(`CREATE TABLE statistics_publications (name text, published_at timestamp);
      INSERT INTO statistics_publications VALUES ('work_item_counts', '2026-03-01 10:00:00.5');
      CREATE TABLE work_item_counts AS SELECT timestamp '2026-03-01 10:00:00.5' AS updated_at`);
    const found = await readReport(settingsFor(older.url));
    expect(found.statistics.filter(({ changedAt }) => changedAt)).toEqual([
      { name: 'work_item_counts', changedAt: '2026-03-01T10:00:00.5Z' },
    ]);
    const page = renderPage(found, await readChartLibrary());
    expect(page).toContain(
      '<tr><th scope="row">work_item_counts<td data-l="Refreshed">not recorded<td data-l="Last change"><time datetime="2026-03-01T10:00:00.5Z">2026-03-01 10:00:00 UTC</time>\n',
    );
    expect(page).toContain(
      '<tr><th scope="row">generic_file_counts<td data-l="Refreshed"><span class="bad">never</span><td data-l="Last change"><span class="bad">never</span>\n',
    );
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
  expect(statistics.filter(({ changedAt }) => changedAt)).toEqual([
    { name: 'work_item_counts', changedAt: '2026-03-01T10:00:00.5Z' },
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
