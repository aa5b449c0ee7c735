import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertWhole, cleanUp, lookBefore } from '../../lib/postgres/attempt/leftovers.ts';
import type { Connection } from '../../lib/postgres/session/connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile } from '../support/migrations.ts';
import { withSession } from '../support/snapshot-database.ts';

/*
 * Who builds an index writes that it is valid, lets go of the table, and commits: for a moment, and for as long as a standby lets the commit
 * wait, it is invalid and nobody holds a lock on its table.
 */
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('create table t (id int)');
});
afterEach(() => database.drop());

const valid = (is: boolean) => `update pg_index set indisvalid = ${is} where indrelid = 't'::regclass`;
const indexes = () =>
  database.query(`select relname as name, indisvalid as valid from pg_index join pg_class c on c.oid = indexrelid
    where indrelid = 't'::regclass`);

async function statementOf(sql: string) {
  const { migrations } = await compile({ '1_a.sql': `-- registry-jobs: transaction off\n${sql}` });
  const script = migrations[0]?.up ?? expect.fail();
  const statement = script.statements[0] ?? expect.fail();
  return { script, statement, leaves: statement.leaves ?? expect.fail() };
}

/** Does something while somebody commits, a moment later, that the index is valid. */
async function whileItBecomesValid(work: (connection: Connection) => Promise<unknown>): Promise<void> {
  const other = await database.connect();
  await other.query('begin');
  await other.query(valid(true));
  const working = withSession(database, work);
  setTimeout(() => void other.query('commit'), 300);
  await working;
  // Also where nobody waited for it.
  await expect.poll(indexes).toMatchObject([{ valid: true }]);
}

test('an index that somebody else has just built is no fault; one that stays invalid is', async () => {
  const { script, statement, leaves } = await statementOf(
    'create index concurrently if not exists i on t (id);',
  );
  await database.query(`create index i on t (id); ${valid(false)}`);
  const look = (connection: Connection) => assertWhole(connection, leaves, script, statement);
  await whileItBecomesValid(look);
  await database.query(valid(false));
  await expect(withSession(database, look)).rejects.toMatchObject({
    code: 'invalid-index',
    location: { file: 'migrations/1_a.sql', line: 2, column: 1 },
  });
});

test.each(['create index concurrently i on t (id);', 'create index concurrently on t (id);'])(
  'what somebody else has just built is not dropped, what is left is: %s',
  async (sql) => {
    const { script, leaves } = await statementOf(sql);
    const place = { script, index: 0 };
    const begun = await withSession(database, (connection) => lookBefore(connection, leaves, place));
    const name = leaves.kind === 'index' && leaves.name ? 'i' : 't_id_idx';
    await database.query(`create index ${name} on t (id); ${valid(false)}`);
    const clean = async (connection: Connection) => {
      // As for every file without a transaction.
      await connection.send('SET default_transaction_read_only = off');
      await cleanUp(connection, begun, place);
    };
    await whileItBecomesValid(clean);
    expect(await indexes()).toEqual([{ name, valid: true }]);
    await database.query(valid(false));
    await withSession(database, clean);
    expect(await indexes()).toEqual([]);
  },
);
