import type { FindingCode } from '../../lib/reports/prove.ts';
import type { Files } from './prove-truths.ts';

export const BASE = `create table if not exists t (id int primary key, n int, name text, spare text);
insert into t (id, n, name) select g, g, 'a' from generate_series(1, 3) g where not exists (select from t);
create table if not exists log (line text);
create sequence if not exists numbers;
create or replace function touch() returns trigger language plpgsql as 'begin return new; end';`;

export type Mutation = readonly [name: string, safe: string, from: string, to: string, code: FindingCode];

const once = (condition: string, statement: string) =>
  `do $$ begin if ${condition} then ${statement}; end if; end $$;`;

export const PLAIN: readonly Mutation[] = [
  ['a table', 'create table if not exists a (id int);', ' if not exists', '', 'rerun-fails'],
  ['an index', 'create index if not exists t_n on t (n);', ' if not exists', '', 'rerun-fails'],
  ['a column', 'alter table t add column if not exists x int;', ' if not exists', '', 'rerun-fails'],
  ['a column that goes', 'alter table t drop column if exists spare;', ' if exists', '', 'rerun-fails'],
  [
    'a function',
    `create or replace function f() returns int language sql as 'select 1';`,
    ' or replace',
    '',
    'rerun-fails',
  ],
  ['a view', 'create or replace view v as select id from t;', ' or replace', '', 'rerun-fails'],
  [
    'a materialized view',
    'create materialized view if not exists m as select id from t;',
    ' if not exists',
    '',
    'rerun-fails',
  ],
  ['a schema', 'create schema if not exists s;', ' if not exists', '', 'rerun-fails'],
  ['a sequence', 'create sequence if not exists s;', ' if not exists', '', 'rerun-fails'],
  [
    'an enum',
    once(`to_regtype('mood') is null`, `create type mood as enum ('sad')`),
    `to_regtype('mood') is null`,
    'true',
    'rerun-fails',
  ],
  [
    'a constraint',
    once(
      `not exists (select from pg_constraint where conname = 'positive')`,
      'alter table t add constraint positive check (n > 0)',
    ),
    `not exists (select from pg_constraint where conname = 'positive')`,
    'true',
    'rerun-fails',
  ],
  [
    'a trigger',
    'drop trigger if exists touch on t;\ncreate trigger touch before update on t for each row execute function touch();',
    'drop trigger if exists touch on t;\n',
    '',
    'rerun-fails',
  ],
  [
    'a policy',
    'drop policy if exists p on t;\ncreate policy p on t using (true);',
    ' if exists',
    '',
    'once-fails',
  ],
  [
    'a view whose columns change',
    'create or replace view v2 as select id, n from t;',
    'select id, n from t;',
    'select id from t;\ncreate or replace view v2 as select id, n from t;',
    'rerun-fails',
  ],
  [
    'a rename',
    once(
      `exists (select from pg_attribute where attrelid = 't'::regclass and attname = 'spare')`,
      'alter table t rename spare to size',
    ),
    `exists (select from pg_attribute where attrelid = 't'::regclass and attname = 'spare')`,
    'true',
    'rerun-fails',
  ],
  [
    'rows with a key',
    `insert into t values (4, 4, 'd') on conflict do nothing;`,
    ' on conflict do nothing',
    '',
    'rerun-fails',
  ],
  [
    'rows without a key',
    `insert into log select 'x' where not exists (select from log);`,
    ' where not exists (select from log)',
    '',
    'rerun-damages',
  ],
  ['a value', 'update t set n = 5 where id = 1;', 'n = 5', 'n = n + 5', 'rerun-damages'],
  ['rows that go', 'delete from t where id = 3;', 'id = 3', 'id = (select max(id) from t)', 'rerun-damages'],
  [
    'a default',
    'alter table t alter column n set default 1;',
    ';',
    `;\ninsert into log select column_default from information_schema.columns where column_name = 'n';`,
    'rerun-damages',
  ],
  [
    'a view that is made again',
    'drop view if exists w;\ncreate view w as select id from t;',
    'drop view if exists w;\n',
    'create or replace view w as select 1 as x;\ndrop view w;\n',
    'rerun-fails',
  ],
  [
    'an index without a transaction',
    '-- registry-jobs: transaction off\ncreate index concurrently if not exists t_n on t (n);',
    ' if not exists',
    '',
    'rerun-fails',
  ],
];

export const UP = `create table p (id int);
create index p_id on p (id);
alter table t add column extra int not null default 0;
alter table t alter column n set default 7;
alter table t rename spare to title;
comment on table t is 'theirs';
grant select on t to public;
create trigger touched before update on t for each row execute function touch();`;
export const DOWN = `drop trigger touched on t;
revoke select on t from public;
comment on table t is null;
alter table t rename title to spare;
alter table t alter column n drop default;
alter table t drop column extra;
drop table p;`;

export const PAIRS: readonly (readonly [name: string, from: string, to: string, code: FindingCode])[] = [
  ['a trigger that stays', 'drop trigger touched on t;\n', '', 'down-differs'],
  ['a grant that stays', 'revoke select on t from public;\n', '', 'down-differs'],
  ['a comment that stays', 'comment on table t is null;\n', '', 'down-differs'],
  ['a name that stays', 'alter table t rename title to spare;\n', '', 'down-differs'],
  ['a default that stays', 'alter table t alter column n drop default;\n', '', 'down-differs'],
  ['a column that stays', 'alter table t drop column extra;\n', '', 'down-differs'],
  ['a table that stays', 'drop table p;', 'select 1;', 'down-differs'],
  ['a table too many', 'drop table p;', 'drop table p;\ndrop table log;', 'down-differs'],
  ['a wrong order', 'drop trigger touched on t;\n', 'drop function touch();\n', 'down-fails'],
];

export const base: Files = { '001_base.sql': BASE };
