/** Files by their names. */
export type Files = Readonly<Record<string, string>>;

/** A shape of migrations that harms, and its mended twin. */
export interface Truth {
  readonly name: string;
  readonly harm: Files;
  /** What is found of it, a line for each finding: see `told`. */
  readonly found: readonly string[];
  /** The same made safe: nothing is found of it. */
  readonly safe: Files;
}

export const TRUTHS: readonly Truth[] = [
  {
    name: 'a table and an index that are there already',
    harm: { '001_a.sql': 'create table t (id int);\ncreate index t_id on t (id);' },
    found: ['rerun-fails 001_a.sql:1: relation "t" already exists'],
    safe: {
      '001_a.sql': 'create table if not exists t (id int);\ncreate index if not exists t_id on t (id);',
    },
  },
  {
    name: 'an index without a name',
    harm: {
      '001_a.sql': 'create table if not exists t (id int);',
      '002_b.sql': 'create index concurrently on t (id);',
    },
    found: [
      'rerun-damages 002_b.sql:1: table public.t has a new index public.t_id_idx1: CREATE INDEX t_id_idx1 ON public.t USING btree (id)',
    ],
    safe: {
      '001_a.sql': 'create table if not exists t (id int);',
      '002_b.sql': 'create index concurrently if not exists t_id_idx on t (id);',
    },
  },
  {
    name: 'a primary key that is lost by the second run',
    harm: {
      '001_a.sql': 'create table if not exists s (k text, constraint s_pkey primary key (k));',
      '002_b.sql': `alter table s drop constraint if exists s_pkey;
alter table s add column if not exists id serial primary key;`,
    },
    found: ['rerun-damages 002_b.sql:1: table public.s lost its primary key s_pkey: PRIMARY KEY (id)'],
    safe: {
      '001_a.sql': 'create table if not exists s (k text, constraint s_pkey primary key (k));',
      '002_b.sql': `do $$ begin
  if not exists (select from pg_attribute where attrelid = 's'::regclass and attname = 'id') then
    alter table s drop constraint s_pkey;
    alter table s add column id serial primary key;
  end if;
end $$;`,
    },
  },
  {
    name: 'a view that is gone when it is stopped between',
    harm: {
      '001_a.sql': 'create table if not exists t (id int);\ncreate or replace view v as select id from t;',
      '002_b.sql': 'select 1;\ndrop view v;\ncreate view v as select id from t;',
    },
    found: ['stuck-half-way 002_b.sql:2: view "v" does not exist'],
    safe: {
      '001_a.sql': 'create table if not exists t (id int);\ncreate or replace view v as select id from t;',
      '002_b.sql': 'select 1;\ndrop view if exists v;\ncreate view v as select id from t;',
    },
  },
  {
    name: 'a function that a newer file has replaced',
    harm: {
      '001_a.sql': `create or replace function f() returns int language sql as 'select 1';`,
      '002_b.sql': `create or replace function f() returns int language sql as 'select 2';`,
    },
    found: ['overwrites-successor 001_a.sql:1: function public.f(): body select 2 -> select 1'],
    safe: {
      '001_a.sql': `do $$ begin
  if to_regprocedure('f()') is null then
    create function f() returns int language sql as 'select 1';
  end if;
end $$;`,
      '002_b.sql': `create or replace function f() returns int language sql as 'select 2';`,
    },
  },
  {
    name: 'a materialized view that has lost its unique index',
    harm: {
      '001_a.sql': `create materialized view if not exists m as select 1 as id;
do $$ begin
  if not exists (select from pg_class where relname = 'm2') then create unique index if not exists m_id on m (id); end if;
end $$;
refresh materialized view concurrently m;`,
      '002_b.sql': 'create table if not exists m2 ();\ndrop index if exists m_id;',
    },
    found: ['late-fails 001_a.sql:5: cannot refresh materialized view "public.m" concurrently'],
    safe: {
      '001_a.sql':
        'create materialized view if not exists m as select 1 as id;\nrefresh materialized view m;',
      '002_b.sql': 'create table if not exists m2 ();\ndrop index if exists m_id;',
    },
  },
  {
    name: 'rows that are added once more',
    harm: { '001_a.sql': 'create table if not exists t (id int);\ninsert into t values (1);' },
    found: ['rerun-damages 001_a.sql:2: public.t holds 2 rows, and not 1'],
    safe: {
      '001_a.sql':
        'create table if not exists t (id int);\ninsert into t select 1 where not exists (select from t);',
    },
  },
  {
    name: 'a value that grows with each run',
    harm: {
      '001_a.sql': `create table if not exists t (id int primary key, n int);
insert into t values (1, 1) on conflict do nothing;
update t set n = n + 1;`,
    },
    found: ['rerun-damages 001_a.sql:3: public.t holds other values in n'],
    safe: {
      '001_a.sql': `create table if not exists t (id int primary key, n int);
insert into t values (1, 1) on conflict do nothing;
update t set n = 2 where n = 1;`,
    },
  },
  {
    name: 'a value that each run makes anew, over the one that stands',
    harm: {
      '001_a.sql': `create table if not exists t (id int primary key, token uuid, at timestamptz);
insert into t values (1) on conflict do nothing;
update t set token = gen_random_uuid(), at = clock_timestamp();`,
    },
    found: ['rerun-damages 001_a.sql:3: public.t holds other values in token'],
    safe: {
      '001_a.sql': `create table if not exists t (id int primary key, token uuid, at timestamptz, often timestamp[], during tstzrange,
  "At 100%" numeric generated always as (extract(epoch from often[1])) stored);
insert into t values (1) on conflict do nothing;
update t set token = gen_random_uuid() where token is null;
update t set at = clock_timestamp(), often = array[clock_timestamp()::timestamp], during = tstzrange(clock_timestamp(), null);`,
    },
  },
  {
    name: 'a value made anew by a late run, over the one that a newer file has made',
    harm: {
      '001_a.sql': `create table if not exists t (id int primary key, token text);
update t set token = gen_random_uuid();`,
      '002_b.sql': `insert into t values (1, gen_random_uuid()) on conflict do nothing;`,
    },
    found: ['overwrites-successor 001_a.sql:2: public.t holds other values in token'],
    safe: {
      '001_a.sql': `create table if not exists t (id int primary key, token text);
update t set token = gen_random_uuid() where token is null;`,
      '002_b.sql': `insert into t values (1, gen_random_uuid()) on conflict do nothing;`,
    },
  },
  {
    name: 'a way back that leaves a value made anew',
    harm: {
      '1_a.up.sql': 'create table t (id int);\ninsert into t values (1);',
      '1_a.down.sql': 'drop table t;',
      '2_b.up.sql': 'update t set id = (random() * 1e9)::int;',
      '2_b.down.sql': 'select 1;',
    },
    found: ['down-differs 2_b.down.sql:1: public.t holds other values in id'],
    safe: {
      '1_a.up.sql': 'create table t (id int);\ninsert into t values (1);',
      '1_a.down.sql': 'drop table t;',
      '2_b.up.sql': 'alter table t add column token uuid;\nupdate t set token = gen_random_uuid();',
      '2_b.down.sql': 'alter table t drop column token;',
    },
  },
  {
    name: 'a way back that forgets an index',
    harm: {
      '1_a.up.sql': 'create table t (id int);',
      '1_a.down.sql': 'drop table t;',
      '2_b.up.sql': 'alter table t add column n int;\ncreate index t_id on t (id);',
      '2_b.down.sql': 'alter table t drop column n;',
    },
    found: [
      'down-differs 2_b.down.sql:1: table public.t has a new index public.t_id: CREATE INDEX t_id ON public.t USING btree (id)',
      'up-again-fails 2_b.up.sql:2: relation "t_id" already exists',
    ],
    safe: {
      '1_a.up.sql': 'create table t (id int);',
      '1_a.down.sql': 'drop table t;',
      '2_b.up.sql': 'alter table t add column n int;\ncreate index t_id on t (id);',
      '2_b.down.sql': 'drop index t_id;\nalter table t drop column n;',
    },
  },
  {
    name: 'an index that is built without a transaction',
    harm: {
      '001_a.sql': 'create table if not exists t (id int);',
      '002_b.sql': '-- registry-jobs: transaction off\ncreate index concurrently t_id on t (id);',
    },
    found: ['rerun-fails 002_b.sql:2: relation "t_id" already exists'],
    safe: {
      '001_a.sql': 'create table if not exists t (id int);',
      '002_b.sql':
        '-- registry-jobs: transaction off\ncreate index concurrently if not exists t_id on t (id);',
    },
  },
];
