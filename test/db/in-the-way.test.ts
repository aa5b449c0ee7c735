import { describe, expect } from 'vitest';
import type { Blocker } from '../../lib/engine/events.ts';
import { adopt } from '../../lib/jobs/adopt.ts';
import { force } from '../../lib/jobs/force.ts';
import { status } from '../../lib/jobs/status.ts';
import { up } from '../../lib/jobs/up.ts';
import { describeBlockers } from '../../lib/postgres/catalog/blockers.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import type { PostgresSettings } from '../../lib/settings/settings.ts';
import { database, test, testAlone } from '../support/concurrent.ts';
import { compile, rejection, settingsFor } from '../support/migrations.ts';

/* Who is in the way is named, with what is true of them: not with a figure that reads as our own waiting time. */
const settings = () => settingsFor(database.url);
const ONE = { '001_a.sql': 'create table if not exists a (x int);' };
const TWO = { ...ONE, '002_b.sql': 'create table if not exists b (x int);' };

/** Who was in the way of a run that ended in an error. */
async function whoIsInTheWay(files: Record<string, string>, target: PostgresSettings): Promise<Blocker[]> {
  const seen: Blocker[] = [];
  await up(await compile(files), target, {
    waitForLockMs: 200,
    deadline: Date.now() + 13_000,
    onEvent: (event) => 'blockers' in event && seen.push(...event.blockers),
  }).catch(() => {});
  return seen;
}

/** One after the other: a run looks for a moment only who is in its way. */
describe('how long', () => {
  testAlone('a transaction has been open that we have waited for a moment', async () => {
    await database.query('create table t (x int)');
    const other = await database.connect();
    await other.query(`begin; lock table t in share mode; select pg_sleep(1.6)`);
    // Half of it is what the look may take, from a session of its own, also on a busy machine.
    const target = settingsFor(database.url, { lockTimeoutMs: 400 });
    const [blocker, ...more] = await whoIsInTheWay({ '001_a.sql': 'alter table t add column y int' }, target);
    expect(more.every(({ pid }) => pid === blocker?.pid)).toBe(true);
    expect(blocker?.ageSeconds).toBeGreaterThanOrEqual(1);
    expect(describeBlockers(blocker ? [blocker] : [])).toMatch(
      /^pid \d+ \(\w+\), whose transaction has been open for \d+ s: begin; lock table t in share mode/,
    );
  });

  testAlone('a session has been open that is in no transaction', async () => {
    const other = await database.connect();
    await other.query('select pg_advisory_lock($1)', [migrationLockKey(database.name, settings().ledger)]);
    const [blocker] = await whoIsInTheWay(ONE, settings());
    expect(describeBlockers(blocker ? [blocker] : [])).toMatch(
      /^pid \d+ \(\w+\), whose session has been open for \d+ s: select pg_advisory_lock/,
    );
  });

  testAlone('is not said where we may not see it', async () => {
    const role = `r_${database.name}`;
    await database.query(`create role ${role} login password 'x'; grant all on schema public to ${role}`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'x'];
    const other = await database.connect();
    await other.query('select pg_advisory_lock($1)', [migrationLockKey(database.name, settings().ledger)]);
    const [blocker] = await whoIsInTheWay(ONE, settingsFor(url.toString()));
    await database.query(`drop owned by ${role}; drop role ${role}`);
    expect(describeBlockers(blocker ? [blocker] : [])).toMatch(/^pid \d+ \(\w+\): <insufficient privilege>$/);
  });
});

describe.concurrent('a table of the ledger that somebody has locked', () => {
  const tables = ['schema_migrations', 'schema_migrations_journal', 'schema_migrations_bundles'];
  const commands: Readonly<Record<string, () => Promise<unknown>>> = {
    up: async () => up(await compile(TWO), settings()),
    'up of a deploy': async () => up(await compile(ONE), settings(), { olderBundle: 'accept' }),
    force: async () => force(await compile(ONE), settings(), '001_a', { apply: false, remove: true }),
  };
  const cases = tables.flatMap((table) => Object.keys(commands).map((command) => [table, command] as const));

  test.each(cases)('%s, at %s: who it is, and what to do', async (table, command) => {
    await up(await compile(ONE), settings());
    const other = await database.connect();
    await other.query(`begin; lock table ${table}; select 'mine'`);
    const error = await rejection(commands[command]?.() ?? Promise.resolve());
    await other.query('rollback');
    expect(error).toMatchObject({ code: 'ledger-locked', sqlstate: '55P03' });
    expect(String(error)).toMatch(
      /The ledger is locked by pid \d+ \(\w+\), whose transaction has been open for \d+ s: .*select 'mine'\.$/,
    );
  });

  test('that of the bundles keeps nobody out who does not read it', async () => {
    await up(await compile(ONE), settings());
    const other = await database.connect();
    await other.query('begin; lock table schema_migrations_bundles in access exclusive mode');
    expect(await status(await compile(TWO), settings())).toMatchObject({ status: 'pending' });
    await other.query('rollback');
  });

  test.each<[string, () => Promise<unknown>]>([
    ['status', async () => status(await compile(ONE), settings())],
    ['adopt', async () => adopt(await compile(ONE), settings(), { apply: false })],
  ])('the history of Flyway, at %s', async (_, ask) => {
    await database.query(`create table flyway_schema_history (installed_rank int, version text, description text,
      type text, script text, checksum int, installed_by text, installed_on timestamp, execution_time int, success boolean)`);
    const other = await database.connect();
    await other.query('begin; lock table flyway_schema_history');
    expect(await rejection(ask())).toMatchObject({
      code: 'ledger-locked',
      message: expect.stringMatching(/locked by pid \d+ /),
    });
    await other.query('rollback');
  });

  test('the journal, where it is asked whether a text is new', async () => {
    await up(await compile(TWO), settings());
    await up(await compile({ ...TWO, '003_c.sql': 'select 1' }), settings(), { olderBundle: 'accept' });
    const other = await database.connect();
    await other.query('begin; lock table schema_migrations_journal in access exclusive mode');
    const older = up(await compile(TWO), settings(), { olderBundle: 'accept' });
    expect(await rejection(older)).toMatchObject({ code: 'ledger-locked' });
    await other.query('rollback');
  });
});
