import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openSqlite } from '../../lib/sqlite/open.ts';
import { howToRead, openAsIs } from '../../lib/sqlite/reading.ts';
import { createSqliteBench } from '../support/sqlite-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A file with a write-ahead log, closed by who made it. */
function walFile(name = 'index.db'): string {
  const file = path.join(temporaryFolder(), name);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE a (x); INSERT INTO a VALUES (1)');
  database.close();
  return file;
}
const beside = (file: string) => readdirSync(path.dirname(file)).sort();
const rowsOf = (database: DatabaseSync) => database.prepare('SELECT x FROM a').all();

test('who only reads a file with a write-ahead log leaves nothing beside it, and does not write it', async () => {
  const file = walFile();
  const [bytes, { mtimeMs }] = [readFileSync(file), statSync(file)];
  const database = await openSqlite(file, { readOnly: true });
  expect(rowsOf(database)).toEqual([{ x: 1 }]);
  expect(() => database.exec('DELETE FROM a')).toThrow(/readonly/);
  database.close();
  expect(beside(file)).toEqual(['index.db']);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
});

test('what earlier readers left empty goes, and what a writer has there is read and stays', async () => {
  const file = walFile();
  const plain = new DatabaseSync(file, { readOnly: true });
  plain.prepare('SELECT * FROM a').all();
  plain.close();
  expect(beside(file)).toEqual(['index.db', 'index.db-shm', 'index.db-wal']);
  (await openSqlite(file, { readOnly: true })).close();
  expect(beside(file)).toEqual(['index.db']);

  const writer = new DatabaseSync(file);
  writer.exec('INSERT INTO a VALUES (2)');
  const size = statSync(`${file}-wal`).size;
  const reader = await openSqlite(file, { readOnly: true });
  expect(rowsOf(reader)).toEqual([{ x: 1 }, { x: 2 }]);
  reader.close();
  expect(statSync(`${file}-wal`).size).toBe(size);
  writer.exec('INSERT INTO a VALUES (3)');
  writer.close();
  expect(beside(file)).toEqual(['index.db']);
});

test('the log of a killed writer is read, and left to who writes next', async () => {
  const file = walFile();
  const writer = new DatabaseSync(file);
  writer.exec('INSERT INTO a VALUES (2)');
  const left = path.join(temporaryFolder(), 'left.db');
  copyFileSync(file, left);
  copyFileSync(`${file}-wal`, `${left}-wal`);
  writer.close();
  const [bytes, log] = [readFileSync(left), readFileSync(`${left}-wal`)];
  const reader = await openSqlite(left, { readOnly: true });
  expect(rowsOf(reader)).toEqual([{ x: 1 }, { x: 2 }]);
  reader.close();
  expect(readFileSync(left).equals(bytes)).toBe(true);
  expect(readFileSync(`${left}-wal`).equals(log)).toBe(true);
});

test('how a file is read depends on its log, and on what this user may write', () => {
  const all = { isWal: true, hasLog: false, hasBoth: false, mayWrite: true };
  expect(howToRead(all)).toBe('as-reader');
  expect(howToRead({ ...all, mayWrite: false })).toBe('as-is');
  // Whoever is at work made them: what he writes is read along.
  expect(howToRead({ ...all, mayWrite: false, hasBoth: true })).toBe('read-only');
  expect(howToRead({ ...all, hasLog: true })).toBe('read-only');
  expect(howToRead({ ...all, hasLog: true, mayWrite: false })).toBe('read-only');
  expect(howToRead({ ...all, isWal: false })).toBe('read-only');
  expect(howToRead({ ...all, isWal: false, mayWrite: false })).toBe('read-only');
});

test('one that may not be written is read as it is, whatever its name', async () => {
  for (const name of ['index.db', 'a b?c#d%20e.db', 'ä.db']) {
    const file = walFile(name);
    const database = openAsIs(DatabaseSync, file, { readOnly: true });
    expect(rowsOf(database)).toEqual([{ x: 1 }]);
    expect(() => database.exec('DELETE FROM a')).toThrow(/readonly/);
    database.close();
    expect(beside(file)).toEqual([name]);
  }
});

test('commands that read leave nothing beside such a file', async () => {
  const bench = createSqliteBench({
    '1_a.up.sql': 'create table a (x int);',
    '1_a.down.sql': 'drop table a;',
  });
  await bench.json('up');
  bench.query('PRAGMA journal_mode = WAL');
  for (const command of ['status', 'plan', 'verify', 'dump', 'prove'])
    expect(await bench.run(command), command).toMatchObject({ code: 0 });
  expect(existsSync(`${bench.file}-wal`) || existsSync(`${bench.file}-shm`)).toBe(false);
});
