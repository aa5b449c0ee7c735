import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareSnapshots } from '../../lib/plan/differences.ts';
import type { Snapshot } from '../../lib/plan/snapshot.ts';
import { readSnapshot } from '../../lib/postgres/snapshot/read-snapshot.ts';
import { createTestDatabase, queryOnce, type TestDatabase } from '../support/database.ts';
import { type Dump, findDump } from '../support/pg-dump.ts';
import { createStage, type SnapshotStage, withSession } from '../support/snapshot-database.ts';
import { MUTATIONS } from '../support/snapshot-mutations.ts';
import { SUBSCRIPTION } from '../support/snapshot-schema.ts';

/** Each change has a database of its own and runs a program: minutes in all. The tests on other servers have the time, others every so many. */
const everySoMany = ({ isQuick }: Dump) => (process.env.EACH_MUTATION ? 1 : isQuick ? 25 : 100);

let stage: SnapshotStage;
let original: TestDatabase;
let dump: Dump;

beforeAll(async () => {
  stage = await createStage();
  dump = await findDump(stage.major);
  original = await stage.create();
});
afterAll(() => stage.drop());

interface Look {
  readonly text: string;
  readonly snapshot: Snapshot;
}

/** Both views of a copy of the schema, with a change. */
async function lookAfter(sql: string, judge: Dump): Promise<Look> {
  const copy = await createTestDatabase({ template: original.name });
  try {
    // A copy has all but these.
    await queryOnce(copy.url, stage.named(SUBSCRIPTION));
    if (sql) await queryOnce(copy.url, stage.named(sql).replaceAll('DATABASE', copy.name));
    const snapshot = await withSession(copy, (connection) => readSnapshot(connection));
    return { text: (await judge(copy.url)).replaceAll(copy.name, 'DATABASE'), snapshot };
  } finally {
    await queryOnce(copy.url, stage.named('drop subscription if exists back_SUFFIX'));
    await copy.drop();
  }
}

test('what pg_dump sees is seen', { timeout: 900_000 }, async () => {
  const every = everySoMany(dump);
  const before = await lookAfter('', dump);
  const missed: string[] = [];
  let seen = 0;
  // What no statement can do is not for it, and what is the whole server's would be there for all that come after.
  const tried = MUTATIONS.filter(
    ({ sql }) => !/^(update|delete from|insert into) pg_|on parameter/.test(sql),
  ).filter(({ since = 0 }, index) => since <= stage.major && index % every === 0);
  for (const { sql } of tried) {
    const after = await lookAfter(sql, dump);
    if (after.text === before.text) continue;
    seen++;
    if (compareSnapshots(before.snapshot, after.snapshot).length === 0) missed.push(sql);
  }
  expect(missed).toEqual([]);
  expect(seen).toBeGreaterThan(tried.length / 2);
});
