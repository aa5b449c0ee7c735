-- What is stored now: files, objects, bytes and money for every (institution, storage option), with totals.

-- Only until 022_current_deposit_stats_published puts a view in its place: this file may run again after that, and must
-- leave alone what is newer.
do $first_generation$
begin
  if (select relkind from pg_class where oid = to_regclass('current_deposit_stats')) = 'v' then
    return;
  end if;

  create materialized view if not exists current_deposit_stats as
  with objects as (
    -- One pass over the files. All totals follow from its far fewer rows: files, bytes and prices by adding up,
    -- distinct objects by counting these.
    select institution_id, storage_option, intellectual_object_id, count(*) as files, coalesce(sum(size), 0) as bytes
    from generic_files
    where state = 'A'
    group by institution_id, storage_option, intellectual_object_id
  ),
  deposits as (
    select
      institution_id,
      storage_option,
      coalesce(sum(files), 0)::bigint as file_count,
      count(distinct intellectual_object_id) as object_count,
      coalesce(sum(bytes), 0) as total_bytes,
      -- Divided by 2^30 only after adding up: so the sum is exact, and no total differs from its parts by rounding.
      coalesce(sum(bytes * o.cost_gb_per_month), 0) / 1073741824 as monthly_cost
    from objects
    join storage_options o on o.name = storage_option
    group by cube (institution_id, storage_option)
  )
  select
    d.institution_id,
    i.member_institution_id,
    -- The columns behind these two labels are never NULL in a file, so here NULL always means "all".
    case when d.institution_id is null then 'All Institutions' else i.name end as institution_name,
    coalesce(d.storage_option, 'Total') as storage_option,
    d.file_count,
    d.object_count,
    d.total_bytes,
    d.total_bytes / 1073741824 as total_gb,
    d.total_bytes / 1099511627776 as total_tb,
    o.cost_gb_per_month, -- NULL in totals over storage options: a mixture has no price
    d.monthly_cost,
    now() at time zone 'utc' as end_date,
    case when d.institution_id is null then 'zzz' else i.name end as primary_sort,
    coalesce(d.storage_option, 'zzz') as secondary_sort
  from deposits d
  left join institutions i on i.id = d.institution_id
  left join storage_options o on o.name = d.storage_option
  with no data; -- a migration should not wait for it: the first refresh fills it

  comment on materialized view current_deposit_stats is
    'Active files by institution and storage option. institution_id NULL = all institutions, storage_option Total = all.';
  -- Needed by REFRESH ... CONCURRENTLY, and the proof that no two rows mean the same.
  create unique index if not exists current_deposit_stats_key
    on current_deposit_stats (institution_id, storage_option) nulls not distinct;

  create or replace function update_current_deposit_stats(max_age interval default '50 minutes') returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  as $$
  begin
    if not pg_try_advisory_xact_lock(statistic_lock_key('current_deposit_stats')) then
      return 0;
    end if;
    return refresh_statistic(
      'current_deposit_stats', '{generic_files, institutions, storage_options}', max_age
    )::integer;
  end
  $$;

  comment on function update_current_deposit_stats(interval) is
    'Refreshes current_deposit_stats. 1 = refreshed; 0 = younger than max_age, nothing changed, or another is at work.';
  revoke all on function update_current_deposit_stats(interval) from public;

  -- Every option with what is stored there, also the unused ones. Fast, because it reads the statistic, not the files.
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
end
$first_generation$;
