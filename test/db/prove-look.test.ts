import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareSnapshots } from '../../lib/plan/differences.ts';
import type { Snapshot } from '../../lib/plan/snapshot.ts';
import { changesNothing, quickLook } from '../../lib/postgres/prove/look.ts';
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
  const seen = [await see()];
  for (const sql of [one, other]) {
    await send('savepoint before');
    await send(sql);
    seen.push(await see());
    await send('rollback to before');
  }
  await send('ROLLBACK; BEGIN READ WRITE; drop table gone_one, gone_two; COMMIT');
  const [none, first, second] = seen;
  if (!none || !first || !second) throw new Error('A look has seen nothing.');
  expect([compare(none, first), compare(none, second), compare(first, second)]).not.toContainEqual([]);
});
