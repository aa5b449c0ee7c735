import { execFile } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import type { EnvironmentDatabase } from '../support/aws-database.ts';
import { type Cdk, succeed } from '../support/aws-deploy.ts';
import type { Aws } from '../support/aws-observer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contextOf, prepareEnvironment, removeEnvironment, stack } from './environment.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const root = resolve(import.meta.dirname, '../..');
const folder = temporaryFolder();
const migrations = join(folder, 'migrations');

/**
 * What CloudFormation does when a deploy fails: it runs the older version against the newer database, which must change nothing
 * and succeed, or nobody can deploy any more (UPDATE_ROLLBACK_FAILED). In an emulator only, beside which no other stack is.
 */
describe.skipIf(!where?.emulatorFolder)('a deploy that fails', () => {
  let cdk: Cdk;
  let aws: Aws;
  let database: EnvironmentDatabase;
  const gaps = createGaps(knownGaps);

  beforeAll(async () => {
    if (!where) return;
    ({ cdk, aws, database } = await prepareEnvironment(folder, where.variables));
  });
  afterAll(async () => {
    if (!where) return;
    await removeEnvironment({ cdk, aws, database }, context());
  });

  const write = (file: string, sql: string) => writeFileSync(join(migrations, file), sql);
  const context = (more: Record<string, string> = {}) => ({
    ...contextOf(folder, gaps),
    ...more,
  });
  const deploy = (more: Record<string, string> = {}) =>
    cdk.run(['deploy', stack, '--exclusively'], context(more));
  /** Fails for this reason, and leaves the stack as somebody can deploy to. */
  const rollBack = async (reason: string, more: Record<string, string> = {}) => {
    const { code, output } = await deploy(more);
    expect(code).not.toBe(0);
    expect(output).toContain(reason);
    expect(await aws.stackStatus(stack), output).toBe('UPDATE_ROLLBACK_COMPLETE');
  };
  const tries = async (after = 0) =>
    (
      await database.query(
        'SELECT version, status FROM schema_migrations_journal ORDER BY started_at OFFSET $1',
        [after],
      )
    ).map(({ version, status }) => `${version} ${status}`);
  /** As an operator types it. */
  const registryJobs = (...args: string[]) =>
    promisify(execFile)(
      process.execPath,
      ['bin/registry-jobs.ts', ...args, '--yes', '--migrations', migrations, '--database-url', database.url],
      { cwd: root },
    );
  const holdLock = async () => {
    const holder = await database.connect();
    const key = String(migrationLockKey(database.name, { schema: 'public', table: 'schema_migrations' }));
    await holder.query('SELECT pg_advisory_lock($1::bigint)', [key]);
    return () => holder.end();
  };

  test('first, a version that all others roll back to', async () => {
    write('001_shops.sql', 'CREATE TABLE IF NOT EXISTS shops (id int);\n');
    write('002_goods.sql', 'CREATE TABLE IF NOT EXISTS goods (id int);\n');
    write('R_a.sql', 'CREATE OR REPLACE VIEW a AS SELECT 1 AS one;\n');
    await succeed(deploy());
    expect(await tries()).toEqual(['001_shops applied', '002_goods applied', 'R_a applied']);
  });

  test('while somebody holds the lock, a deploy with nothing to do does not wait for it', async () => {
    const letGo = await holdLock();
    try {
      await succeed(deploy({ memory: '768' }));
    } finally {
      await letGo();
    }
    expect((await tries()).length).toBe(3);
  });

  test('while somebody holds the lock, a deploy with something to do fails, and its rollback does not need it', async () => {
    write('003_late.sql', 'CREATE TABLE IF NOT EXISTS late (id int);\n');
    const letGo = await holdLock();
    try {
      await rollBack('Another run holds the migration lock', { memory: '768' });
    } finally {
      await letGo();
    }
    expect((await tries()).length).toBe(3);
    await succeed(deploy({ memory: '768' }));
    expect(await tries(3)).toEqual(['003_late applied']);
  });

  test('after a renumbering the older name is not applied again', async () => {
    renameSync(join(migrations, '002_goods.sql'), join(migrations, '004_goods.sql'));
    await registryJobs('renumber');
    const before = (await tries()).length;
    write('005_bad.sql', 'SELECT 1 / 0;\n');
    await rollBack('005_bad.sql:1:1: division by zero', { memory: '768' });
    expect(await tries(before)).toEqual(['005_bad failed']);
    rmSync(join(migrations, '005_bad.sql'));
    await succeed(deploy({ memory: '768' }));
  });

  test('a repeatable file is not put back to its older text', async () => {
    write('R_a.sql', 'CREATE OR REPLACE VIEW a AS SELECT 2 AS one;\n');
    write('R_b.sql', 'SELECT 1 / 0;\n');
    const before = (await tries()).length;
    await rollBack('R_b.sql:1:1: division by zero', { memory: '768' });
    expect(await tries(before)).toEqual(['R_a applied', 'R_b failed']);
    expect(await database.query('SELECT one FROM a')).toEqual([{ one: 2 }]);
    rmSync(join(migrations, 'R_b.sql'));
    await succeed(deploy({ memory: '768' }));
  });

  test('nor is an edit that was accepted an error to the version before it', async () => {
    write('001_shops.sql', '-- The first.\nCREATE TABLE IF NOT EXISTS shops (id int);\n');
    await registryJobs('force', '001_shops');
    write('006_bad.sql', 'SELECT 1 / 0;\n');
    const before = (await tries()).length;
    await rollBack('006_bad.sql:1:1: division by zero', { memory: '768' });
    expect(await tries(before)).toEqual(['006_bad failed']);
    rmSync(join(migrations, '006_bad.sql'));
    await succeed(deploy({ memory: '768' }));
  });
});
