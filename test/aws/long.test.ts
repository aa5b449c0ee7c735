import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { EnvironmentDatabase } from '../support/aws-database.ts';
import { type Cdk, succeed } from '../support/aws-deploy.ts';
import type { Aws } from '../support/aws-observer.ts';
import { cli, createProject } from '../support/cli.ts';
import { portOwner } from '../support/port-owner.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contextOf, prepareEnvironment, removeEnvironment, stack } from './environment.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const folder = temporaryFolder();
const migrations = join(folder, 'migrations');

/** How long one run of the function may take, and how long a deploy that is to be too short for its migration. In seconds. */
const RUN = 15;
const SHORT = 15;

/** Migrations that take longer than the function, on one environment: every test goes on where the one before it ended. */
describe.skipIf(!where?.emulatorFolder)('a migration that outlasts the function', () => {
  let cdk: Cdk;
  let aws: Aws;
  let database: EnvironmentDatabase;
  let laptop: string;
  const gaps = createGaps(knownGaps);

  beforeAll(async () => {
    if (!where) return;
    ({ cdk, aws, database } = await prepareEnvironment(folder, where.variables));
    write('001_shops.sql', 'create table shops (id int);\n');
    await succeed(deploy());
    const name = String(cdk.outputs(stack).MigrateFunctionName);
    laptop = createProject({ '.env.emulator': `REGISTRY_JOBS_FUNCTION=${name}\n` });
  }, 240_000);
  afterAll(async () => {
    if (!where) return;
    await removeEnvironment({ cdk, aws, database }, context());
  });

  const write = (file: string, sql: string) => writeFileSync(join(migrations, file), sql);
  const context = (more: Record<string, string> = {}) => ({
    ...contextOf(folder, gaps),
    seconds: String(RUN),
    ...more,
  });
  const deploy = (more: Record<string, string> = {}) =>
    cdk.run(['deploy', stack, '--exclusively'], context(more));
  const ask = (...args: string[]) =>
    cli([...args, '--env', 'emulator'], { folder: laptop, env: { ...where?.variables } });
  const log = () => aws.log(String(cdk.outputs(stack).MigrateLogGroup));
  const journal = async (version: string) =>
    (
      await database.query(
        'SELECT status FROM schema_migrations_journal WHERE version = $1 ORDER BY started_at',
        [version],
      )
    ).map(({ status }) => status);
  const backends = (sql: string) =>
    database.query(
      `SELECT pid, client_port AS port FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE $1`,
      [sql],
    );
  /** Kills a process of the function by the session that it has in the database. */
  const kill = (session: string) =>
    vi.waitFor(
      async () => {
        const found = await database.query(
          `SELECT client_port AS port FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${session}`,
        );
        const [pid] = found.flatMap(({ port }) => portOwner(Number(port)) ?? []);
        if (!pid) throw new Error('There is none.');
        process.kill(pid, 'SIGKILL');
      },
      { timeout: 90_000, interval: 20 },
    );
  const untilRunning = (sql: string) =>
    vi.waitFor(async () => expect(await backends(sql)).toHaveLength(1), { timeout: 90_000, interval: 250 });

  test('75 seconds, through functions of 15: the deploy waits, and no invocation is longer than its limit', async () => {
    write('002_long.sql', long('long', 75));
    const began = Date.now();
    await succeed(deploy());
    expect(Date.now() - began).toBeGreaterThan(75_000);
    expect(await aws.stackStatus(stack)).toMatch(/^UPDATE_COMPLETE$/);
    expect(await journal('002_long')).toEqual(['applied']);
    expect(await database.query('SELECT count(*)::int AS rows FROM long')).toEqual([{ rows: 1 }]);
    const durations = durationsIn(await log());
    console.log(`Invocations of the function, in ms: ${durations.join(', ')}`);
    expect(durations.length).toBeGreaterThan(5);
    expect(Math.max(...durations)).toBeLessThan(RUN * 1_000);
  });

  test('bad SQL fails the deploy from the server too, with file, line and column, and leaves nothing', async () => {
    write('003_bad.sql', `${long('bad', 4)}select 1 / 0;\n`);
    const { code, output } = await deploy();
    expect(code).not.toBe(0);
    expect(output).toMatch(/migrations\/003_bad\.sql:5:1: division by zero \(SQLSTATE 22012\)/);
    const failed = (await aws.stackEvents(stack)).find((it) => it.ResourceStatus === 'UPDATE_FAILED');
    expect(failed?.ResourceStatusReason).toContain('migrations/003_bad.sql:5:1: division by zero');
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    // It was tried once: the run that came upon the failure did not begin again.
    expect(await journal('003_bad')).toEqual(['failed']);
    expect(await database.query(`SELECT to_regclass('bad') AS there`)).toEqual([{ there: null }]);
    rmSync(join(migrations, '003_bad.sql'));
  });

  test('beyond the time of the deploy it runs on, the rollback is green, and the next deploy waits for the same run', async () => {
    write('003_later.sql', long('later', 75));
    const { code, output } = await deploy({ deploySeconds: String(SHORT) });
    expect(code).not.toBe(0);
    expect(output).toContain('migrations/003_later.sql still runs in the server since ');
    expect(output).toContain('Nothing is lost, it runs on by itself. Deploy again when it is applied');
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await backends('%later%')).toHaveLength(1);
    await succeed(deploy());
    expect(await journal('003_later')).toEqual(['applied']);
    expect(await database.query('SELECT count(*)::int AS rows FROM later')).toEqual([{ rows: 1 }]);
  });

  test('the function killed at the beginning, and while it looks: the deploy goes on, and the file is run once', async () => {
    write('004_killed.sql', long('killed', 40));
    const ended = async () => (await log()).split('"message":"finished"').length;
    const before = await ended();
    const deployed = deploy();
    // Only once the file is at work: the row that it is begun is written before, and then it would be begun again.
    await kill(`query LIKE '%killed%' AND wait_event = 'PgSleep'`);
    await untilRunning('%killed%');
    // The beginning, which is called again, is over once it says so; what comes then is a look.
    await vi.waitFor(async () => expect(await ended()).toBeGreaterThan(before), {
      timeout: 60_000,
      interval: 100,
    });
    await kill(`query NOT LIKE '%killed%' AND application_name LIKE 'registry-jobs%'`);
    await succeed(deployed);
    expect(await journal('004_killed')).toEqual(['applied']);
    expect(await database.query('SELECT count(*)::int AS rows FROM killed')).toEqual([{ rows: 1 }]);
  });

  test('cancelled from a laptop: the deploy fails and says so, and nothing of it is kept', async () => {
    write('005_cancelled.sql', long('cancelled', 90));
    const deployed = deploy();
    await untilRunning('%cancelled%');
    const cancelled = await ask('cancel', '--remote', '--yes');
    // The emulator ends a function's processes when its code changes, which the rollback does at once. Lambda lets a call come to its end.
    if (cancelled.code !== 0) expect(cancelled.stderr).toContain('Worker process died');
    const { code, output } = await deployed;
    expect(code).not.toBe(0);
    expect(output).toMatch(/005_cancelled\.sql/);
    expect(output).toMatch(/SQLSTATE 57014|cancel/);
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await database.query(`SELECT to_regclass('cancelled') AS there`)).toEqual([{ there: null }]);
    rmSync(join(migrations, '005_cancelled.sql'));
  });

  test('approval withheld: nothing is run, the deploy says which plan it waited for, and the rollback is green', async () => {
    write('005_approved.sql', long('approved', 20));
    const { code, output } = await deploy({ approval: 'required', deploySeconds: String(SHORT) });
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /The plan [0-9a-f]{16} is not approved: there is no parameter \/registry\/emulator\/migrate\/approved-plan\./,
    );
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await journal('005_approved')).toEqual([]);
    expect(await log()).toContain('"ApprovalWaiting":1');
  });

  test('approval wrong, then given: the deploy goes on by itself, to the end of a plan of two files', async () => {
    write('006_after.sql', long('after', 4));
    await aws.putParameter('/registry/emulator/migrate/approved-plan', '0123456789abcdef', 'String');
    const deployed = deploy({ approval: 'required' });
    const hash = await vi.waitFor(
      async () => {
        const [, found] =
          /The plan ([0-9a-f]{16}) is not approved: \S+ says 0123456789abcdef/.exec(await log()) ?? [];
        if (!found) throw new Error('It does not wait yet.');
        return found;
      },
      { timeout: 90_000, interval: 500 },
    );
    expect(await journal('005_approved')).toEqual([]);
    await aws.putParameter('/registry/emulator/migrate/approved-plan', hash, 'String');
    await succeed(deployed);
    expect([await journal('005_approved'), await journal('006_after')]).toEqual([['applied'], ['applied']]);
  });

  test('removing the stack asks nothing of the database', async () => {
    const before = await database.describe();
    await succeed(cdk.run(['destroy', stack, '--force', '--exclusively'], context()));
    expect(await aws.stackStatus(stack)).toBeUndefined();
    expect(await database.describe()).toBe(before);
  });
});

/** A file of four lines that takes some seconds. */
const long = (table: string, seconds: number) =>
  `-- registry-jobs: expected-duration 5min\ncreate table ${table} (id int);\nselect pg_sleep(${seconds});\ninsert into ${table} values (1);\n`;

/** How long each invocation took, as the platform says it at its end. */
function durationsIn(text: string): number[] {
  return [...text.matchAll(/REPORT RequestId: \S+\s+Duration: ([\d.]+) ms/g)].map(([, ms]) => Number(ms));
}
