import path from 'node:path';
import { expect, test } from 'vitest';
import type { ImportReport } from '../../lib/reports/import.ts';
import { writeFiles } from '../support/cli.ts';
import { createSqliteBench } from '../support/sqlite-bench.ts';

type Files = Readonly<Record<string, string>>;

/** The folder of another tool, with its ledger as that tool makes it in a SQLite file, and what it says. */
const TOOLS: readonly (readonly [tool: string, ledger: string, old: Files, applied: readonly string[]])[] = [
  [
    'goose',
    `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
      tstamp TIMESTAMP DEFAULT (datetime('now')));
    INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (2, 0)`,
    {
      '00001_a.sql': '-- +goose Up\ncreate table a (x int);\n-- +goose Down\ndrop table a;\n',
      '00002_b.sql': '-- +goose Up\ncreate table b (x int);\n-- +goose Down\ndrop table b;\n',
    },
    ['1'],
  ],
  [
    'dbmate',
    `CREATE TABLE "schema_migrations" (version varchar(128) primary key); INSERT INTO schema_migrations VALUES ('20260101000000')`,
    {
      '20260101000000_a.sql': '-- migrate:up\ncreate table a (x int);\n-- migrate:down\ndrop table a;\n',
      '20260102000000_b.sql': '-- migrate:up\ncreate table b (x int);\n-- migrate:down\ndrop table b;\n',
    },
    ['20260101000000'],
  ],
  [
    'sql-migrate',
    `CREATE TABLE "gorp_migrations" ("id" varchar(255) not null primary key, "applied_at" datetime);
    INSERT INTO gorp_migrations VALUES ('1_a.sql', '2026-01-01 00:00:00+00:00')`,
    {
      '1_a.sql': '-- +migrate Up\ncreate table a (x int);\n-- +migrate Down\ndrop table a;\n',
      '2_b.sql': '-- +migrate Up\ncreate table b (x int);\n-- +migrate Down\ndrop table b;\n',
    },
    ['1'],
  ],
  [
    'Diesel',
    `CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
    INSERT INTO __diesel_schema_migrations (version) VALUES ('20260101000000')`,
    {
      '2026-01-01-000000_a/up.sql': 'create table a (x int);',
      '2026-01-01-000000_a/down.sql': 'drop table a;',
      '2026-01-02-000000_b/up.sql': 'create table b (x int);',
    },
    ['20260101000000'],
  ],
  [
    'Flyway',
    `CREATE TABLE "flyway_schema_history" ("installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL,
      "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INT, "installed_by" VARCHAR(100) NOT NULL,
      "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')), "execution_time" INT NOT NULL, "success" BOOLEAN NOT NULL);
    INSERT INTO flyway_schema_history VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', null, 'me', '2026-01-01', 1, 1)`,
    { 'V1__a.sql': 'create table a (x int);', 'V2__b.sql': 'create table b (x int);' },
    ['1'],
  ],
];

test.each(TOOLS)('the ledger of %s is taken over from a SQLite file', async (tool, ledger, old, applied) => {
  const bench = createSqliteBench();
  writeFiles(path.join(bench.folder, 'old'), old);
  bench.query(`${ledger}; create table a (x int)`);
  const planned = (await bench.json('import', 'old', 'new')) as unknown as ImportReport;
  expect(planned).toMatchObject({ status: 'planned', ledger: { status: 'planned' } });
  expect(planned.tool.toLowerCase()).toBe(tool.toLowerCase());
  expect(planned.ledger?.changes.map(({ version, to }) => to ?? version)).toEqual(
    applied.map((number) => expect.stringMatching(new RegExp(`^0*${number}`))),
  );
  expect(await bench.run('import', 'old', 'new', '--yes')).toMatchObject({ code: 0 });
  expect(await bench.json('up', '--migrations', 'new')).toMatchObject({
    code: 0,
    status: 'applied',
    applied: [{ version: expect.stringMatching(/2/) }],
    alreadyApplied: 1,
  });
  expect(bench.query("select name from sqlite_master where name in ('a', 'b') order by 1")).toHaveLength(2);
});

test('what failed in the other tool is told, and not taken over', async () => {
  const bench = createSqliteBench();
  const [, ledger, old] = TOOLS.find(([tool]) => tool === 'Flyway') ?? ['', '', {}];
  writeFiles(path.join(bench.folder, 'old'), old);
  bench.query(ledger.replace(/1, 1\)$/, '1, 0)'));
  expect(await bench.json('import', 'old', 'new')).toMatchObject({
    code: 1,
    error: { code: expect.any(String) },
  });
  expect(bench.query("select name from sqlite_master where name like 'schema_migrations%'")).toEqual([]);
});

test.each([
  ['goose_db_version (version_id int)', 'goose', 'registry-jobs import FOLDER migrations'],
  ['_prisma_migrations (id text)', 'Prisma', 'registry-jobs import FOLDER migrations'],
  [
    'knex_migrations (id integer, name varchar(255), batch integer)',
    'knex',
    'registry-jobs baseline VERSION',
  ],
  ['SequelizeMeta (name varchar(255))', 'Sequelize', 'registry-jobs baseline VERSION'],
  ['alembic_version (version_num varchar(32))', 'Alembic', 'registry-jobs baseline VERSION'],
])('adopt names the ledger that it does not read: %s', async (table, tool, command) => {
  const bench = createSqliteBench({ '1_a.up.sql': 'create table a (x int);' });
  bench.query(`create table ${table}`);
  const { code, stderr } = await bench.run('adopt');
  expect(code).toBe(1);
  expect(stderr).toContain(`${table.split(' ')[0]} is there, in which ${tool} keeps what it has applied`);
  expect(stderr).toContain(command);
  expect(stderr).toContain('[ledger-of-another-tool]');
  // What is recorded as applied is known here, whatever else is there.
  expect(await bench.run('baseline', '1', '--yes')).toMatchObject({ code: 0 });
  expect(await bench.json('adopt')).toMatchObject({ code: 0, status: 'nothing-to-do' });
});
