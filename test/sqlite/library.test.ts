import path from 'node:path';
import { expect, test } from 'vitest';
import { compile, importMigrations, migrate, plan, status } from '../../lib/api.ts';
import { writeFiles } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a program migrates a SQLite file, from a folder or from what was compiled for it', async () => {
  const home = temporaryFolder();
  writeFiles(home, { 'migrations/1_a.up.sql': 'create table a (x int) strict;' });
  const folder = path.join(home, 'migrations');
  const database = `sqlite:${path.join(home, 'x.db')}`;
  expect(await plan({ folder, database })).toMatchObject({ status: 'pending', database: { kind: 'sqlite' } });
  expect(await migrate({ folder, database })).toMatchObject({
    status: 'applied',
    applied: [{ version: '1' }],
  });
  const compiled = await compile(folder, { database });
  expect(JSON.parse(JSON.stringify(compiled))).toMatchObject({ dialect: 'sqlite' });
  expect(await status({ compiled, database })).toMatchObject({ status: 'up-to-date' });
  await expect(status({ compiled, database: 'postgres://me@127.0.0.1:1/shop' })).rejects.toMatchObject({
    code: 'wrong-dialect',
    message: 'These files were compiled for SQLite, and the database is one of Postgres.',
  });
});

test('a folder of another tool is parsed for SQLite, and its ledger is looked for', async () => {
  const home = temporaryFolder();
  const text =
    '-- +goose Up\ncreate table a (id integer primary key autoincrement) strict;\n-- +goose Down\ndrop table a;\n';
  writeFiles(home, { 'old/00001_a.sql': text });
  const [from, to] = [path.join(home, 'old'), path.join(home, 'new')];
  const report = await importMigrations({ from, to, database: `sqlite:${path.join(home, 'x.db')}` });
  expect(report).toMatchObject({
    status: 'planned',
    refused: [],
    ledger: {
      status: 'nothing-to-do',
      notes: [
        'There is no table goose_db_version of goose in this database, which is empty: up would apply everything.',
      ],
    },
  });
});
