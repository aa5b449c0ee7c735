import type { CompiledMigrations } from '../../lib/migrations/compiled.ts';
import { compile } from './migrations.ts';

/**
 * A dozen migrations in transactions, and two repeatable ones. Each also writes a line into a log that has no unique index: a
 * migration that was applied twice is there twice. None depends on the clock or on a sequence (those do not roll back), so that two
 * databases with the same ones are equal to the letter.
 *
 * @param slowMs how long the slow ones take: one in a statement, one in a loop, one at COMMIT
 */
export function chaosMigrations(slowMs: number): Promise<CompiledMigrations> {
  const nap = `pg_sleep(${slowMs / 1_000})`;
  const bodies: Readonly<Record<string, string>> = {
    '001_log': `create table chaos_log (version text not null);`,
    '002_accounts': `create table accounts (id int primary key, name text not null);
      comment on table accounts is 'Who pays; it''s all here -- even ; semicolons';
      insert into accounts select n, 'account ' || n from generate_series(1, 20) n;`,
    '003_index': `create index accounts_name on accounts (lower(name));
      create unique index accounts_only on accounts (name) where name <> '';`,
    '004_function': `create function balance_of(which int) returns int language plpgsql stable as $body$
      begin
        return (select length(name) from accounts where id = which); -- stands for something dear
      end $body$;`,
    '005_slow_statement': `insert into accounts values (21, 'before the nap');
      select ${nap};
      insert into accounts values (22, 'after the nap');`,
    '006_backfill': `alter table accounts add column balance int;
      update accounts set balance = balance_of(id);
      alter table accounts alter column balance set not null;
      alter table accounts add constraint balance_is_sane check (balance >= 0);`,
    '007_view': `create view rich as select * from accounts where balance > 10;
      create materialized view totals as select count(*) as accounts, sum(balance) as balance from accounts;`,
    '008_slow_commit': `create function wait_at_commit() returns trigger language plpgsql as $$
        begin perform ${nap}; return null; end $$;
      create table slow (x int);
      create constraint trigger at_commit after insert on slow deferrable initially deferred
        for each row execute function wait_at_commit();
      insert into slow values (1);`,
    '009_slow_loop': `do $$ begin
        for i in 1..5 loop
          perform pg_sleep(${slowMs / 5_000});
          insert into accounts values (22 + i, 'loop ' || i, i);
          raise notice 'loop %', i;
        end loop;
      end $$;`,
    '010_enum': `create type standing as enum ('good', 'bad');
      create table standings (account int primary key references accounts, standing standing not null default 'good');
      insert into standings (account) select id from accounts;`,
    '011_move': `create table archive (id int, name text);
      with gone as (delete from standings where account % 2 = 0 returning account)
        insert into archive select a.id, a.name from accounts a join gone on gone.account = a.id;
      drop view rich;
      alter table accounts rename column name to title;`,
    '012_last': `drop materialized view totals;
      drop table slow;
      drop function wait_at_commit();
      update accounts set balance = balance * 2;`,
    R_standing: `create or replace view bad_ones as select account from standings where standing = 'bad';`,
    R_titles: `create or replace function title_of(which int) returns text language sql stable as
      'select title from accounts where id = which';`,
  };
  return compile(
    Object.fromEntries(
      Object.entries(bodies).map(([version, body]) => [
        `${version}.sql`,
        `${body}\ninsert into chaos_log values ('${version}');\n`,
      ]),
    ),
  );
}
