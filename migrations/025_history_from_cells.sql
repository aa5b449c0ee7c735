-- historical_deposit_stats stays the table it is. Its months are computed from the cells now, all of them at once: the
-- running sums of what each month added. Counts what is active now, with the prices and names of now.

create or replace function compute_historical_deposit_stats(months timestamp[]) returns setof historical_deposit_stats
language sql stable
set search_path = pg_catalog, public, pg_temp
as $$
  with added_files as (
    select
      c.institution_id, c.storage_option,
      -- The first month's beginning at which the files were there: a file of January shows on the first of February.
      greatest(c.month + interval '1 month', timestamp '2014-01-01') as month,
      sum(c.files) as files, sum(c.bytes) as bytes, sum(c.bytes * o.cost_gb_per_month) as cost
    from deposit_months c
    join storage_options o on o.name = c.storage_option
    group by cube (c.institution_id, c.storage_option), 3
  ),
  added_objects as (
    select
      nullif(institution_id, 0) as institution_id, nullif(storage_option, '') as storage_option,
      greatest(month + interval '1 month', timestamp '2014-01-01') as month,
      sum(objects) as objects
    from object_months
    group by level, 1, 2, 3
  ),
  -- Every row of every month, also where an institution had nothing. NULL = all.
  frame as (
    select
      i.id as institution_id, i.member_institution_id, i.name as institution_name,
      o.name as storage_option, o.cost_gb_per_month, month
    from (select id, member_institution_id, name from institutions union all select null, null, null) i
    cross join (select name, cost_gb_per_month from storage_options union all select null, null) o
    cross join historical_deposit_months() month
  ),
  -- "is not distinct from" cannot be hashed, so the joins replace NULL by values that no id and no name has.
  running as (
    select
      frame.*,
      sum(coalesce(f.files, 0)) over so_far as file_count,
      sum(coalesce(a.objects, 0)) over so_far as object_count,
      sum(coalesce(f.bytes, 0)) over so_far as total_bytes,
      sum(coalesce(f.cost, 0)) over so_far / 1073741824 as monthly_cost
    from frame
    left join added_files f
      on f.month = frame.month
      and coalesce(f.institution_id, -1) = coalesce(frame.institution_id, -1)
      and coalesce(f.storage_option, 'Total') = coalesce(frame.storage_option, 'Total')
    left join added_objects a
      on a.month = frame.month
      and coalesce(a.institution_id, -1) = coalesce(frame.institution_id, -1)
      and coalesce(a.storage_option, 'Total') = coalesce(frame.storage_option, 'Total')
    window so_far as (partition by frame.institution_id, frame.storage_option order by frame.month)
  )
  select
    institution_id,
    member_institution_id,
    case when institution_id is null then 'All Institutions' else institution_name end,
    coalesce(storage_option, 'Total'),
    file_count::bigint,
    object_count::bigint,
    total_bytes,
    total_bytes / 1073741824,
    total_bytes / 1099511627776,
    cost_gb_per_month,
    monthly_cost,
    month,
    case when institution_id is null then 'zzz' else institution_name end,
    coalesce(storage_option, 'zzz')
  from running
  where month = any (months)
$$;

create or replace function populate_all_historical_deposit_stats() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
set jit = off
as $$
declare
  missing timestamp[];
begin
  if not pg_try_advisory_xact_lock(statistic_lock_key('statistics')) then
    return 0;
  end if;
  perform lock_for_refresh('generic_files', 'institutions', 'storage_options', 'historical_deposit_stats');
  select array_agg(month) into missing
  from historical_deposit_months() month
  -- A subquery for each month, with a limit: so the planner looks into the index, and does not read all of history.
  where (select true from historical_deposit_stats h where h.end_date = month limit 1) is null;
  if missing is null then
    return 0;
  end if;
  perform bring_up_to_date('generic_files');
  insert into historical_deposit_stats select * from compute_historical_deposit_stats(missing);
  return 1;
end
$$;

-- On purpose, for instance after a price has changed. Waits for a run at work; readers see the old rows until it commits.
create or replace function rebuild_historical_deposit_stats(from_month date default null) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
set jit = off
as $$
declare
  months constant timestamp[] := array(
    select month from historical_deposit_months() month
    where from_month is null or month >= date_trunc('month', from_month::timestamp)
  );
begin
  perform pg_advisory_xact_lock(statistic_lock_key('statistics'));
  perform lock_for_refresh('generic_files', 'institutions', 'storage_options', 'historical_deposit_stats');
  perform bring_up_to_date('generic_files');
  delete from historical_deposit_stats where end_date = any (months);
  insert into historical_deposit_stats select * from compute_historical_deposit_stats(months);
  return 1;
end
$$;

-- Counts everything anew and publishes it, after an audit found a difference. Months that are written stay as they are.
-- Reads all tables once, and stops nobody but other refreshes.
create or replace function rebuild_statistics() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
set jit = off
as $$
begin
  perform pg_advisory_xact_lock(statistic_lock_key('statistics'));
  perform lock_for_refresh('generic_files', 'institutions', 'storage_options', 'intellectual_objects', 'premis_events', 'work_items');
  perform bring_up_to_date(name, true) from statistics_sources;
  perform publish_current_deposit_stats(), publish_premis_event_counts(), publish_intellectual_object_counts(),
    publish_generic_file_counts(), publish_work_item_counts();
  return 1;
end
$$;

comment on function rebuild_statistics() is
  'Counts all statistics anew from the tables and publishes them. Not for the hourly job.';
revoke all on function rebuild_statistics() from public;

-- The bookkeeping of the refreshes of before: when they ran, and how to tell that they need not run again.
drop function if exists refresh_statistic(regclass, regclass[], interval);
drop function if exists statistics_source_state(regclass[]);
drop table if exists statistics_refreshes;
