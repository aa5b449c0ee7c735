import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resume } from '../../lib/jobs/resume.ts';
import { up } from '../../lib/jobs/up.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const settings = () => settingsFor(database.url);
const invalidIndexes = () => database.query('select indexrelid from pg_index where not indisvalid');

/** Waits until the rebuilt copy of an index is there, and not valid yet. */
async function untilBeingBuilt(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await invalidIndexes()).length > 0) return;
    await sleep(25);
  }
  throw new Error('Nothing was built.');
}

/** Two levels: what a REINDEX of the uppermost table rebuilds hangs on the lowest. */
const PARTITIONS = `create schema app;
  create table app."P" (x int, y int, s text) partition by list (x);
  create table app.p1 partition of app."P" for values in (1) partition by list (y);
  create table app.p11 partition of app.p1 for values in (1);
  create table app.p2 partition of app."P" for values in (2);
  create index "Pi" on app."P" (x);
  insert into app."P" select 1, 1, 'a' from generate_series(1, 100)`;

test.each([
  ['reindex table concurrently app."P"', 'cancel'],
  ['reindex (concurrently, verbose) table app."P"', 'terminate'],
  ['reindex index concurrently app."Pi"', 'cancel'],
  ['reindex index concurrently app."Pi"', 'terminate'],
  ['reindex table concurrently app.p1', 'cancel'],
])(
  '%s, interrupted (%s), leaves no invalid copy on a partition when it is applied',
  async (statement, end) => {
    await database.query(PARTITIONS);
    const files = { '1_a.sql': `-- registry-jobs: transaction off\n${statement};\n` };
    const reader = await database.connect();
    await reader.query('begin isolation level repeatable read; select 1');
    const run = up(await compile(files), settings());
    await untilBeingBuilt();
    await database.query(
      `select pg_${end}_backend(pid) from pg_stat_activity
     where datname = current_database() and starts_with(query, $1)`,
      [statement],
    );
    expect(await run).toMatchObject({ failed: { outcome: 'half-done', done: 0 } });
    expect(await invalidIndexes()).not.toEqual([]);
    await reader.query('commit');
    expect(await resume(await compile(files), settings())).toMatchObject({ status: 'applied' });
    expect(await invalidIndexes()).toEqual([]);
  },
);
