import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliInProcess, createCliDatabase, createProject, steady } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  [database, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});
afterAll(() => Promise.all([database, other].map((one) => one.drop())));

const SCHEMA = `create schema "Second";
create type mood as enum ('sad', 'ok');
create table parent (id bigint generated always as identity primary key, state mood default 'ok');
create table "Second".child (id int, parent_id bigint references parent, check (id > 0));
create index on "Second".child (parent_id);
create view seen as select id from parent;
create function twice(n int) returns int language sql as $$ select n * 2; $$;
comment on table parent is 'It''s one; with -- and a ; in its text.';
grant select on parent to public;`;

const run = (args: readonly string[], folder: string) =>
  cliInProcess([...args, '--env', 'test'], { folder }).then(({ code, stdout, stderr }) => ({
    code,
    stdout,
    stderr,
    text: steady(stdout + stderr)
      .replaceAll(database.name, 'DB')
      .replace(/\S+:\d+ as/, 'HOST as'),
  }));

test('what is dumped can be loaded, and is dumped the same then', { timeout: 20_000 }, async () => {
  const files = {
    'migrations/1_a.up.sql': SCHEMA,
    'migrations/1_a.down.sql': 'drop table parent cascade;',
  };
  const folder = createProject(files, database);
  const up = await run(['up', '--dump', 'schema.sql'], folder);
  expect(up.text).toContain('1 migration applied');
  expect(up.text).toContain('Wrote the schema of DB on 127.0.0.1 as postgres into schema.sql.');
  const sql = readFileSync(path.join(folder, 'schema.sql'), 'utf8');
  for (const part of [
    'CREATE SCHEMA "Second"',
    'CREATE TYPE public.mood',
    'CREATE INDEX child_parent_id_idx',
  ])
    expect(sql).toContain(part);
  expect(sql).toContain("'It''s one; with -- and a ; in its text.'");
  expect(sql).not.toMatch(/schema_migrations|\d+\.\d|restrict/);
  const again = await run(['dump'], folder);
  expect(again).toMatchObject({ code: 0, stdout: sql });

  await other.query(sql);
  const copy = await run(['dump'], createProject({}, other));
  expect(copy.stdout).toBe(sql);

  const bare = await run(['dump', '--no-owner', '--no-privileges'], folder);
  expect(bare.stdout).not.toMatch(/OWNER TO|GRANT/);

  const down = await run(['down', '--yes', '--dump', 'schema.sql'], folder);
  expect(down.code).toBe(0);
  expect(readFileSync(path.join(folder, 'schema.sql'), 'utf8')).not.toContain('CREATE TABLE public.parent');
});

test('a table of ours that something needs is dumped without its rows, so that the dump can be loaded', {
  timeout: 20_000,
}, async () => {
  const [made, copy] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  try {
    const folder = createProject({ 'migrations/1_a.sql': 'create table a (x int);' }, made);
    expect((await run(['up'], folder)).code).toBe(0);
    await made.query(`alter table schema_migrations add check (version <> ''), add other int default 1;
      create view applied as select version from schema_migrations;
      create table note (version text references schema_migrations (version), said text)`);
    const { stdout } = await run(['dump'], folder);
    expect(stdout).toContain('CREATE VIEW public.applied');
    // Nothing needs this one.
    expect(stdout).not.toContain('schema_migrations_journal');
    await copy.query(stdout);
    expect((await run(['dump'], createProject({}, copy))).stdout).toBe(stdout);
    expect(await copy.query('select count(*)::int as n from public.schema_migrations')).toEqual([{ n: 0 }]);
    await made.query('drop view applied; drop table note');
    expect((await run(['dump'], folder)).stdout).not.toContain('schema_migrations');
    await made.query('create function f(schema_migrations) returns int language sql as $$ select 1 $$');
    expect((await run(['dump'], folder)).stdout).toContain('CREATE TABLE public.schema_migrations');
  } finally {
    await Promise.all([made.drop(), copy.drop()]);
  }
});

