import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { up } from '../../lib/jobs/up.ts';
import { compareSnapshots } from '../../lib/plan/differences.ts';
import { readSnapshot } from '../../lib/postgres/snapshot/read-snapshot.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { compile, settingsFor } from '../support/migrations.ts';
import { createStage, type SnapshotStage, withSession } from '../support/snapshot-database.ts';
import { schemaOfAllKinds } from '../support/snapshot-schema.ts';

/* The same files, by a client that waits and by the server alone, come to the same database. */
let stage: SnapshotStage;
beforeAll(async () => {
  stage = await createStage();
});
const created: TestDatabase[] = [];
afterEach(async () => {
  for (const database of created.splice(0)) {
    // It would keep the database from being dropped.
    await database.query(stage.named('drop subscription if exists back_SUFFIX'));
    await database.drop();
  }
});
afterAll(() => stage.drop());

const readFrom = (database: TestDatabase) => withSession(database, (connection) => readSnapshot(connection));

async function applied(sql: string, detach: 'never' | 'always') {
  const database = await createTestDatabase();
  created.push(database);
  const report = await up(await compile({ '001_a.sql': sql }), settingsFor(database.url), { detach });
  const { failed, warnings } = report;
  return { database, status: report.status, error: failed?.error, warnings };
}

test('one object of each kind', async () => {
  const { first, groups, last } = schemaOfAllKinds(stage.major);
  const sql = stage.named([first, ...groups, last].join(';\n'));
  const attached = await applied(sql, 'never');
  const detached = await applied(sql, 'always');
  expect(detached).toMatchObject({ status: 'applied', warnings: [] });
  expect(attached).toMatchObject({ status: 'applied' });
  const [one, other] = [await readFrom(attached.database), await readFrom(detached.database)];
  expect(compareSnapshots(one, other)).toEqual([]);
});

/** Each line is a statement that could mean something else in a block; what they leave is in the table `seen`. */
const ODDITIES = String.raw`
create table seen (n serial, what text, x text);
set search_path = '';
set search_path = public, pg_temp;
prepare p(int, text) as insert into seen (what, x) values ($2, $1 + 1);
execute p(1, 'prepared');
execute p(2, '$1');
deallocate p;
insert into seen (what, x) values ('quotes', 'it''s :a %s %1$s %TYPE'), ('dollars', $a$b'$b$c$a$), ('escapes', E'a\nb\\c\'d'), ('backslash', 'a\b');
create function texts() returns text language plpgsql as $function$ declare step int := 7; texts text := 'mine'; begin return texts || step; end $function$;
insert into seen (what, x) select 'names', texts() from (select 1 as step, 'a' as texts, 2 as turn) t where step = 1 and turn = 2;
do $body$ begin execute 'insert into seen (what, x) values (''do in do'', $$x$$)'; end $body$;
create function atomic() returns int language sql begin atomic select 1; select 2; end;
create table rows (a int);
create rule r as on insert to rows do also (insert into seen (what, x) values ('rule', new.a); insert into seen (what, x) values ('rule 2', new.a));
insert into rows values (5) returning a;
create procedure proc(inout a int) language plpgsql as $$ begin a := a + 1; insert into seen (what, x) values ('call', a); end $$;
call proc(41);
declare c cursor for select generate_series(1, 3);
fetch 2 from c;
move 1 in c;
close c;
declare h cursor with hold for select 1;
set local work_mem = '8MB';
insert into seen (what, x) values ('set local', current_setting('work_mem'));
set my.name = 'mine';
insert into seen (what, x) values ('custom', current_setting('my.name'));
select set_config('my.name', 'theirs', true);
insert into seen (what, x) values ('set_config', current_setting('my.name'));
listen channel;
notify channel, 'payload';
create temp table gone (x int) on commit drop;
insert into gone values (1);
set constraints all deferred;
lock table rows in exclusive mode;
set standard_conforming_strings = off;
set escape_string_warning = off;
insert into seen (what, x) values ('not conforming', 'a\\b');
set standard_conforming_strings = on;
set client_min_messages = debug5;
explain analyze select 1;
show search_path;
values (1), (2);
table rows;
with w as (insert into seen (what, x) values ('with', 'w') returning what) select * from w;
insert into seen (what, x) select 'found', count(*) from seen where x is not null;
select 1 where false; select;
create schema s create table t (a int) create view v as select a from t;
set datestyle = 'German';
insert into seen (what, x) values ('date', '2026-11-28'::date);
reset datestyle;
comment on table seen is 'a /* comment */ -- or not';
select pg_advisory_xact_lock(1);
grant select on seen to public;
analyze seen;
create view "odd "" name; $body$" as select 1 as "a;b"; -- the end
`;

