import { expect, test } from 'vitest';
import { assertWhole } from '../../lib/postgres/attempt/leftovers.ts';
import { createTestDatabase } from '../support/database.ts';
import { compile } from '../support/migrations.ts';
import { withSession } from '../support/snapshot-database.ts';

test('an index that somebody else has just built, and that is valid a moment later, is no fault; one that stays invalid is', async () => {
  const database = await createTestDatabase();
  try {
    await database.query('create table t (id int); create index i on t (id)');
    const valid = (is: boolean) => `update pg_index set indisvalid = ${is} where indexrelid = 'i'::regclass`;
    await database.query(valid(false));
    const sql = '-- registry-jobs: transaction off\ncreate index concurrently if not exists i on t (id);';
    const { migrations } = await compile({ '1_a.sql': sql });
    const script = migrations[0]?.up ?? expect.fail();
    const [statement] = script.statements;
    const leaves = statement?.leaves ?? expect.fail();
    const look = () =>
      withSession(database, (connection) =>
        assertWhole(connection, leaves, script, statement ?? expect.fail()),
      );
    const other = await database.connect();
    await other.query('begin');
    await other.query(valid(true));
    const looking = look();
    setTimeout(() => void other.query('commit'), 300);
    await looking;
    await database.query(valid(false));
    await expect(look()).rejects.toMatchObject({
      code: 'invalid-index',
      location: { file: 'migrations/1_a.sql', line: 2, column: 1 },
    });
  } finally {
    await database.drop();
  }
});
