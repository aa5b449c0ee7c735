import { expect } from 'vitest';
import { engineCase, ledgerOf } from '../support/cases.ts';

const FILES = {
  '201909251211_base.up.sql': `create table objects (id bigint generated always as identity primary key, title text not null,
      size bigint default 0 check (size >= 0));
    comment on table objects is 'What is kept.';
    create view titles as select id, title from objects;
    insert into objects (title, size) values ('one', 1), ('two', 2);`,
  '201909251211_base.down.sql': 'drop view titles; drop table objects;',
  '20191021125829_stats.up.sql': `create type state as enum ('A', 'D');
    create table stats (object_id bigint references objects on delete cascade, state state not null default 'A',
      total numeric(10, 2), primary key (object_id, state)) partition by list (state);
    create table stats_a partition of stats for values in ('A');
    create index stats_on_total on stats (total desc) where total > 0;
    alter table objects add column label varchar(20) default 'none', alter column size set not null;
    create unique index objects_on_title on objects (lower(title));
    create function total(bigint) returns numeric language sql stable as 'select sum(total) from stats where object_id = $1';
    comment on function total(bigint) is 'Of one object.';
    comment on column objects.label is 'For display.';
    create or replace view titles as select id, title, label from objects;
    create materialized view sums as select count(*) from objects;
    grant select on objects, stats to pg_monitor;
    revoke execute on function total(bigint) from public;
    create trigger touch before update on objects for each row execute function suppress_redundant_updates_trigger();`,
  '20191021125829_stats.down.sql': `drop trigger touch on objects; revoke select on objects from pg_monitor; drop materialized view sums;
    drop view titles; drop function total(bigint); drop index objects_on_title; comment on column objects.label is null;
    alter table objects drop column label, alter column size drop not null; drop table stats; drop type state;
    create view titles as select id, title from objects;`,
  '18446744073709551615_last.up.sql': `alter table objects add constraint short check (length(title) < 100) not valid;
    alter table objects validate constraint short; create sequence numbers start 7;
    create policy mine on objects for select to pg_monitor using (size > 0); alter table objects enable row level security;`,
  '18446744073709551615_last.down.sql': `alter table objects disable row level security; drop policy mine on objects;
    drop sequence numbers; alter table objects drop constraint short;`,
};

/** All that the files may have made, as text that means the same before and after: no numbers that the server gave. */
const CATALOG: Record<string, string> = {
  tables: `select c.oid::regclass::text as name, c.relkind, c.relpersistence, c.relrowsecurity, c.relreplident,
      pg_get_userbyid(c.relowner) as owner, pg_get_partkeydef(c.oid) as partitioned, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_class c where OURS and c.relkind in ('r', 'p', 'v', 'm', 'S') order by 1`,
  columns: `select c.oid::regclass::text as name, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull,
      a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid) as default
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where OURS and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped order by 1, a.attnum`,
  indexes: `select c.oid::regclass::text as name, pg_get_indexdef(c.oid), i.indisvalid, i.indisunique, i.indisprimary
    from pg_index i join pg_class c on c.oid = i.indexrelid where OURS order by 1`,
  constraints: `select o.conname, o.conrelid::regclass::text as relation, pg_get_constraintdef(o.oid) as definition, o.convalidated
    from pg_constraint o join pg_class c on c.oid = o.conrelid where OURS order by 1, 2`,
  views: `select c.oid::regclass::text as name, pg_get_viewdef(c.oid) as definition from pg_class c
    where OURS and c.relkind in ('v', 'm') order by 1`,
  functions: `select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as definition, p.proacl::text as privileges,
      obj_description(p.oid, 'pg_proc') as comment from pg_proc p where p.pronamespace = 'public'::regnamespace order by 1`,
  comments: `select c.oid::regclass::text as name, a.attname, d.description from pg_description d join pg_class c on c.oid = d.objoid
      left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    where OURS and d.classoid = 'pg_class'::regclass order by 1, 2`,
  privileges: `select c.oid::regclass::text as name, coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))::text as all, a.attname, a.attacl::text as column
    from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attacl is not null where OURS order by 1, 3`,
  types: `select t.oid::regtype::text as name, t.typtype, (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e
      where e.enumtypid = t.oid) as labels
    from pg_type t where t.typnamespace = 'public'::regnamespace and t.typname !~ 'schema_migrations' order by 1`,
  triggers: `select c.oid::regclass::text as name, pg_get_triggerdef(g.oid) as definition from pg_trigger g join pg_class c on c.oid = g.tgrelid
    where OURS and not g.tgisinternal order by 1, 2`,
  policies: `select tablename, policyname, roles::text, cmd, qual from pg_policies where schemaname = 'public' order by 1, 2`,
  sequences: `select sequencename, start_value, increment_by from pg_sequences where schemaname = 'public' order by 1`,
};
const OURS = `(c.relnamespace = 'public'::regnamespace and c.relname !~ '^schema_migrations')`;

engineCase('V1', async (bench) => {
  const catalog = async () => {
    const found: Record<string, unknown> = {};
    for (const [kind, sql] of Object.entries(CATALOG))
      found[kind] = await bench.query(sql.replace('OURS', OURS));
    return found;
  };
  const directions = (report: unknown) =>
    (report as { applied: { version: string; direction: string }[] }).applied.map(
      ({ version, direction }) => `${direction} ${version}`,
    );
  bench.write(FILES);
  await bench.up('--to', '201909251211');
  const first = await catalog();
  expect(directions(await bench.up())).toEqual(['up 20191021125829', 'up 18446744073709551615']);
  const before = await catalog();
  // Each question has an answer, or nothing would be compared.
  for (const rows of Object.values(before)) expect(rows).not.toEqual([]);

  expect(directions(await bench.json('down', '--to', '201909251211', '--yes'))).toEqual([
    'down 18446744073709551615',
    'down 20191021125829',
  ]);
  expect(await ledgerOf(bench)).toEqual(['201909251211']);
  expect(await catalog()).toEqual(first);

  expect(directions(await bench.up())).toEqual(['up 20191021125829', 'up 18446744073709551615']);
  expect(await catalog()).toEqual(before);
  expect(await bench.query('select title, size, label from objects order by id')).toEqual([
    { title: 'one', size: '1', label: 'none' },
    { title: 'two', size: '2', label: 'none' },
  ]);
});
