import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audit, rebuild } from '../../lib/statistics/audit.ts';
import { renderAuditReport } from '../../lib/statistics/audit-report.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import { cliInProcess } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { rejection, settingsFor } from '../support/migrations.ts';
import { type RegistryTemplate, registryTemplate } from '../support/registry.ts';

let template: RegistryTemplate;
let database: TestDatabase;

beforeAll(async () => {
  template = await registryTemplate('fixtures');
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

  test('blames the function where the function is at fault, and not the migrations', async () => {
    await database.query('drop function statistics_capture_is_on(text)');
    expect(await rejection(audit(settingsFor(database.url)))).toMatchObject({
      code: 'audit-failed',
      message: 'The audit failed: function statistics_capture_is_on(text) does not exist',
      sqlstate: '42883',
      detail: expect.stringContaining('CONTEXT: SQL function "audit_statistics"'),
      hint: 'Nothing was changed. Correct the function that the context names.',
    });
    await database.query('drop function count_work_items()');
    expect(await rejection(rebuild(settingsFor(database.url)))).toMatchObject({
      code: 'rebuild-failed',
      sqlstate: '42883',
      hint: 'Nothing was changed. Correct the function that the context names.',
    });
  });

  test('tells of another transaction in the way', async () => {
    await database.query(`alter function audit_statistics() set lock_timeout = '50ms';
      alter function rebuild_statistics() set lock_timeout = '50ms'`);
    const blocker = await database.connect();
    await blocker.query('begin; lock table work_items in access exclusive mode');
    const blocked = (what: string) => ({
      code: `${what}-failed`,
      message: `The ${what} failed: canceling statement due to lock timeout`,
      sqlstate: '55P03',
      hint: `Another transaction was in the way, and nothing was changed. Try again: registry-jobs ${what}`,
    });
    expect(await rejection(audit(settingsFor(database.url)))).toMatchObject(blocked('audit'));
    expect(await rejection(rebuild(settingsFor(database.url)))).toMatchObject(blocked('rebuild'));
    await blocker.query('rollback');
  });

  test('that somebody cancelled is no timeout', async () => {
    const blocker = await database.connect();
    await blocker.query('begin; lock table work_items in access exclusive mode');
    const failing = rejection(audit(settingsFor(database.url)));
    const cancel = `select pg_cancel_backend(pid) as done from pg_stat_activity
      where application_name = 'registry-jobs audit' and wait_event_type = 'Lock' and datname = current_database()`;
    await expect.poll(() => database.query(cancel)).toEqual([{ done: true }]);
    expect(await failing).toMatchObject({
      code: 'audit-failed',
      message: 'The audit failed: canceling statement due to user request',
      sqlstate: '57014',
      hint: 'Somebody cancelled it, and nothing was changed. Try again: registry-jobs audit',
    });
    await blocker.query('rollback');
  });

  test('says what is missing where the migrations are', async () => {
    const empty = await createTestDatabase();
    try {
      expect(await rejection(audit(settingsFor(empty.url)))).toMatchObject({
        code: 'audit-failed',
        hint: "registry-jobs audit needs functions that only the registry's own migrations make; in its database, apply them first: registry-jobs up",
      });
    } finally {
      await empty.drop();
    }
  });
});