test('what could mean something else in a block', async () => {
  // Postgres 13 has no bodies of SQL.
  const sql = stage.major >= 14 ? ODDITIES : ODDITIES.replace(/^.*begin atomic.*$/m, '');
  const attached = await applied(sql, 'never');
  const detached = await applied(sql, 'always');
  expect(attached).toMatchObject({ status: 'applied' });
  expect(detached).toMatchObject({ status: 'applied', warnings: [] });
  const seen = (of: TestDatabase) => of.query('select n, what, x from public.seen order by n');
  const rows = await seen(attached.database);
  expect(rows.map(({ what }) => what)).toContain('found');
  expect(await seen(detached.database)).toEqual(rows);
  const [one, other] = [await readFrom(attached.database), await readFrom(detached.database)];
  expect(compareSnapshots(one, other)).toEqual([]);
});

/** By a file before it, and for roles of its own. */
test('other users, and a new value of an enum', async () => {
  const sql = stage.named(`set role alice; create temp table mine (x int); reset role;
set session authorization bob; select 1; reset session authorization;
create table who as select current_user::text, session_user::text;
alter type mood add value 'new';
insert into moods values ('old');`);
  const made = await Promise.all(
    (['never', 'always'] as const).map(async (detach) => {
      const database = await createTestDatabase();
      created.push(database);
      const first = `create type mood as enum ('old'); create table moods (m mood)`;
      const files = {
        '001_a.sql': first,
        '002_b.sql': sql,
        '003_c.sql': `alter type mood add value 'x'; insert into moods values ('x')`,
      };
      const report = await up(await compile(files), settingsFor(database.url), { detach });
      return { report, who: await database.query('select * from who') };
    }),
  );
  const [attached, detached] = made;
  expect(detached?.report).toMatchObject({
    status: 'failed',
    applied: [{}, { version: '002_b' }],
    failed: { error: { sqlstate: '55P04' } },
  });
  expect(detached?.report.failed?.error).toEqual(attached?.report.failed?.error);
  expect(detached?.who).toEqual(attached?.who);
});

test('no statement, and a file that runs again', async () => {
  const database = await createTestDatabase();
  created.push(database);
  const files = {
    '001_a.sql': '-- registry-jobs: empty',
    'R_view.sql': 'create or replace view v as select 1 as a',
  };
  const settings = settingsFor(database.url);
  expect(await up(await compile(files), settings, { detach: 'always' })).toMatchObject({
    status: 'applied',
    applied: [{ statements: 0 }, { statements: 1 }],
  });
  const changed = { ...files, 'R_view.sql': 'create or replace view v as select 1 as a, 2 as b' };
  expect(await up(await compile(changed), settings, { detach: 'always' })).toMatchObject({
    status: 'applied',
    applied: [{ statements: 1 }],
  });
  expect(await database.query('select a, b from v')).toEqual([{ a: 1, b: 2 }]);
});

test.each([
  ['no parameter', 'select $1'],
  ['no variable', 'select step'],
  ['no other', 'select texts[turn] from generate_series(1, 1) as numbers'],
  ['COMMIT in a procedure', 'create procedure p() language plpgsql as $$ begin commit; end $$; call p()'],
  ['a table that is not there', 'create table a ();\n  select * from a, "Nope"'],
  ['a value', "create table a (b int);\ninsert into a values (1), ('abc')"],
  [
    'a row',
    "create table a (b int primary key, password text);\ninsert into a values (1, 'x'), (1, 'hunter22')",
  ],
  ['a check', 'create table a (b int check (b > 1));\ninsert into a values (1)'],
  ['a role', 'set role nobody_at_all'],
  ['a timeout', 'select 1;\nselect pg_sleep(2)', '-- registry-jobs: statement-timeout 200ms\n'],
])('an error of %s is the same', async (_, sql, header = '') => {
  const attached = await applied(header + sql, 'never');
  const detached = await applied(header + sql, 'always');
  expect(attached.status).toBe('failed');
  expect(detached.error).toEqual(attached.error);
});