test('what stands in function bodies, comments and views is dumped as it is', {
  timeout: 20_000,
}, async () => {
  const text =
    '\n\n\n\n\\restrict abc\n-- Dumped by pg_dump version 9\n\\unrestrict abc\nSET transaction_timeout = 0;\n\n\n\nend ';
  const made = await createTestDatabase();
  const copy = await createTestDatabase();
  try {
    await made.query(`create function f() returns text language plpgsql as $$ begin /*${text}*/ end $$;
      comment on function f() is '${text}';
      create view v as select E'${text.replaceAll('\\', '\\\\')}' as a;`);
    const { stdout } = await run(['dump'], createProject({}, made));
    expect(stdout.split(text)).toHaveLength(4);
    await copy.query(stdout);
    const kept = `select prosrc, obj_description(p.oid) as comment, (select a from public.v) as a
      from pg_proc p where proname = 'f'`;
    expect(await copy.query(kept)).toEqual([{ prosrc: ` begin /*${text}*/ end `, comment: text, a: text }]);
    expect((await run(['dump'], createProject({}, copy))).stdout).toBe(stdout);
  } finally {
    await Promise.all([made.drop(), copy.drop()]);
  }
});

test('the schema of a run that failed is not written; where it cannot be written nothing runs', async () => {
  const folder = createProject({ 'migrations/002_bad.sql': 'select nothing_such();' }, database);
  const bad = await run(['up', '--dump', 'schema.sql'], folder);
  expect(bad.code).toBe(1);
  expect(existsSync(path.join(folder, 'schema.sql'))).toBe(false);
  const nowhere = await run(['up', '--dump', 'nowhere/schema.sql'], folder);
  expect(nowhere).toMatchObject({
    code: 2,
    stderr: `error: nowhere/schema.sql cannot be written: ENOENT: no such file or directory [not-written]
What to do: Name a file in a folder that exists and that you may write to.
`,
  });
});

test('passwords in options of servers and subscriptions are masked, and nothing else', async () => {
  await database.query(`create foreign data wrapper w;
    create server "s;1" foreign data wrapper w options (host 'h', password 'hunter22');
    create user mapping for public server "s;1" options (user 'u', password 'hunter;''22');
    create function f() returns text language sql as $$ select 'password=kept1234' $$;`);
  const folder = createProject({}, database);
  await run(['dump', '--file', 'schema.sql'], folder);
  const sql = readFileSync(path.join(folder, 'schema.sql'), 'utf8');
  expect(sql).toMatch(/host 'h',\n {4}password '\*+'\n/);
  expect(sql).not.toContain('hunter');
  expect(sql).not.toContain("''22");
  expect(sql).toContain("'password=kept1234'");
});

test('what a database has as defaults does not change the text', { timeout: 20_000 }, async () => {
  const owned = await createTestDatabase();
  const made = `create table d (t text default E'a\\\\b', b bytea default '\\xdead', z timestamptz default '2026-01-02 03:04+00',
      i interval default '1 day -2 hours', f float8 default 0.12345678901234567, m money default '1.50'::numeric::money)`;
  await owned.query(made);
  try {
    const usual = await run(['dump'], createProject({}, owned));
    expect(usual.stdout).toContain("DEFAULT 'a\\b'::text");
    const defaults = {
      standard_conforming_strings: 'off',
      quote_all_identifiers: 'on',
      bytea_output: 'escape',
      timezone: 'Asia/Kolkata',
      intervalstyle: 'sql_standard',
      datestyle: 'German',
      extra_float_digits: '-3',
      xmlbinary: 'hex',
    };
    for (const [name, value] of Object.entries(defaults))
      await owned.query(`alter database "${owned.name}" set ${name} = '${value}'`);
    const odd = await run(['dump'], createProject({}, owned));
    expect(odd.stdout).toBe(usual.stdout);
  } finally {
    await owned.drop();
  }
});

