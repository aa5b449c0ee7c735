import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Blocker } from '../../lib/engine/events.ts';
import { up } from '../../lib/jobs/up.ts';
import { describeBlockers } from '../../lib/postgres/catalog/blockers.ts';
import { migrationLockKey } from '../../lib/postgres/session/advisory-lock.ts';
import type { Settings } from '../../lib/settings/settings.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

/* Who is in the way is named, with what is true of them: not with a figure that reads as our own waiting time. */
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const settings = () => settingsFor(database.url);
const ONE = { '001_a.sql': 'create table if not exists a (x int);' };

/** Who was in the way of a run that ended in an error. */
async function whoIsInTheWay(files: Record<string, string>, target: Settings): Promise<Blocker[]> {
  const seen: Blocker[] = [];
  await up(await compile(files), target, {
    waitForLockMs: 0,
    deadline: Date.now() + 13_000,
    onEvent: (event) => 'blockers' in event && seen.push(...event.blockers),
  }).catch(() => {});
  return seen;
}

describe('how long', () => {
  test('a transaction has been open that we have waited for a moment', async () => {
    await database.query('create table t (x int)');
    const other = await database.connect();
    await other.query(`begin; lock table t in share mode; select pg_sleep(1.6)`);
    const [blocker, ...more] = await whoIsInTheWay(
      { '001_a.sql': 'alter table t add column y int' },
      settings(),
    );
    expect(more.every(({ pid }) => pid === blocker?.pid)).toBe(true);
    expect(blocker?.ageSeconds).toBeGreaterThanOrEqual(1);
    expect(describeBlockers(blocker ? [blocker] : [])).toMatch(
      /^pid \d+ \(\w+\), whose transaction has been open for \d+ s: begin; lock table t in share mode/,
    );
  });

  test('a session has been open that is in no transaction', async () => {
    const other = await database.connect();
    await other.query('select pg_advisory_lock($1)', [migrationLockKey(database.name, settings().ledger)]);
    const [blocker] = await whoIsInTheWay(ONE, settings());
    expect(describeBlockers(blocker ? [blocker] : [])).toMatch(
      /^pid \d+ \(\w+\), whose session has been open for \d+ s: select pg_advisory_lock/,
    );
  });

  test('is not said where we may not see it', async () => {
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
