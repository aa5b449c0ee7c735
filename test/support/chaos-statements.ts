/**
 * Files without a transaction, for the harness. Each statement writes a line into the log, which has no unique index, or is seen in the
 * catalog: what was done twice, or not at all, is seen. See chaos-migrations.ts for what they must not depend on.
 */

/** The first key of the advisory locks that {@link commitAndWait} takes. Nobody else does but who wants to look. */
export const PART_LOCK = 7_707;

/**
 * Commits in the middle of a procedure. What was done so far is in the database from here on; who holds the lock keeps the
 * procedure here while it looks.
 *
 * @param part counted from 1
 */
const commitAndWait = (part: number) =>
  `commit; perform pg_advisory_xact_lock_shared(${PART_LOCK}, ${part});`;

export const OFF = '-- registry-jobs: transaction off\n';

/**
 * Tables, two of them of one name in two schemas, and what the files use: `logged` alters something and writes a line in one statement;
 * `slowly` makes building an index take its time; `in_parts` commits twice on its way.
 */
export function groundwork(napMs: number): Record<string, string> {
  const nap = (share: number) => `pg_catalog.pg_sleep(${(napMs * share) / 1_000})`;
  return {
    '001_log.sql': `create table chaos_log (version text not null);
      insert into chaos_log values ('001');`,
    '002_ground.sql': `create table accounts (id int primary key, name text not null, body text);
      insert into accounts select n, 'account ' || n from generate_series(1, 200) n;
      create schema side;
      create table notes (note text not null);
      create table side.notes (note text not null);
      create function logged(line text, sql text) returns void language plpgsql as $$
        begin execute sql; insert into public.chaos_log values (line); end $$;
      create function slowly(it text) returns text language plpgsql immutable as $$
        begin perform ${nap(0.2)}; return it; end $$;
      create procedure in_parts(line text) language plpgsql as $$
        begin
          insert into public.chaos_log values (line || ' 1');
          perform ${nap(0.3)};
          ${commitAndWait(1)}
          perform ${nap(0.3)};
          insert into public.chaos_log values (line || ' 2');
          ${commitAndWait(2)}
          insert into public.chaos_log values (line || ' 3');
          perform ${nap(0.3)};
        end $$;
      insert into chaos_log values ('002');`,
  };
}

/** Every kind of statement that a file without a transaction may hold, among files that have one. */
export function statementFiles(napMs: number): Record<string, string> {
  const nap = `pg_sleep(${napMs / 1_000})`;
  return {
    ...groundwork(napMs),
    '003_plain.sql': `${OFF}insert into chaos_log values ('003 first');
      with added as (insert into accounts select n, 'added ' || n from generate_series(201, 220) n returning id)
        insert into chaos_log select '003 added ' || count(*) from added;
      select logged('003 column', 'alter table accounts add column balance int');
      with changed as (update accounts set balance = id returning id)
        insert into chaos_log select '003 changed ' || count(*) from changed;
      insert into chaos_log select '003 slow' from ${nap};`,
    '004_build.sql': `${OFF}create index concurrently accounts_name on accounts (lower(name));
      create unique index concurrently if not exists accounts_only on accounts (name);
      create index concurrently accounts_slow on accounts (slowly(name)) where id <= 2;
      insert into chaos_log values ('004 built');`,
    '005_rebuild.sql': `${OFF}insert into chaos_log values ('005 first');
      reindex index concurrently accounts_name;
      reindex table concurrently accounts;
      insert into chaos_log values ('005 rebuilt');`,
    '006_drop.sql': `${OFF}drop index concurrently accounts_only;
      insert into chaos_log values ('006 between');
      drop index concurrently if exists public.accounts_slow;`,
    '007_calls.sql': `${OFF}insert into chaos_log values ('007 before');
      call in_parts('007 call');
      insert into chaos_log values ('007 between');
      do $$ begin
        insert into chaos_log values ('007 do 1');
        ${commitAndWait(1)}
        perform ${nap};
        insert into chaos_log values ('007 do 2');
      end $$;
      insert into chaos_log values ('007 after');`,
    '008_session.sql': `${OFF}set search_path to side, public;
      insert into notes values ('in ' || current_schema());
      select set_config('chaos.who', 'the file', false);
      insert into notes values ('by ' || current_setting('chaos.who'));
      set role pg_write_all_data;
      insert into notes values ('as ' || current_user);
      insert into chaos_log select '008 slow' from ${nap};
      reset role;
      create index concurrently notes_note on notes (note);
      insert into notes values ('at last in ' || current_schema() || ' by ' || current_setting('chaos.who'));
      insert into chaos_log values ('008');`,
    '009_in_transaction.sql': `create table between_them (x int);
      insert into between_them select 1 from ${nap};
      insert into chaos_log values ('009');`,
    '010_vacuum.sql': `${OFF}vacuum accounts;
      insert into chaos_log values ('010 first');
      vacuum (analyze) chaos_log;
      insert into chaos_log values ('010 last');`,
    '011_alone.sql': `${OFF}create index concurrently alone on accounts (balance);`,
    'R_names.sql': `create or replace view names as select id, name from accounts;
      insert into chaos_log values ('R names');`,
    'R_notes.sql': `${OFF}insert into chaos_log values ('R notes first');
      create or replace view all_notes as select note from notes union all select note from side.notes;
      insert into chaos_log values ('R notes last');`,
  };
}

/** Pairs: two whose files run in transactions, two whose files do not. Also what goes back writes into the log. */
export function pairFiles(napMs: number): Record<string, string> {
  const nap = `pg_sleep(${napMs / 1_000})`;
  return {
    ...groundwork(napMs),
    '003_index.up.sql': `${OFF}insert into chaos_log values ('003 up');
      create index concurrently accounts_slow on accounts (slowly(name)) where id <= 2;
      call in_parts('003 up');`,
    '003_index.down.sql': `${OFF}insert into chaos_log values ('003 down');
      drop index concurrently accounts_slow;
      call in_parts('003 down');
      insert into chaos_log values ('003 down last');`,
    '004_table.up.sql': `create table extra (x int);
      insert into extra select 1 from ${nap};
      insert into chaos_log values ('004 up');`,
    '004_table.down.sql': `insert into chaos_log select '004 down' from ${nap};
      drop table extra;`,
    '005_session.up.sql': `${OFF}set search_path to side, public;
      insert into notes values ('up');
      create index concurrently notes_note on notes (note);
      insert into chaos_log select '005 up' from ${nap};`,
    '005_session.down.sql': `${OFF}set search_path to side, public;
      insert into chaos_log select '005 down first' from ${nap};
      delete from notes where note = 'up';
      drop index concurrently side.notes_note;
      insert into notes values ('down');
      insert into chaos_log values ('005 down last');`,
    '006_column.up.sql': `alter table accounts add column balance int;
      update accounts set balance = id;
      insert into chaos_log select '006 up' from ${nap};`,
    '006_column.down.sql': `insert into chaos_log select '006 down' from ${nap};
      alter table accounts drop column balance;`,
    'R_names.sql': 'create or replace view names as select id, name from accounts;',
  };
}
