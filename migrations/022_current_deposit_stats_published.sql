-- current_deposit_stats keeps its name, its columns and what they mean, but is published from the cells now: files and
-- objects are not read for it any more. Readers see the rows of the last publication, as they saw the last refresh.

-- When each statistic was published: once, and not in each of its rows, so that publishing writes only what differs.
create table if not exists statistics_publications (
  name text primary key,
  published_at timestamp not null
);

-- By itself, because there are databases that got the table without it.
alter table statistics_publications add column if not exists refreshed_at timestamp;

comment on table statistics_publications is 'When what readers see of each statistic was published.';
comment on column statistics_publications.published_at is 'When it last changed.';
comment on column statistics_publications.refreshed_at is
  'When a refresh last made it as new as the tables, whether or not anything had changed. NULL = not recorded.';

create table if not exists published_deposit_stats (
  institution_id bigint,
  member_institution_id bigint,
  institution_name text not null,
  storage_option text not null,
  file_count bigint not null,
  object_count bigint not null,
  total_bytes numeric not null,
  total_gb numeric not null,
  total_tb numeric not null,
  cost_gb_per_month numeric,
  monthly_cost numeric not null,
  primary_sort text not null,
  secondary_sort text not null,
  constraint published_deposit_stats_key unique nulls not distinct (institution_id, storage_option)
);

-- true = something differed from what readers saw so far: a deposit, a price, a name.
create or replace function publish_current_deposit_stats() returns boolean
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  written bigint;
begin
  with deposits as (
    select
      grouping(c.institution_id, c.storage_option) as level,
      c.institution_id,
      c.storage_option,
      coalesce(sum(c.files), 0)::bigint as file_count,
      coalesce(sum(c.bytes), 0) as total_bytes,
      -- Divided by 2^30 only after adding up: so the sum is exact, and no total differs from its parts by rounding.
      coalesce(sum(c.bytes * o.cost_gb_per_month), 0) / 1073741824 as monthly_cost
    from deposit_cells c
    join storage_options o on o.name = c.storage_option
    where c.state = 'A' and c.files <> 0
    group by cube (c.institution_id, c.storage_option)
  ),
  fresh (
    institution_id, member_institution_id, institution_name, storage_option, file_count, object_count,
    total_bytes, total_gb, total_tb, cost_gb_per_month, monthly_cost, primary_sort, secondary_sort
  ) as materialized (
    select
      d.institution_id,
      i.member_institution_id,
      case when d.institution_id is null then 'All Institutions' else i.name end,
      coalesce(d.storage_option, 'Total'),
      d.file_count,
      coalesce(n.objects, 0),
      d.total_bytes,
      d.total_bytes / 1073741824,
      d.total_bytes / 1099511627776,
      o.cost_gb_per_month, -- NULL in totals over storage options: a mixture has no price
      d.monthly_cost,
      case when d.institution_id is null then 'zzz' else i.name end,
      coalesce(d.storage_option, 'zzz')
    from deposits d
    left join object_cells n
      on n.level = d.level
      and n.institution_id = coalesce(d.institution_id, 0)
      and n.storage_option = coalesce(d.storage_option, '')
    left join institutions i on i.id = d.institution_id
    left join storage_options o on o.name = d.storage_option
  ),
  gone as (
    delete from published_deposit_stats p
    where not exists (
      select from fresh f
      where coalesce(f.institution_id, 0) = coalesce(p.institution_id, 0) and f.storage_option = p.storage_option
    )
    returning 1
  ),
  kept as (
    insert into published_deposit_stats
    table fresh except table published_deposit_stats
    on conflict (institution_id, storage_option) do update set
      member_institution_id = excluded.member_institution_id, institution_name = excluded.institution_name,
      file_count = excluded.file_count, object_count = excluded.object_count, total_bytes = excluded.total_bytes,
      total_gb = excluded.total_gb, total_tb = excluded.total_tb, cost_gb_per_month = excluded.cost_gb_per_month,
      monthly_cost = excluded.monthly_cost, primary_sort = excluded.primary_sort,
      secondary_sort = excluded.secondary_sort
    returning 1
  )
  select (select count(*) from gone) + (select count(*) from kept) into written;
  return note_publication('current_deposit_stats', written > 0);
end
$$;

