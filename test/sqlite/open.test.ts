import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IN_MEMORY, openSqlite } from '../../lib/sqlite/open.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a file that is not there is made when it is written, and kept', async () => {
  const file = join(temporaryFolder(), 'index.db');
  const database = await openSqlite(file);
  database.exec('CREATE TABLE a (x)');
  database.close();
  const again = await openSqlite(file, { readOnly: true });
  expect(again.prepare('SELECT name FROM sqlite_master').all()).toEqual([{ name: 'a' }]);
  expect(() => again.exec('DROP TABLE a')).toThrow(/readonly/);
  again.close();
});

test('one in memory leaves no file', async () => {
  const database = await openSqlite(IN_MEMORY);
  database.exec('CREATE TABLE a (x)');
  database.close();
  expect(existsSync(IN_MEMORY)).toBe(false);
});

test('what a killed run was at is rolled back, also for one who only reads', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'index.db');
  const database = await openSqlite(file);
  database.exec('CREATE TABLE a (x); INSERT INTO a VALUES (1)');
  // Its cache holds little, so that rows are written before they are committed; the copy is what a kill would leave.
  database.exec('PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE a SET x = randomblob(1000000)');
  const left = join(folder, 'left.db');
  copyFileSync(file, left);
  copyFileSync(`${file}-journal`, `${left}-journal`);
  database.close();
  const reader = await openSqlite(left, { readOnly: true });
  expect(reader.prepare('SELECT x FROM a').all()).toEqual([{ x: 1 }]);
  expect(() => reader.exec('DROP TABLE a')).toThrow(/readonly/);
  reader.close();
});

test('what is no database, and what is not there, are told by name', async () => {
  const folder = temporaryFolder();
  const text = join(folder, 'notes.txt');
  writeFileSync(text, 'Not a database, but long enough to be read as the head of one. '.repeat(20));
  for (const [file, message] of [
    [text, `${text} is not a SQLite database.`],
    [
      join(folder, 'no/index.db'),
      `${join(folder, 'no/index.db')} cannot be opened: there is no folder ${join(folder, 'no')}.`,
    ],
    [folder, `${folder} is a folder, and no file.`],
  ] as const) {
    await expect(openSqlite(file)).rejects.toMatchObject({ code: 'sqlite-open', message });
  }
  const cut = join(folder, 'cut.db');
  const whole = await openSqlite(cut);
  whole.exec('create table a (x); create table b (x); insert into b values (zeroblob(20000));');
  whole.close();
  writeFileSync(cut, readFileSync(cut).subarray(0, 8192));
  await expect(openSqlite(cut)).rejects.toMatchObject({
    code: 'sqlite-damaged',
    message: `${cut} is damaged, as SQLite finds.`,
  });
  const missing = openSqlite(join(folder, 'index.db'), { readOnly: true });
  await expect(missing).rejects.toMatchObject({
    code: 'sqlite-open',
    message: `${join(folder, 'index.db')} cannot be opened: there is no such file.`,
  });
  expect(existsSync(join(folder, 'index.db'))).toBe(false);
});
