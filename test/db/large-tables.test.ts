import { afterAll, beforeAll, expect, test } from 'vitest';
import { findLargeTables } from '../../lib/postgres/prove/large.ts';
import { createTestDatabase, queryOnce, type TestDatabase } from '../support/database.ts';
import { compile } from '../support/migrations.ts';
import { withSession } from '../support/snapshot-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await queryOnce(
    database.url,
    'create table big (id int, n int); insert into big select i, i from generate_series(1, 2000) i; create table small (id int)',
  );
});
afterAll(() => database.drop());

/** What a transaction does before it is looked at, and whether it has written to the large table: also in a part that was undone. */
const DONE: readonly { name: string; sql: string; writes: boolean }[] = [
  { name: 'reads', sql: 'select count(*) from big', writes: false },
  { name: 'writes to another', sql: 'insert into small values (1)', writes: false },
  { name: 'adds a column', sql: 'alter table big add m int', writes: false },
  { name: 'adds a row', sql: 'insert into big values (0)', writes: true },
  { name: 'changes a row', sql: 'update big set n = 0 where id = 7', writes: true },
  { name: 'changes no row', sql: 'update big set n = 0 where id = -7', writes: false },
  { name: 'deletes a row', sql: 'delete from big where id = 7', writes: true },
  { name: 'empties it', sql: 'truncate big', writes: true },
  { name: 'writes it anew', sql: 'alter table big alter n type bigint', writes: true },
  { name: 'drops it', sql: 'drop table big', writes: true },
  { name: 'makes it anew', sql: 'drop table big; create table big (id int, n int)', writes: true },
  { name: 'undoes a change', sql: 'savepoint s; delete from big; rollback to s', writes: true },
];

test.each(DONE)('$name', async ({ sql, writes }) => {
  const { migrations } = await compile({ '001_a.sql': 'select 1;' });
  const script = migrations[0]?.up;
  if (!script) throw new Error('There is no file.');
  const told = await withSession(database, async (connection) => {
    const large = await findLargeTables(connection, 64 * 1024);
    expect(large.leaveOut).toEqual([{ schema: 'public', table: 'big', rowsOnly: true }]);
    await connection.send('BEGIN READ WRITE');
    await large.watch?.begin(connection);
    await connection.send(sql);
    await large.watch?.peek(connection);
    await connection.send('ROLLBACK');
    const { notes } = large.take(script);
    // What was told once is not told of the next file.
    expect(large.take(script).notes).toEqual([]);
    return notes.map(({ code, message }) => [code, message]);
  });
  const note = [
    'rows-not-compared',
    expect.stringMatching(/^It writes to public\.big \(\d+ kB\), whose rows were not compared/),
  ];
  expect(told).toEqual(writes ? [note] : []);
});

test('nothing is too large where all is compared', async () => {
  const { leaveOut, watch } = await withSession(database, (one) => findLargeTables(one, Infinity));
  expect({ leaveOut, watch }).toEqual({ leaveOut: [], watch: undefined });
});
