import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importMigrations } from '../../lib/api.ts';
import { cliInProcess, createCliDatabase, createProject, writeFiles } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const SQL = 'create table a (id int);\n';
const GOOSE = {
  '1_a.sql': `-- +goose Up\n${SQL}`,
  '2_b.go': 'package migrations\n',
  '3_c.sql': `-- +goose Up\n${SQL}`,
};
const gooseTable = (
  name: string,
  rows: string,
) => `create table ${name} (id serial primary key, version_id bigint not null,
    is_applied boolean not null, tstamp timestamp default now());
  insert into ${name} (version_id, is_applied) values ${rows}`;

async function run(files: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = createProject({});
  writeFiles(path.join(folder, 'old'), files);
  const given = ['import', 'old', 'new', '--database-url', database.url, '--yes', ...args];
  const { code, stdout, stderr } = await cliInProcess(given, { folder });
  const text = (stdout + stderr)
    .replace(/--database-url \S+/g, '--database-url URL')
    .replaceAll(database.name, 'DB');
  return { code, text, isWritten: existsSync(path.join(folder, 'new')) };
}
const ledger = () =>
  database.query('select version, checksum is null as bare from schema_migrations order by version').then(
    (rows) => rows.map(({ version, bare }) => (bare ? `${version} bare` : version)),
    () => [],
  );

test('says which table it read, what is left out, what has no file and what is pending', async () => {
  await database.query(gooseTable('goose_db_version', '(0, true), (1, true), (2, true), (7, true)'));
  const { code, text } = await run(GOOSE);
  expect(code).toBe(0);
  expect(text).toContain(`The ledger of goose is public.goose_db_version: 1 file of 2 applied.
Applied, but left out here, so not recorded: 2 (2_b.go).
Once that is written as SQL, call it applied before up runs it: registry-jobs force --database-url URL VERSION --migrations new
Applied, but there is no file of that version: 7.
Pending here: 3.
  applied      1  new/1_a.up.sql
1 row changed in the ledger of DB on 127.0.0.1 as postgres.
Wrote 2 files into new. 1 migration of 3 left out.
`);
  expect(await ledger()).toEqual(['1']);
});

test('the newest row of goose counts: what was undone is pending', async () => {
  const rows = '(0, true), (1, true), (3, true), (3, false), (1, false), (1, true)';
  await database.query(gooseTable('goose_db_version', rows));
  const { text } = await run(GOOSE);
  expect(text).toContain('goose has undone these versions, so they are pending: 3.\n');
  expect(await ledger()).toEqual(['1']);
});

test('is found in whatever schema, and asked for where there are two', async () => {
  await database.query(`create schema app; ${gooseTable('app.goose_db_version', '(0, true), (1, true)')};
    create schema b; ${gooseTable('b.goose_db_version', '(0, true), (1, true), (3, true)')}`);
  expect(await run(GOOSE)).toMatchObject({
    code: 1,
    isWritten: false,
    text: `error: goose has its ledger in app.goose_db_version and b.goose_db_version: which one counts? [two-ledgers]
What to do: Name it: --tool-ledger app.goose_db_version
`,
  });
  await database.query('drop table app.goose_db_version');
  expect(await run(GOOSE)).toMatchObject({ code: 0, isWritten: true });
  expect(await ledger()).toEqual(['1', '3']);
});

test('a table of another name is named, and must have the columns', async () => {
  await database.query(
    `${gooseTable('versions', '(0, true), (1, true)')}; create table other (version_id bigint)`,
  );
  expect(await run(GOOSE, '--tool-ledger', 'other')).toMatchObject({
    code: 1,
    isWritten: false,
    text: expect.stringContaining(
      'There is no table other with the columns version_id, is_applied. [no-tool-ledger]',
    ),
  });
  expect(await run(GOOSE, '--tool-ledger', 'versions')).toMatchObject({ code: 0 });
  expect(await ledger()).toEqual(['1']);
});

const FLYWAY = `create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200),
  type varchar(20), script varchar(1000), checksum int, success boolean)`;
const PRISMA = `create table _prisma_migrations (checksum varchar(64), finished_at timestamptz, migration_name varchar(255),
  rolled_back_at timestamptz)`;