test('a link stays one, and a file keeps its mode', async () => {
  const folder = createProject({ 'real/schema.sql': 'old' }, database);
  const real = path.join(folder, 'real/schema.sql');
  chmodSync(real, 0o600);
  symlinkSync('real/schema.sql', path.join(folder, 'link.sql'));
  symlinkSync('real/later.sql', path.join(folder, 'later.sql'));
  expect((await run(['dump', '--file', 'link.sql'], folder)).code).toBe(0);
  expect((await run(['dump', '--file', 'later.sql'], folder)).code).toBe(0);
  for (const link of ['link.sql', 'later.sql'])
    expect(lstatSync(path.join(folder, link)).isSymbolicLink()).toBe(true);
  expect(readFileSync(real, 'utf8')).toMatch(/^--\n-- PostgreSQL database dump\n/);
  expect(readFileSync(path.join(folder, 'real/later.sql'), 'utf8')).toBe(readFileSync(real, 'utf8'));
  expect(statSync(real).mode & 0o777).toBe(0o600);
  expect(readdirSync(path.join(folder, 'real')).sort()).toEqual(['later.sql', 'schema.sql']);
});

test('a pipe with a name is written into', { timeout: 20_000 }, async () => {
  const folder = createProject({}, database);
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reading = readFile(pipe, 'utf8');
  expect((await run(['dump', '--file', 'pipe'], folder)).code).toBe(0);
  expect(await reading).toContain('-- PostgreSQL database dump complete');
  expect(statSync(pipe).isFIFO()).toBe(true);
});

test('a dash is standard output, and none of a run', async () => {
  const folder = createProject({ 'migrations/003_none.sql': 'select 1;' }, other);
  const { stdout } = await run(['dump', '--file', '-'], folder);
  expect(stdout).toContain('-- PostgreSQL database dump complete');
  const up = await run(['up', '--dump', '-'], folder);
  expect(up).toMatchObject({ code: 2, stdout: '' });
  expect(up.stderr).toContain('[no-output]');
});

test.each([
  ['folder', 'folder cannot be written: it is a folder'],
  ['', '"" cannot be written: that is no name of a file'],
])('nothing is done where the schema is to go into "%s"', async (file, words) => {
  const folder = createProject({ 'migrations/003_none.sql': 'select 1;', 'folder/x': '' }, database);
  for (const args of [
    ['up', '--dump', file],
    ['dump', '--file', file],
  ]) {
    const { code, text } = await run(args, folder);
    expect(code).toBe(2);
    expect(text).toContain(`error: ${words} [not-written]`);
    expect(text).not.toMatch(/Applied|Reading the schema/);
  }
});

test('a table that somebody has locked is waited for 2 seconds', { timeout: 20_000 }, async () => {
  await database.query('create table if not exists busy (id int)');
  const client = await database.connect();
  await client.query('begin');
  await client.query('lock table busy');
  const began = performance.now();
  const { code, text } = await run(['dump'], createProject({}, database));
  expect(performance.now() - began).toBeGreaterThan(1_900);
  await client.query('rollback');
  expect(code).toBe(1);
  expect(text).toContain(`error: pg_dump could not read the schema of DB on HOST as postgres. [dump-failed]
pg_dump: error: query failed: ERROR: canceling statement due to statement timeout
  | pg_dump: detail: Query was: LOCK TABLE "Second".child, public.busy IN ACCESS SHARE MODE
What to do: Somebody has locked one of these tables for more than 2 seconds: try again when that is over.`);
});

test('a user who may not read a table is told which', async () => {
  const owned = await createCliDatabase();
  await owned.query('create table hidden (id int)');
  const { code, text } = await run(['dump'], createProject({}, owned));
  await owned.drop();
  expect(code).toBe(1);
  expect(text).toContain('permission denied for table hidden');
});

