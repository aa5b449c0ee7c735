/**
 * For files whose tests wait for most of their time: each test has a database of its own, and those of a `describe` run at
 * once. Nothing else may be shared between them, neither variables nor roles.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type TestContext, test as vitestTest } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

const current = new AsyncLocalStorage<TestDatabase>();

function own(): TestDatabase {
  const found = current.getStore();
  if (!found) throw new Error('Only a test of this module has a database.');
  return found;
}

/** That of the test that asks, so that helpers need not be given it. */
export const database: TestDatabase = {
  get name() {
    return own().name;
  },
  get url() {
    return own().url;
  },
  query: (sql, values) => own().query(sql, values),
  connect: () => own().connect(),
  drop: () => own().drop(),
};

/** A test body that has a new database, and drops it. */
function inDatabase<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>) {
  return async (...args: Args): Promise<void> => {
    const created = await createTestDatabase();
    try {
      await current.run(created, () => work(...args));
    } finally {
      await created.drop();
    }
  };
}

type Work = (context: TestContext) => Promise<void>;

function each<Row extends readonly [unknown, ...unknown[]]>(rows: readonly Row[]) {
  return (name: string, work: (...row: Row) => Promise<void>): void =>
    vitestTest.concurrent.each<Row>([...rows])(name, (...row) =>
      inDatabase(work)(...(row as unknown as Row)),
    );
}

/** As that of vitest, beside the others of its `describe`. */
export const test = Object.assign(
  (name: string, work: Work): void => vitestTest.concurrent(name, inDatabase(work)),
  { each },
);

/** While no other test of its file runs: for what is measured of this process. */
export const testAlone = (name: string, work: Work): void => vitestTest(name, inDatabase(work));