describe('what failed there is not taken over, and then nothing is written', () => {
  test.each([
    [
      'golang-migrate',
      { '1_a.up.sql': SQL },
      'create table schema_migrations (version bigint, dirty boolean); insert into schema_migrations values (1, true)',
      'golang-migrate calls version 1 dirty: it failed half way. [dirty]',
    ],
    [
      'golang-migrate, further than its files',
      { '1_a.up.sql': SQL },
      'create table schema_migrations (version bigint, dirty boolean); insert into schema_migrations values (9007199254740993, false)',
      'golang-migrate is at version 9007199254740993, and no file has that number. [unknown-version]',
    ],
    [
      'tern',
      { 'tern.conf': '', '001_a.sql': SQL },
      'create table schema_version (version int4); insert into schema_version values (4)',
      'tern is at version 4, and no file has that number. [unknown-version]',
    ],
    [
      'Flyway',
      { 'V1__a.sql': SQL },
      `${FLYWAY}; insert into flyway_schema_history values (1, '1', 'a', 'SQL', 'V1__a.sql', 1, false)`,
      'Flyway says that version 1 failed. [dirty]',
    ],
    [
      'Prisma',
      { '1_a/migration.sql': SQL },
      `${PRISMA}; insert into _prisma_migrations values ('x', null, '1_a', null)`,
      'Prisma says that 1_a began and did not end: it failed. [dirty]',
    ],
    [
      'Hasura',
      { '1704067200000_a/up.sql': SQL },
      `create schema hdb_catalog; create table hdb_catalog.hdb_version (hasura_uuid uuid, cli_state jsonb);
       insert into hdb_catalog.hdb_version values (null, '{"migrations": {"default": {"1704067200000": true}}}')`,
      'Hasura calls version 1704067200000 dirty: it failed half way. [dirty]',
    ],
    [
      'Rails, whose dump is ahead',
      { 'structure.sql': "INSERT INTO \"schema_migrations\" (version) VALUES ('1'), ('2');" },
      "create table schema_migrations (version varchar); insert into schema_migrations values ('1')",
      'structure.sql is ahead of the database, which lacks 2. [unknown-version]',
    ],
  ])('%s', async (_, files, sql, message) => {
    await database.query(sql);
    const before = await database.query("select relname from pg_class where relname ~ '^schema_migrations'");
    expect(await run(files)).toMatchObject({
      code: 1,
      isWritten: false,
      text: expect.stringContaining(`error: ${message}`),
    });
    expect(await database.query("select relname from pg_class where relname ~ '^schema_migrations'")).toEqual(
      before,
    );
  });
});

test("Flyway's baseline, undone and repeated rows mean what they mean there", async () => {
  await database.query(`${FLYWAY}; insert into flyway_schema_history values
    (1, '2', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', null, true),
    (2, '3', 'c', 'SQL', 'V3__c.sql', 1, true), (3, '3', 'c', 'UNDO_SQL', 'U3__c.sql', 1, true),
    (4, '4', 'd', 'SQL', 'V4__d.sql', 1, true), (5, null, 'v', 'SQL', 'R__v.sql', 1, true)`);
  const view = 'create or replace view v as select 1 as x;\n';
  const files = ['V1__a', 'V2__b', 'V3__c', 'V4__d'].map((name) => [`${name}.sql`, SQL]);
  const { text } = await run({ ...Object.fromEntries(files), 'R__v.sql': view });
  expect(text).toContain(`Flyway's baseline is 2: what comes up to there was in the database before Flyway.
Flyway undid or deleted these versions, so they are pending: 3.
The ledger of flyway is public.flyway_schema_history: 3 files of 5 applied.
V4__d.sql is not what flyway applied: its checksum differs. It is taken as it is now.
Pending here: 3 and R_v.
`);
  expect(await ledger()).toEqual(['1', '2', '4']);
});

