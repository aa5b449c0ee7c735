import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audit, rebuild } from '../../lib/core/statistics/audit.ts';
import { refresh } from '../../lib/core/statistics/refresh.ts';
import { renderAuditReport } from '../../lib/core/statistics/render.ts';
import { cliInProcess } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { rejection, settingsFor } from '../support/migrations.ts';
import { createRegistryTemplate, loadFixtures, type RegistryTemplate } from '../support/registry.ts';

let template: RegistryTemplate;
let database: TestDatabase;

beforeAll(async () => {
  template = await createRegistryTemplate(loadFixtures);
});
afterAll(() => template.drop());
beforeEach(async () => {
  database = await createTestDatabase({ template: template.name });
  await refresh(settingsFor(database.url));
});
afterEach(() => database.drop());

/** A write that no trigger sees, as logical replication or a careless restore would do it. */
const writeUnseen = () =>
  database.query(`set session_replication_role = replica;
    insert into work_items (name, action, stage, status, institution_id) values ('x', 'Ingest', 'Receive', 'Pending', 2);
    set session_replication_role = origin`);

describe('the audit', () => {
  test('finds nothing where all is well, and does not write', async () => {
    expect(await audit(settingsFor(database.url))).toMatchObject({ status: 'ok', total: 0, cells: [] });
  });

  test('lists the cells that differ; rebuild mends them', async () => {
    await writeUnseen();
    const report = await audit(settingsFor(database.url));
    expect(report).toMatchObject({ status: 'differs', total: report.cells.length });
    expect(report.cells.map(({ cell }) => cell)).toContainEqual({ institution_id: 2, action: 'Ingest' });
    expect(renderAuditReport(report)).toMatch(/^statistic +cell +recorded +recomputed\n/);

    expect(await rebuild(settingsFor(database.url))).toMatchObject({ status: 'rebuilt' });
    expect(await audit(settingsFor(database.url))).toMatchObject({ status: 'ok' });
  });

  test('is bounded by its timeout', async () => {
    const blocker = await database.connect();
    await blocker.query('begin; lock table generic_files in access exclusive mode');
    expect(await rejection(audit(settingsFor(database.url), { timeoutMs: 200 }))).toMatchObject({
      code: 'timed-out',
      message: 'The audit did not finish within 200 ms.',
      sqlstate: '57014',
    });
    await blocker.query('rollback');
  });

  test('on the command line exits with 1 when something differs, with 0 when it is mended', async () => {
    const run = (...args: string[]) =>
      cliInProcess([...args, '--database-url', database.url], { folder: '.' });
    await writeUnseen();
    const found = await run('audit');
    expect(found).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('{"action":"Ingest","institution_id":2}'),
    });
    expect(await run('rebuild')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Counted the statistics of .+ anew in .+\.\n$/),
    });
    expect(await run('audit', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"status": "ok"'),
    });
  });

  test('says what is missing where the migrations are', async () => {
    const empty = await createTestDatabase();
    try {
      expect(await rejection(audit(settingsFor(empty.url)))).toMatchObject({
        code: 'audit-failed',
        hint: 'Apply the migrations first: registry-jobs up',
      });
    } finally {
      await empty.drop();
    }
  });
});