create or replace function note_publication(statistic text, changed boolean) returns boolean
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
begin
  if changed then
    insert into statistics_publications (name, published_at, refreshed_at)
    values (statistic, now() at time zone 'utc', now() at time zone 'utc')
    on conflict (name) do update set published_at = excluded.published_at, refreshed_at = excluded.refreshed_at;
  else
    update statistics_publications set refreshed_at = now() at time zone 'utc' where name = statistic;
  end if;
  return changed;
end
$$;

revoke all on function publish_current_deposit_stats() from public;
revoke all on function note_publication(text, boolean) from public;

-- From here on the name stands for the published rows. The old statistic steps aside under another name, what refers to
-- it is pointed to the new one, and only then it goes: all in this one transaction, so readers find either of the two.
do $$
begin
  if exists (select from pg_class where oid = to_regclass('current_deposit_stats') and relkind = 'm') then
    alter materialized view current_deposit_stats rename to current_deposit_stats_before;
  end if;
end
$$;

create or replace view current_deposit_stats as
select
  d.institution_id, d.member_institution_id, d.institution_name, d.storage_option, d.file_count, d.object_count,
  d.total_bytes, d.total_gb, d.total_tb, d.cost_gb_per_month, d.monthly_cost,
  p.published_at as end_date,
  d.primary_sort, d.secondary_sort
from published_deposit_stats d
join statistics_publications p on p.name = 'current_deposit_stats';

comment on view current_deposit_stats is
  'Active files by institution and storage option. institution_id NULL = all institutions, storage_option Total = all.';

create or replace view storage_option_stats as
select
  o.id, o.provider, o.service, o.region, o.name, o.cost_gb_per_month, o.comment,
  coalesce(s.file_count, 0) as file_count,
  coalesce(s.object_count, 0) as object_count,
  coalesce(s.total_bytes, 0) as total_bytes,
  coalesce(s.total_gb, 0) as total_gb,
  coalesce(s.total_tb, 0) as total_tb,
  coalesce(s.monthly_cost, 0) as monthly_cost,
  s.end_date
from storage_options o
left join current_deposit_stats s on s.storage_option = o.name and s.institution_id is null;

-- Who could read the old one can read the new one.
create or replace function take_over_readers(statistic text) returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  reader text;
begin
  for reader in
    select case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end
    from pg_class c, aclexplode(c.relacl) acl
    where c.oid = to_regclass(statistic || '_before') and acl.privilege_type = 'SELECT' and acl.grantee <> c.relowner
  loop
    execute format('grant select on %I to %s', statistic, reader);
  end loop;
end
$$;

revoke all on function take_over_readers(text) from public;

do $$
begin
  if to_regclass('current_deposit_stats_before') is not null then
    perform take_over_readers('current_deposit_stats');
    -- Until the first refresh counts, readers go on seeing what they saw.
    if (select relispopulated from pg_class where oid = to_regclass('current_deposit_stats_before')) then
      insert into published_deposit_stats
      select
        institution_id, member_institution_id, institution_name, storage_option, file_count, object_count,
        total_bytes, total_gb, total_tb, cost_gb_per_month, monthly_cost, primary_sort, secondary_sort
      from current_deposit_stats_before;
      insert into statistics_publications (name, published_at)
      select 'current_deposit_stats', max(end_date) from current_deposit_stats_before;
    end if;
    drop materialized view current_deposit_stats_before;
  end if;
end
$$;

-- The argument is accepted from callers of before and means nothing any more: looking costs no more than a moment. Without JIT,
-- here and in all that refreshes: compiling takes longer than any of these statements, and the server does it on a guess.
create or replace function update_current_deposit_stats(max_age interval default '50 minutes') returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
set jit = off
as $$
begin
  if not pg_try_advisory_xact_lock(statistic_lock_key('statistics')) then
    return 0;
  end if;
  perform lock_for_refresh('generic_files', 'institutions', 'storage_options');
  perform bring_up_to_date('generic_files');
  return publish_current_deposit_stats()::integer;
end
$$;

comment on function update_current_deposit_stats(interval) is
  'Brings current_deposit_stats up to date. 1 = it changed; 0 = nothing to do, or another is at work.';
revoke all on function update_current_deposit_stats(interval) from public;