test('what Prisma rolled back is pending, and an edited file is named', async () => {
  await database.query(`${PRISMA}; insert into _prisma_migrations values
    ('not this one', now(), '1_a', null), ('x', null, '2_b', now())`);
  const { text } = await run({ '1_a/migration.sql': SQL, '2_b/migration.sql': SQL });
  expect(text).toContain('Prisma calls these rolled back, so they are pending: 2_b.');
  expect(text).toContain('1_a/migration.sql is not what prisma applied: its checksum differs.');
  expect(await ledger()).toEqual(['1']);
});

test('two rows of dbmate that are one number here are for a person to settle', async () => {
  await database.query(
    "create table schema_migrations (version varchar primary key); insert into schema_migrations values ('1'), ('01')",
  );
  const { code, text } = await run({ '01_a.sql': `-- migrate:up\n${SQL}` });
  expect([code, text]).toEqual([
    1,
    expect.stringContaining('01_a.sql has the number of two applied versions: 1 and 01. [two-versions]'),
  ]);
});

test('a file that cannot be parsed gets its row, and its checksum once it is mended', async () => {
  await database.query('create table schema_version (version int4); insert into schema_version values (1)');
  const files = { 'tern.conf': '', '001_a.sql': 'create table a (id int));\n' };
  expect(await run(files)).toMatchObject({
    code: 0,
    text: expect.stringContaining('up refuses these as they are'),
  });
  expect(await ledger()).toEqual(['1 bare']);
  expect(await run(files)).toMatchObject({
    text: expect.stringContaining('Nothing to change in the ledger'),
  });
  const folder = createProject({ 'new/001_a.up.sql': SQL });
  const options = ['--migrations', 'new', '--database-url', database.url];
  expect(await cliInProcess(['up', ...options], { folder })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Nothing to do'),
  });
  await cliInProcess(['adopt', '--yes', ...options], { folder });
  expect(await ledger()).toEqual(['1']);
});

test('our ledger may be elsewhere', async () => {
  await database.query(`create schema ours; create table schema_migrations (version varchar primary key);
    insert into schema_migrations values ('1')`);
  const { code } = await run({ '1_a.sql': `-- migrate:up\n${SQL}` }, '--ledger', 'ours.done');
  expect(code).toBe(0);
  expect(await database.query('select version from ours.done')).toEqual([{ version: '1' }]);
});

test('the library does the same, and writes only when it is told to', async () => {
  await database.query(gooseTable('goose_db_version', '(0, true), (1, true)'));
  const folder = createProject({});
  writeFiles(folder, Object.fromEntries(Object.entries(GOOSE).map(([name, text]) => [`old/${name}`, text])));
  const options = { from: path.join(folder, 'old'), to: path.join(folder, 'new'), database: database.url };
  expect(await importMigrations(options)).toMatchObject({ status: 'planned', ledger: { status: 'planned' } });
  expect(existsSync(options.to)).toBe(false);
  expect(await importMigrations({ ...options, apply: true })).toMatchObject({
    status: 'written',
    tool: 'goose',
    written: ['1_a.up.sql', '3_c.up.sql'],
    leftOut: [{ file: '2_b.go', line: 1, migration: '2' }],
    ledger: { status: 'changed', changes: [{ version: '1', action: 'record' }] },
  });
  expect(await importMigrations({ ...options, apply: true })).toMatchObject({ status: 'nothing-to-do' });
});

test('who may not read the table is told the least that has to be granted, and no password', async () => {
  const own = await createCliDatabase();
  await own.query(`create schema app; ${gooseTable('app.goose_db_version', '(0, true), (1, true)')};
    grant usage on schema app to public`);
  const folder = createProject({});
  writeFiles(path.join(folder, 'old'), GOOSE);
  const given = ['import', 'old', 'new', '--yes', '--database-url', own.url];
  const { code, stderr } = await cliInProcess(given, { folder });
  expect([code, stderr.replaceAll(own.name, 'DB')]).toEqual([
    1,
    `error: app.goose_db_version cannot be read: permission denied for table goose_db_version (SQLSTATE 42501) [ledger-denied]
What to do: Let its owner say: GRANT USAGE ON SCHEMA app TO DB_user; GRANT SELECT ON TABLE app.goose_db_version TO DB_user;
`,
  ]);
  expect(existsSync(path.join(folder, 'new'))).toBe(false);
  await own.drop();
});
