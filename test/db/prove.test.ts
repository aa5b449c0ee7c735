import { expect, inject, test } from 'vitest';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { queryOnce } from '../support/database.ts';
import { proveCompiled, proveFiles, told } from '../support/prove.ts';
import { TRUTHS } from '../support/prove-truths.ts';
import { createStage } from '../support/snapshot-database.ts';
import { schemaOfAllKinds } from '../support/snapshot-schema.ts';

test.each(TRUTHS)('$name', { timeout: 30_000 }, async ({ harm, found, safe }) => {
  const harmful = await proveFiles(harm);
  expect(told(harmful)).toEqual(found);
  expect(harmful.status).toBe('findings');
  const mended = await proveFiles(safe);
  expect(told(mended)).toEqual([]);
  expect(mended.status).toBe('proved');
});

test('the migrations of this registry are proved', { timeout: 120_000 }, async () => {
  const report = await proveCompiled(await compileFolder('migrations', 'migrations'));
  expect(told(report)).toEqual([]);
  expect(report).toMatchObject({ status: 'proved', set: { again: 'ok' } });
  expect(report.trials).toBeGreaterThan(250);
});

test('what differs by nature is named, and is no finding', { timeout: 30_000 }, async () => {
  const report = await proveFiles({
    '001_a.sql': `create table if not exists seen (id int primary key, at timestamptz, token uuid);
insert into seen values (1, clock_timestamp(), gen_random_uuid()) on conflict do nothing;
update seen set at = now();`,
  });
  expect(told(report)).toEqual([]);
  const [file] = report.files;
  expect(file?.notes.map(({ code }) => code)).toContain('writes-the-time');
});

test('what cannot be run shows nothing, and what comes after it is not called proved', async () => {
  const report = await proveFiles({
    '001_a.sql': 'create table if not exists t (id int);',
    '002_b.sql': 'select 1;\nselect nothing_such();',
    '003_c.sql': 'select 1;',
  });
  expect(told(report)).toEqual(['once-fails 002_b.sql:2: function nothing_such() does not exist']);
  const [, , third] = report.files;
  expect(third?.checks).toMatchObject({ once: 'not-shown', twice: 'not-shown', late: 'not-shown' });
  expect(report.set).toEqual({ again: 'not-shown', chain: 'not-shown' });
});

test('an initial schema is loaded once: that it cannot be run again is a note', {
  timeout: 30_000,
}, async () => {
  const report = await proveFiles({
    'initial_schema.sql': 'create table t (id int);',
    '001_a.sql': 'create index if not exists t_id on t (id);',
  });
  expect(told(report)).toEqual([]);
  expect(report.files[0]?.notes.map(({ code }) => code)).toEqual(['loaded-once']);
  expect(report.status).toBe('proved');
});

test('locks are those that the server holds, on tables that were there before', async () => {
  const report = await proveFiles({
    '001_a.sql': 'create table if not exists t (id int, n int);',
    '002_b.sql': `create table if not exists other (id int);
do $$ begin alter table t alter column n type bigint; end $$;`,
  });
  expect(report.files[1]?.locks).toMatchObject([
    { table: 'public.t', mode: 'AccessExclusive', statement: 2, line: 2, rewrites: true },
  ]);
});

test('two runs say the same, and no database is left', { timeout: 60_000 }, async () => {
  const databases = async () =>
    (
      await queryOnce(
        inject('serverUrl'),
        "select datname from pg_database where datname like 'registry_jobs_prove%'",
      )
    ).map(({ datname }) => datname);
  const files = { '001_a.sql': 'create table t (id int);\ninsert into t values (1);' };
  const [one, other] = [await proveFiles(files), await proveFiles(files)];
  expect({ ...other, durationMs: 0 }).toEqual({ ...one, durationMs: 0 });
  // Those of other tests on the same server go as well, in a while.
  const left = new Set(await databases());
  await expect
    .poll(async () => (await databases()).filter((name) => left.has(name)), {
      timeout: 50_000,
      interval: 250,
    })
    .toEqual([]);
});

test('what is meant is accepted by the file itself; to accept what is not found is a finding', {
  timeout: 30_000,
}, async () => {
  const report = await proveFiles({
    '001_a.sql': `-- registry-jobs: accept rerun-damages because each run adds a row on purpose
create table if not exists t (id int);
insert into t values (1);`,
    '002_b.sql': '-- registry-jobs: accept late-fails because of nothing\nselect 1;',
  });
  expect(report.files[0]?.findings).toMatchObject([
    { code: 'rerun-damages', accepted: 'each run adds a row on purpose' },
  ]);
  expect(report.files[1]?.findings).toMatchObject([
    {
      code: 'accepts-nothing',
      location: { line: 1 },
      message: 'It accepts late-fails, which is not found of it.',
    },
  ]);
  expect(report.status).toBe('findings');
});

test('what this server lacks is named, and is no proof', { timeout: 30_000 }, async () => {
  const extension = await proveFiles({
    '001_a.sql': 'create extension if not exists no_such_extension;',
    '002_b.sql': 'select 1;',
  });
  expect(told(extension)).toEqual([]);
  expect(extension.status).toBe('incomplete');
  expect(extension.files.map(({ notes }) => notes.map(({ code }) => code))).toEqual([
    ['extension-missing'],
    ['not-shown'],
  ]);
  const role = await proveFiles({
    '001_a.sql': 'create table if not exists t (id int);\ngrant select on t to no_such_role_here;',
  });
  expect(role.status).toBe('incomplete');
  expect(role.files[0]?.notes).toMatchObject([
    {
      code: 'role-missing',
      location: { line: 2 },
      message: expect.stringContaining('CREATE ROLE no_such_role_here NOLOGIN;'),
    },
  ]);
});