test('JSON goes where the schema does not', async () => {
  const folder = createProject({}, database);
  expect(await run(['dump', '--json'], folder)).toMatchObject({ code: 2 });
  const { stdout } = await run(['dump', '--json', '--file', 'schema.sql'], folder);
  expect(JSON.parse(stdout)).toMatchObject({ command: 'dump', status: 'dumped', file: 'schema.sql' });
  expect(readFileSync(path.join(folder, 'schema.sql'), 'utf8')).toContain('-- PostgreSQL database dump');
});

test('whoever stops it is not kept by a lock', { timeout: 20_000 }, async () => {
  const client = await database.connect();
  await client.query('begin; lock table busy');
  let stop: ((signal: 'SIGINT') => void) | undefined;
  const onSignal = (listen: (signal: 'SIGINT') => void) => {
    stop = listen;
    return () => {};
  };
  const running = cliInProcess(
    ['dump', '--env', 'test'],
    { folder: createProject({}, database) },
    { onSignal },
  );
  const waits = () =>
    database.query(
      "select 1 from pg_stat_activity where query like 'LOCK TABLE %' and wait_event_type = 'Lock'",
    );
  while ((await waits()).length === 0) await new Promise((done) => setTimeout(done, 20));
  stop?.('SIGINT');
  const { code, stderr } = await running;
  await client.query('rollback');
  expect(code).toBe(130);
  expect(stderr).toContain('Stopped by SIGINT before the schema was read. [stopped]');
});

test.runIf(existsSync('/dev/full'))(
  'a disk that is full is told, a reader that went away is not',
  async () => {
    const folder = createProject({}, other);
    const bin = path.resolve(import.meta.dirname, '../../bin/registry-jobs.ts');
    const shell = (line: string) =>
      new Promise<{ code: number | null; stderr: string }>((resolve) => {
        const env = { PATH: process.env.PATH, HOME: folder };
        const child = execFile(
          '/bin/sh',
          ['-c', line, 'sh', process.execPath, bin],
          { cwd: folder, env },
          (_error, _stdout, stderr) => resolve({ code: child.exitCode, stderr }),
        );
      });
    const full = await shell('exec "$1" "$2" dump --env test > /dev/full');
    expect(full.code).toBe(1);
    expect(full.stderr).toContain('error: Standard output could not be written: ENOSPC');
    const gone = await shell('{ "$1" "$2" dump --env test; echo "code=$?" >&2; } | true');
    expect(gone.stderr).toMatch(/code=0\n$/);
    expect(gone.stderr).not.toContain('error');
  },
);

test('subscriptions and row security are dumped as pg_dump does for a superuser', async () => {
  const made = await createTestDatabase();
  try {
    await made.query(`create table t (id int primary key); alter table t enable row level security;
      create subscription ${made.name}_s connection 'host=127.0.0.1 port=1 password=hunter22 dbname=y'
        publication p with (connect = false, slot_name = none)`);
    const { stdout } = await run(['dump'], createProject({}, made));
    await made.query(`drop subscription ${made.name}_s`);
    expect(stdout).toContain(
      `CREATE SUBSCRIPTION ${made.name}_s CONNECTION 'host=127.0.0.1 port=1 password=******** dbname=y' PUBLICATION p`,
    );
  } finally {
    await made.drop();
  }
});

test('bytes that are no text are told, with the command that copies them', async () => {
  const bytes = await createTestDatabase({ encoding: 'SQL_ASCII' });
  try {
    await bytes.query(`create table t (a text default E'\\344')`);
    const { code, stderr } = await run(['dump'], createProject({}, bytes));
    expect(code).toBe(1);
    expect(stderr).toContain('invalid byte sequence for encoding "UTF8"');
    expect(stderr).toMatch(
      /copies the bytes: pg_dump --schema-only --encoding SQL_ASCII --host 127\.0\.0\.1 --port \d+ --username postgres --dbname \S+\n$/,
    );
  } finally {
    await bytes.drop();
  }
});
