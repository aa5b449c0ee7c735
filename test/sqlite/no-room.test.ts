import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { create } from '../../lib/api-operators.ts';
import { explainUse } from '../../lib/operators/open.ts';
import { notWritten } from '../../lib/operators/part.ts';
import { explainDatabase } from '../../lib/sqlite/session/errors.ts';
import { cliInProcess } from '../support/cli.ts';
import { createSqliteBench } from '../support/sqlite-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** An error as SQLite has it where a disk is full. */
function full(): unknown {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE a (x); PRAGMA max_page_count = 3;');
  try {
    database.exec('INSERT INTO a VALUES (zeroblob(100000))');
  } catch (error) {
    return error;
  } finally {
    database.close();
  }
  return undefined;
}

const FULL = { code: 'sqlite-full', message: 'There is no room on the disk for what ./a.db would hold.' };

test('a statement that finds no room is told with its place, and nothing of its file is kept', async () => {
  const bench = createSqliteBench({
    '1_a.sql':
      'create table if not exists a (x blob);\nPRAGMA max_page_count = 9;\ninsert into a values (zeroblob(100000));',
  });
  const { stdout, code } = await bench.run('up');
  expect(code).toBe(1);
  expect(stdout).toContain(
    `migrations/1_a.sql:3:1: There is no room on the disk for what ./shop.db would hold. [sqlite-full]
3 | insert into a values (zeroblob(100000));
  | ^
What to do: Nothing of it was kept. See how much room there is: df -h ${bench.folder}
`,
  );
  expect(bench.query("select name from sqlite_master where name = 'a'")).toEqual([]);
});

test('where a ledger or a registry finds none, it is told as well', () => {
  expect(explainDatabase(full(), './a.db', '/data/a.db')).toMatchObject(FULL);
  expect(explainUse(full(), '/data/a.db', './a.db')).toMatchObject(FULL);
  const cause = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(notWritten('a.json', cause)).toMatchObject({
    message: 'a.json cannot be written: ENOSPC: no space left on device.',
    hint: 'Make room, or name a file on another disk; see how much room there is: df -h',
  });
});

test('whatever else SQLite says of a file is no surprise without a code', () => {
  const error = Object.assign(new Error('disk I/O error'), { errcode: 10, errstr: 'disk I/O error' });
  expect(explainDatabase(error, './a.db', '/data/a.db')).toMatchObject({
    code: 'sqlite-failed',
    message: './a.db: disk I/O error',
  });
});

test('a registry that somebody holds is told as busy by who reads it and who writes it', async () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'tree'));
  const database = path.join(folder, 'index.db');
  await create({ folder: path.join(folder, 'tree'), database });
  const other = new DatabaseSync(database);
  other.exec('BEGIN EXCLUSIVE');
  const { repairOperators } = await import('../../lib/operators/repair.ts');
  const { migrateOperators } = await import('../../lib/operators/migrate.ts');
  const asked = { shownAs: 'index.db', timeoutMs: 10 };
  for (const run of [repairOperators, migrateOperators])
    await expect(run(database, asked)).rejects.toMatchObject({ code: 'registry-busy' });
  const { openSqlite } = await import('../../lib/sqlite/open.ts');
  const { orNamed } = await import('../../lib/operators/open.ts');
  const busy = await openSqlite(database, { readOnly: true, timeoutMs: 10 }).catch((error: unknown) => error);
  expect(orNamed(busy, 'inspect', database, 'index.db')).toMatchObject({ code: 'registry-busy' });
  other.close();
  expect(
    (await cliInProcess(['operators', 'create', 'tree', '--database', 'tree', '--replace'], { folder }))
      .stderr,
  ).toContain('error: tree cannot be written: it is a folder and no file. [not-written]');
});

test('what is applied and has no way back is called neither tried nor proved', async () => {
  const bench = createSqliteBench({ '1_a.up.sql': 'create table a (x int);' });
  await bench.json('up');
  expect(await bench.json('prove', '--complete')).toMatchObject({ code: 3, status: 'shown', trials: 0 });
  expect((await bench.run('prove')).stdout).toMatch(
    /Nothing to prove on a copy of \.\/shop\.db in\s+memory: what is\s+applied\s+there\s+has\s+no\s+way\s+back\.\n$/,
  );
  bench.write({ '2_b.up.sql': 'create table b (x int);', '2_b.down.sql': 'drop table b;' });
  const { stdout } = await bench.run('prove');
  expect(stdout).toContain('1 file was applied there before, and not tried.');
  expect(stdout).toContain('Nothing was found in 1 of 2 files');
});