test('a statement that had no row to work on is named', async () => {
  const report = await proveFiles({
    '001_a.sql': 'create table if not exists t (id int);\nupdate t set id = 2 where id = 1;',
  });
  expect(report.status).toBe('proved');
  expect(report.files[0]?.notes).toMatchObject([{ code: 'no-rows', location: { line: 2 } }]);
});

test('what had no row to work on is named of a pair as well', { timeout: 30_000 }, async () => {
  const report = await proveFiles({
    '1_a.up.sql': 'create table t (id int);\ndelete from t where id = 1;',
    '1_a.down.sql': 'drop table t;',
  });
  expect(report.status).toBe('proved');
  expect(report.files[0]?.notes).toMatchObject([{ code: 'no-rows', location: { line: 2 } }]);
});

test('objects of every kind can be tried: made twice, and undone', { timeout: 60_000 }, async () => {
  const stage = await createStage();
  try {
    const { first, groups, last } = schemaOfAllKinds(stage.major);
    const all = stage.named([first, ...groups, last].join(';\n'));
    const report = await proveFiles({ '001_all.sql': all, '002_b.sql': 'select 1;' });
    // None of it can be made twice, which is said of the first statement that cannot.
    expect(report.files[0]?.checks).toMatchObject({ once: 'ok', twice: 'failed' });
    expect(told(report)[0]).toBe('rerun-fails 001_all.sql:2: schema "app" already exists');
    expect(report.files[1]?.checks).toMatchObject({ twice: 'ok', late: 'ok' });
  } finally {
    await stage.drop();
  }
});

test('a stop whose damage is in the catalog alone is found, whatever it was stopped in', async () => {
  // Stopped after its first statement it has changed nothing but rows, and they are gone in the end.
  const report = await proveFiles({
    '001_a.sql': 'create table if not exists flags (id int);',
    '002_b.sql': `insert into flags values (1);
do $$ begin
  if (select count(*) from flags) > 1 then create table if not exists y (); else create table if not exists x (); end if;
end $$;
delete from flags;`,
  });
  expect(report.files[1]?.findings).toMatchObject([
    { code: 'stop-damages', after: [1], differences: [{ name: 'public.x' }, { name: 'public.y' }] },
    { code: 'stop-damages', after: [2], differences: [{ name: 'public.y' }] },
  ]);
});

test('a file that takes from the session what was prepared in it is judged on copies', async () => {
  const report = await proveFiles({
    '001_a.sql': 'create table if not exists t (id int);\ndeallocate all;\nselect 1;',
    '002_b.sql': 'deallocate all;\ninsert into t values (1);',
  });
  expect(told(report)).toEqual(['rerun-damages 002_b.sql:2: public.t holds 2 rows, and not 1']);
});

test('files that change nothing by themselves, but do as a whole, are found', async () => {
  const report = await proveFiles({
    '001_a.sql': `create table if not exists t (id int primary key, n int);
insert into t values (1, 1) on conflict do nothing;
update t set n = 2 where n = 1;
update t set n = 3 where n = 9;`,
    '002_b.sql': `do $$ begin if exists (select from t where n = 2) then update t set n = 9; end if; end $$;`,
  });
  expect(report.set.again).toBe('failed');
});

test('what is made anew just as it was is no change, late', async () => {
  const report = await proveFiles({
    '001_a.sql': `create table if not exists t (id int);
create or replace function f() returns trigger language plpgsql as 'begin return new; end';
drop trigger if exists f on t;
create trigger f before update on t for each row execute function f();
drop view if exists v;
create view v as select id from t;
comment on view v is 'of all';`,
    '002_b.sql': `do $$ begin if to_regclass('w') is null then create table w (); end if; end $$;`,
  });
  expect(told(report)).toEqual([]);
  // Nothing had to be looked at again, nor the whole set on a copy.
  expect(report.copies).toBe(0);
});

test.each([
  ['a comment', `comment on table t is 'second';`, `comment on table t is 'first';`],
  [
    'a row that goes and comes otherwise',
    'delete from t;\ninsert into t values (2);',
    'delete from t;\ninsert into t values (1);',
  ],
  ['an option', 'alter table t set (fillfactor = 90);', 'alter table t set (fillfactor = 80);'],
  ['a right', 'grant select on t to public;', 'revoke select on t from public;'],
  [
    'an enabled trigger',
    'alter table t disable row level security;',
    'alter table t enable row level security;',
  ],
  ['what is gone', 'drop table if exists extra;', 'create table if not exists extra ();'],
])('what an older file puts back is found, late: %s', async (_, newer, older) => {
  const report = await proveFiles({
    '001_a.sql': `create table if not exists t (id int);\n${older}`,
    '002_b.sql': newer,
  });
  expect(told(report)).toEqual([expect.stringMatching(/^overwrites-successor 001_a\.sql:[23]: /)]);
});

test('the locks of a pair are told', async () => {
  const files = {
    '1_a.up.sql': 'create table t (id int);',
    '1_a.down.sql': 'drop table t;',
    '2_b.up.sql': 'alter table t add n int;',
    '2_b.down.sql': 'alter table t drop n;',
  };
  for (let time = 0; time < 3; time++) {
    const report = await proveFiles(files);
    expect(report.files[1]?.locks).toMatchObject([{ table: 'public.t', mode: 'AccessExclusive' }]);
  }
});
