import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareSnapshots } from '../../lib/plan/differences.ts';
import type { Snapshot } from '../../lib/plan/snapshot.ts';
import { parseScript } from '../../lib/postgres/parser/parse.ts';
import { changesNothing, quickLook } from '../../lib/postgres/prove/look.ts';
import { runWithin } from '../../lib/postgres/prove/run-script.ts';
import { readSnapshot } from '../../lib/postgres/snapshot/read-snapshot.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  createStage,
  type OpenSession,
  openSession,
  type SnapshotStage,
} from '../support/snapshot-database.ts';
import { MUTATIONS } from '../support/snapshot-mutations.ts';

/* What the snapshot sees, the quick look of prove has to see as well: it may be unsure of what is equal, and never the other way round. */

const BEGIN = 'BEGIN READ WRITE';

let stage: SnapshotStage;
let database: TestDatabase;
let session: OpenSession;

beforeAll(async () => {
  stage = await createStage();
  database = await stage.create();
  session = await openSession(database);
});
afterAll(async () => {
  await session?.close();
  await stage.drop();
});

const look = (statements: readonly string[]) => {
  const { connection } = session;
  const run = async () => {
    for (const sql of statements)
      await connection.send(stage.named(sql).replaceAll('DATABASE', database.name));
    return undefined;
  };
  return changesNothing(connection, BEGIN, run, []);
};

/** What is done to the server's own objects, to the smallest of ours and to secrets, and each eighth of the others; all of them when asked for. */
const ASKED = MUTATIONS.filter(
  ({ sql }, index) =>
    process.env.EACH_MUTATION === '1' ||
    index % 8 === 0 ||
    /pg_catalog|public is null|language|large object|lo_|subscription/.test(sql),
);

test(`each of ${ASKED.length} changes of the catalog is seen`, { timeout: 60_000 }, async () => {
  const missed: string[] = [];
  for (const { sql, since = 0 } of ASKED) {
    if (since > stage.major) continue;
    const answer = await look([sql]);
    if (answer === 'same') missed.push(sql);
  }
  expect(missed).toEqual([]);
});

test.each([
  ['nothing', ['select 1']],
  [
    'a table that comes and goes',
    ['create table passing (id int primary key, n text)', 'drop table passing'],
  ],
  ['a schema that comes and goes', ['create schema s', 'drop schema s']],
  ['a comment in the same words', ["comment on schema app is 'x'", 'comment on schema app is null']],
])('is sure of %s', async (_, statements) => {
  // Other tests change what belongs to the whole server at the same moment, which may make it unsure.
  await expect.poll(() => look(statements), { timeout: 20_000 }).toBe('same');
});

test('leaves everything as it was', async () => {
  const before: Snapshot = await readSnapshot(session.connection);
  await look(['create table passing (id int)']);
  expect(compareSnapshots(before, await readSnapshot(session.connection))).toEqual([]);
});

/* Nothing comes in these: only the count and the sum of what stays say that something else has gone. */
test.each([
  ['tables', 'drop table gone_one', 'drop table gone_two'],
  ['comments', 'comment on table gone_one is null', 'comment on table gone_two is null'],
  [
    'comments of the server',
    'comment on function pg_catalog.now() is null',
    'comment on function pg_catalog.random() is null',
  ],
])('two states of a transaction in which other %s are gone are not equal', async (_, one, other) => {
  const { connection } = session;
  const send = (sql: string) => connection.send(sql);
  await send(BEGIN);
  await send(
    "create table gone_one (); create table gone_two (); comment on table gone_one is 'x'; comment on table gone_two is 'x'; COMMIT; BEGIN READ WRITE",
  );
  const { see, compare } = await quickLook(connection, []);
  const seen: Awaited<ReturnType<typeof see>>[] = [];
  // What the first look finds written to is what the others look at.
  for (const sql of [one, 'select 1', one, other]) {
    await send('savepoint before');
    await send(sql);
    seen.push(await see());
    await send('rollback to before');
  }
  await send('ROLLBACK; BEGIN READ WRITE; drop table gone_one, gone_two; COMMIT');
  const [again, none, first, second] = seen;
  if (!again || !none || !first || !second) throw new Error('A look has seen nothing.');
  expect(compare(again, first)).toEqual([]);
  expect([compare(none, first), compare(none, second), compare(first, second)]).not.toContainEqual([]);
});

test('a look at what the first one had no need to look at is sure of nothing', async () => {
  const { connection } = session;
  await connection.send(BEGIN);
  const { see, compare } = await quickLook(connection, []);
  const seen = [await see()];
  for (const n of [1, 2]) {
    await connection.send(`create table later_${n} ()`);
    seen.push(await see());
  }
  await connection.send('ROLLBACK');
  const [none, one, two] = seen;
  if (!none || !one || !two) throw new Error('A look has seen nothing.');
  const pairs = [compare(none, none), compare(none, one), compare(one, two), compare(two, two)];
  expect(pairs.map(({ length }) => length)).toEqual([0, 1, 1, 1]);
});

test.each([
  ['off from the start', 'set local track_counts = off', []],
  [
    'turned off by a file, and on again',
    'select 1',
    ['set local track_counts = off', 'set local track_counts = on'],
  ],
  [
    'turned off by a function, and on again',
    'select 1',
    ["select set_config('track_counts', 'off', true)", 'set local track_counts = on'],
  ],
])('what is not counted is looked at all the same: %s', async (_, first, [off, on]) => {
  const { connection } = session;
  await connection.send(`${BEGIN}; ${first}`);
  const { see, compare } = await quickLook(connection, []);
  const none = await see();
  const send = async (sql: string) => runWithin(connection, await parseScript('001_a.sql', sql));
  if (off) await send(off);
  await send('create table uncounted (id int)');
  if (on) await send(on);
  const some = await see();
  await connection.send('ROLLBACK');
  if (!none || !some) throw new Error('A look has seen nothing.');
  expect(compare(none, some)).not.toEqual([]);
});
