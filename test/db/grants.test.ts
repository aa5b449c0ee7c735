import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultStatisticsFunctions } from '../../lib/contract.ts';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { up } from '../../lib/jobs/up.ts';
import { readReport } from '../../lib/registry/page/read.ts';
import { audit, rebuild } from '../../lib/statistics/audit.ts';
import { refresh } from '../../lib/statistics/refresh.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsFor } from '../support/migrations.ts';
import { deployedPrivileges, privilegesOf } from '../support/privileges.ts';
import { loadFixtures } from '../support/registry.ts';

const migrations = path.resolve(import.meta.dirname, '../../migrations');
let template: TestDatabase;
let db: TestDatabase;
/** The login role of the hourly job, as docs/guides/aws.md has it made. */
let refresher: string;
let refresherUrl: string;

beforeAll(async () => {
  template = await createTestDatabase({ suffix: '_template_test' });
  const options = { who: 'the test', toolVersion: '0' };
  await up(await compileFolder(migrations, 'migrations'), settingsFor(template.url), options);
  const client = await template.connect();
  await loadFixtures(client);
  await client.end();
});
afterAll(() => template.drop());
beforeEach(async () => {
  db = await createTestDatabase({ template: template.name });
  refresher = `refresher_${db.name}`;
  await db.query(`create role ${refresher} login password 'refresh' in role registry_refresher`);
  const url = new URL(db.url);
  url.username = refresher;
  url.password = 'refresh';
  refresherUrl = url.toString();
});
afterEach(async () => {
  await db.query(`drop role ${refresher}`);
  await db.drop();
});

describe('the refresher may', () => {
  test('do this, and nothing else', async () => {
    expect(await privilegesOf('registry_refresher', db)).toEqual(deployedPrivileges);
    expect(await privilegesOf(refresher, db)).toEqual(
      [...deployedPrivileges, 'member of registry_refresher'].sort(),
    );
  });

  test('call every function that the job calls by default', async () => {
    const privileges = await privilegesOf(refresher, db);
    for (const name of defaultStatisticsFunctions)
      expect(privileges).toContainEqual(expect.stringMatching(new RegExp(`^${name}\\(.*: execute$`)));
  });

  test('refresh, audit and rebuild', async () => {
    const settings = settingsFor(refresherUrl);
    const outcomes = async () =>
      (await refresh(settings)).functions.map(({ outcome, error }) => error ?? outcome);
    expect(await outcomes()).toEqual(['refreshed', 'refreshed', 'refreshed']);
    await db.query(`update generic_files set size = size + 1 where id = 1`);
    expect(await outcomes()).toEqual(['skipped', 'refreshed', 'skipped']);
    // What the metrics are made of.
    expect(await refresh(settings)).toMatchObject({ rowsFolded: 0, lagMs: expect.any(Number) });
    expect(await audit(settings)).toMatchObject({ status: 'ok', total: 0 });
    expect(await rebuild(settings)).toMatchObject({ status: 'rebuilt' });
  });

  test('read the report that the owner reads, all of it', async () => {
    await refresh(settingsFor(refresherUrl));
    const [own, owners] = await Promise.all(
      [refresherUrl, db.url].map((url) => readReport(settingsFor(url))),
    );
    expect({ ...own, createdAt: '' }).toEqual({ ...owners, createdAt: '' });
    expect(own?.current.length).toBeGreaterThan(5);
    expect(own?.history.series.length).toBeGreaterThan(0);
    expect(own?.migrations.length).toBeGreaterThan(10);
    expect(own?.statistics.filter(({ refreshedAt }) => refreshedAt)).toHaveLength(5);
  });
});

test('the refresher may do none of this', async () => {
  const client = await db.connect();
  await client.query(`set session authorization ${refresher}`);
  const statements = [
    'select * from users',
    'select count(*) from generic_files',
    'select 1 from published_deposit_stats',
    'select 1 from storage_option_stats',
    `insert into historical_deposit_stats (file_count) values (1)`,
    'update historical_deposit_stats set file_count = 0',
    'delete from statistics_publications',
    'truncate deposit_cells',
    `select nextval('generic_files_id_seq')`,
    'select rebuild_historical_deposit_stats()',
    'select fold_generic_file_changes()',
    'select count_generic_files()',
    'select publish_current_deposit_stats()',
    `select bring_up_to_date('generic_files')`,
    `select take_over_readers('users')`,
    `select grant_statistics_to('registry_refresher')`,
    'create table mine ()',
    'create schema mine',
    'create view mine as select 1',
    'create function mine() returns int language sql as $$ select 1 $$',
    'create role mine',
    'alter table generic_files disable trigger all',
    'lock table historical_deposit_stats in access exclusive mode',
    `set session_replication_role = 'replica'`,
  ];
  for (const sql of statements) {
    await client.query('begin');
    await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' });
    await client.query('rollback');
  }
});

test('everyone may call none of the functions', async () => {
  expect(
    await db.query(`select oid::regprocedure::text as name from pg_proc
      where pronamespace = 'public'::regnamespace
        and exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)`),
  ).toEqual([]);
});

describe('a user without the grants is told how to get them', () => {
  beforeEach(() => db.query(`revoke registry_refresher from ${refresher}`));
  const hint = () => expect.stringContaining(`SELECT grant_statistics_to('${refresher}')`);

  test('by the refresh', async () => {
    const report = await refresh(settingsFor(refresherUrl));
    expect(report.functions.map(({ error }) => error?.code)).toEqual(Array(3).fill('not-allowed'));
    expect(report.functions[0]?.error?.hint).toContain('SELECT grant_statistics_to(user)');
  });

  test('by audit, rebuild and report; and with them all three work', async () => {
    const settings = settingsFor(refresherUrl);
    await expect(audit(settings)).rejects.toMatchObject({ sqlstate: '42501', hint: hint() });
    await expect(rebuild(settings)).rejects.toMatchObject({ sqlstate: '42501', hint: hint() });
    await expect(readReport(settings)).rejects.toMatchObject({ sqlstate: '42501', hint: hint() });
    await db.query(`select grant_statistics_to('${refresher}')`);
    await Promise.all([audit(settings), readReport(settings), rebuild(settings)]);
    await db.query(`drop owned by ${refresher}`);
  });
});
