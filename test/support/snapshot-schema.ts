/**
 * A schema with one object of each kind that a database can hold, for tests of the snapshot. Roles belong to the server: `alice`, `bob` and
 * `carol` stand for roles of the test's own.
 *
 * @param major of the server
 * @returns what others need, then groups that do not need each other, then what changes how later ones are made
 */
export function schemaOfAllKinds(major: number): { first: string; groups: string[]; last: string } {
  const since = (version: number, sql: string) => (major >= version ? sql : '');
  const first = `
    create schema app; create schema "Odd name"; create schema moved;
    grant usage on schema app to alice;
    create type app.mood as enum ('sad', 'ok', 'happy');
    create domain app.short as varchar(20) default 'none' not null constraint not_empty check (value <> '');
    create function app.touch() returns trigger language plpgsql as $$ begin
      new.touched = now();
      return new;
    end $$;
    create function app.same(integer, integer) returns boolean language sql immutable as 'select $1 = $2';
    create domain app.moody as app.mood default 'ok'::app.mood;
    create type app.point as (x integer, y numeric(4, 1), label text collate "C");
    comment on column app.point.x is 'To the right.';
    create type app.raw;
    create function app.raw_in(cstring) returns app.raw language internal immutable strict as 'textin';
    create function app.raw_out(app.raw) returns cstring language internal immutable strict as 'textout';
    create type app.raw (input = app.raw_in, output = app.raw_out, like = text, category = 'U');
    create type app.shell;
    create collation app.plain (provider = libc, locale = 'C');`;
  const groups = [
    `create table app.parents (id bigint generated always as identity primary key, name app.short, mood app.mood default 'ok',
        born date default '2020-02-03', price money default 12.5, data bytea default '\\x01', span interval default '1 day 2 hours',
        half double precision default 0.1, size bigint default 0 constraint size_positive check (size >= 0),
        double bigint generated always as (size * 2) stored, label text collate app.plain, touched timestamptz default '2020-02-03 04:05+00')
      with (fillfactor = 80, toast.autovacuum_enabled = false);
     alter table app.parents alter label set storage external, alter label set statistics 50, alter size set (n_distinct = 5);
     ${since(14, 'alter table app.parents alter label set compression pglz;')}
     alter table app.parents add constraint label_short check (length(label) < 100) not valid;
     create unique index parents_name on app.parents (lower(name)) where size > 0;
     alter index app.parents_name alter column 1 set statistics 200;
     create index parents_mood on app.parents (mood desc nulls last) include (size);
     alter table app.parents add constraint mood_once unique (mood, id) deferrable initially deferred;
     create table app.children (id integer primary key, parent_id bigint not null references app.parents on delete cascade deferrable,
        during int4range, constraint apart exclude using gist (during with &&));
     create table app.heirs (extra text) inherits (app.parents);
     create unlogged table app.notes (note text, at timestamptz not null default now());
     create table app.points of app.point;
     create table app.serials (id serial, note text);
     alter table app.children replica identity full;
     alter table app.parents cluster on parents_mood;
     alter table app.parents enable row level security;
     create policy mine on app.parents for select to alice using (size > 0);
     create policy strict on app.parents as restrictive for update using (true) with check (size < 9);
     create trigger touched before update of name on app.parents for each row when (old.name is distinct from new.name)
       execute function app.touch();
     create constraint trigger later after insert on app.children deferrable initially deferred for each row execute function app.touch();
     create rule no_delete as on delete to app.notes do instead nothing;
     create statistics app.together (dependencies) on mood, size from app.parents;
     alter statistics app.together set statistics 300;
     comment on table app.parents is 'Those who came first.'; comment on column app.parents.name is 'In short.';
     comment on constraint size_positive on app.parents is 'Nothing is smaller than nothing.';
     comment on index app.parents_name is 'Each once.'; comment on trigger touched on app.parents is 'When.';
     comment on rule no_delete on app.notes is 'Kept.'; comment on policy mine on app.parents is 'For all.';
     comment on statistics app.together is 'Go together.';
     grant select, insert on app.parents to alice; grant update (size) on app.parents to bob; alter table app.notes owner to bob;
     create view app.open_parents with (security_barrier = true) as select id, name, size from app.parents where size > 0
       with local check option;
     alter view app.open_parents alter size set default 7;
     create materialized view app.sums as select mood, sum(size) as size from app.parents group by mood;
     create unique index sums_mood on app.sums (mood);
     comment on view app.open_parents is 'In use.'; comment on materialized view app.sums is 'Added up.';
     create view app."Odd view" as select 1 as "Odd column";
     create table "Odd name"."Odd table" ("Odd column" integer constraint "Odd check" check ("Odd column" > 0));`,
    `create table app.events (id bigint, at date not null, primary key (id, at)) partition by range (at);
     create table app.events_2020 partition of app.events for values from ('2020-01-01') to ('2021-01-01');
     create table app.events_rest partition of app.events default;
     create index events_at on app.events (at);
     create table app.refers (id bigint, at date, foreign key (id, at) references app.events);
     create trigger touched before update on app.events for each row execute function app.touch();`,
    `create sequence app.numbers as integer start 5 increment 2 minvalue 1 maxvalue 1000 cache 3 cycle;
     comment on sequence app.numbers is 'Odd.'; grant usage on sequence app.numbers to alice;
     create function app.area(app.point, factor numeric default 2) returns numeric language sql stable strict security definer
       cost 10 set search_path = app, pg_temp set work_mem = '8MB' as 'select ($1).x * ($1).y * $2';
     comment on function app.area(app.point, numeric) is 'Wide.'; revoke execute on function app.area(app.point, numeric) from public;
     grant execute on function app.area(app.point, numeric) to alice;
     create function app.rows(out a integer, out b text) returns setof record language sql rows 5 as $$ select 1, 'x' $$;
     create procedure app.clean(inout n integer) language plpgsql as $$ begin n := 0; end $$;
     comment on procedure app.clean(integer) is 'Sweeps.';
     create function app.nth(integer) returns integer language internal window immutable strict as 'window_row_number';
     ${since(14, 'create function app.plus(a integer, b integer) returns integer language sql begin atomic; select a + b; end;')}
     create function app.grow(integer, integer) returns integer language sql immutable as 'select $1 + $2';
     create aggregate app.total(integer) (sfunc = app.grow, stype = integer, initcond = '0', parallel = safe);
     comment on aggregate app.total(integer) is 'Adds.';
     create aggregate app.share(order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = mode_final, finalfunc_extra);`,
    `create type app.spans as range (subtype = float8, subtype_diff = float8mi);
     comment on type app.spans is 'From, to.'; comment on type app.mood is 'How it is.'; comment on domain app.short is 'Not long.';
     comment on constraint not_empty on domain app.short is 'Something.'; grant usage on type app.mood to alice;
     create domain app.numbers_only as text; alter domain app.numbers_only add constraint digits check (value ~ '^[0-9]+$') not valid;
     comment on collation app.plain is 'Bytes.';`,
    `create operator app.=== (leftarg = integer, rightarg = integer, function = app.same, commutator = operator(app.===), restrict = eqsel,
       join = eqjoinsel, hashes, merges);
     comment on operator app.=== (integer, integer) is 'The same.';
     create operator family app.ways using btree; comment on operator family app.ways using btree is 'Ways.';
     create operator class app.backwards for type integer using btree family app.ways as operator 1 >, operator 2 >=, operator 3 =,
       operator 4 <=, operator 5 <, function 1 btint4cmp(integer, integer);
     comment on operator class app.backwards using btree is 'Down.';
     alter operator family app.ways using btree add operator 1 > (integer, bigint), function 1 (integer, bigint) btint48cmp(integer, bigint);
     create function app.raw_to_text(app.raw) returns text language internal immutable strict as 'textin';
     create cast (app.raw as text) with function app.raw_to_text(app.raw) as assignment;
     comment on cast (app.raw as text) is 'As it is.';
     create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8; comment on conversion app.latin is 'West.';
     create transform for app.raw language sql (from sql with function prsd_lextype(internal), to sql with function app.raw_recv(internal));
     comment on transform for app.raw language sql is 'Through.';
     create access method heap_again type table handler heap_tableam_handler; comment on access method heap_again is 'Again.';
     create trusted language plain handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator;
     comment on language plain is 'Plain.'; grant usage on language plain to alice;`,
    `create text search parser app.words (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
     create text search template app.simply (init = dsimple_init, lexize = dsimple_lexize);
     create text search dictionary app.lower (template = pg_catalog.simple, accept = false);
     create text search configuration app.search (parser = pg_catalog."default");
     alter text search configuration app.search add mapping for asciiword, word with app.lower, pg_catalog.simple;
     comment on text search parser app.words is 'Cuts.'; comment on text search template app.simply is 'How.';
     comment on text search dictionary app.lower is 'Small.'; comment on text search configuration app.search is 'All.';`,
    `create foreign data wrapper far options (debug 'true', password 'hush1'); comment on foreign data wrapper far is 'Far away.';
     create server there type 'shop' version '2' foreign data wrapper far options (host 'db.example', token 'hush2');
     comment on server there is 'Over there.'; grant usage on foreign server there to alice;
     create user mapping for alice server there options (user 'far_alice', password 'hush3');
     create user mapping for public server there options (user 'anybody');
     create foreign table app.abroad (id integer options (column_name 'no'), name text) server there options (table_name 'shops');
     comment on foreign table app.abroad is 'Not here.';`,
    `create publication out for table app.published ${since(15, '(id) where (id > 0)')} with (publish = 'insert, update');
     ${since(15, 'create publication out_schema for tables in schema moved;')}
     comment on publication out is 'To others.';
     ${SUBSCRIPTION}
     create event trigger watch on ddl_command_end when tag in ('CREATE TABLE') execute function app.watched();
     alter event trigger watch disable; comment on event trigger watch is 'Looks on.';
     select lo_create(4711); comment on large object 4711 is 'Big.'; grant select on large object 4711 to alice;
     alter function app.watched() depends on extension hstore; 
     grant execute on function pg_catalog.pg_stat_reset() to alice; grant select (rolpassword) on pg_catalog.pg_authid to bob;`,
  ];
  return { first: `${first}${FOR_OTHERS}`, groups, last: DEFAULTS };
}

const DEFAULTS = `alter default privileges in schema app grant select on tables to alice;
    alter default privileges revoke execute on functions from public`;

/** What the groups need and what comes in one of them otherwise. */
const FOR_OTHERS = `
    create extension hstore schema moved; create extension citext schema public;
    create function app.raw_recv(internal) returns app.raw language internal stable strict as 'textrecv';
    create table app.published (id integer primary key, note text);
    create function app.watched() returns event_trigger language plpgsql as 'begin end';`;

/** What a copy of the database does not have. */
export const SUBSCRIPTION = `create subscription back_SUFFIX connection 'host=db.example dbname=shop password=hush4' publication out
      with (connect = false, slot_name = none);
    comment on subscription back_SUFFIX is 'From others.';`;
