-- What was stored on the first of every month since January 2014: one set of rows for each month, written once.

create table if not exists historical_deposit_stats (
  institution_id bigint, -- no foreign key: history stays when an institution goes
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
  end_date timestamp not null check (end_date = date_trunc('month', end_date)),
  primary_sort text not null,
  secondary_sort text not null,
  constraint historical_deposit_stats_key unique nulls not distinct (end_date, institution_id, storage_option)
);

comment on table historical_deposit_stats is
  'Deposits as of the first of each month. Frozen once written, except by rebuild_historical_deposit_stats().';
comment on column historical_deposit_stats.end_date is 'The files created before this instant are counted.';

create index if not exists historical_deposit_stats_institution_id_idx
  on historical_deposit_stats (institution_id, storage_option, end_date);

-- The months that have begun.
create or replace function historical_deposit_months() returns setof timestamp
language sql stable
set search_path = pg_catalog, public, pg_temp
as $$
  select generate_series(timestamp '2014-01-01', now() at time zone 'utc', interval '1 month')
$$;

-- How the months are computed, until 025_history_from_cells does it in another way: this file may run again after that,
-- and must leave alone what is newer.
do $first_generation$
begin
  if to_regprocedure('rebuild_statistics()') is not null then
    return;
  end if;

  -- Any number of months for the price of one: a pass over the files reduces them to what each month added, and
  -- running sums over the months do the rest. Counts what is active now, with the prices and names of now.
  create or replace function compute_historical_deposit_stats(months timestamp[]) returns setof historical_deposit_stats
  language sql stable
  set search_path = pg_catalog, public, pg_temp
  as $$
    with objects as (
      select
        institution_id, storage_option, intellectual_object_id,
        -- The first month's beginning at which the file was there: a file of January shows on the first of February.
        greatest(date_trunc('month', created_at) + interval '1 month', timestamp '2014-01-01') as month,
        count(*) as files,
        coalesce(sum(size), 0) as bytes
      from generic_files
      where state = 'A'
      group by 1, 2, 3, 4
    ),
    added_files as (
      select
        institution_id, storage_option, month,
        sum(files) as files, sum(bytes) as bytes, sum(bytes * o.cost_gb_per_month) as cost
      from objects
      join storage_options o on o.name = storage_option
      group by cube (institution_id, storage_option), month
    ),
    -- An object counts from its first file on, which is another month in each of the four kinds of rows.
    first_seen as (
      select institution_id, storage_option, intellectual_object_id, min(month) as month
      from objects
      group by cube (institution_id, storage_option), intellectual_object_id
    ),
    added_objects as (
      select institution_id, storage_option, month, count(*) as objects
      from first_seen
      group by institution_id, storage_option, month
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
  as $$
  declare
    missing timestamp[];
  begin
    if not pg_try_advisory_xact_lock(statistic_lock_key('historical_deposit_stats')) then
      return 0;
    end if;
    select array_agg(month) into missing
    from historical_deposit_months() month
    where not exists (select from historical_deposit_stats h where h.end_date = month);
    if missing is null then
      return 0;
    end if;
    insert into historical_deposit_stats select * from compute_historical_deposit_stats(missing);
    return 1;
  end
  $$;

  -- On purpose, for instance after a price has changed. Waits for a run at work; readers see the old rows until it commits.
  create or replace function rebuild_historical_deposit_stats(from_month date default null) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  as $$
  declare
    months constant timestamp[] := array(
      select month from historical_deposit_months() month
      where from_month is null or month >= date_trunc('month', from_month::timestamp)
    );
  begin
    perform pg_advisory_xact_lock(statistic_lock_key('historical_deposit_stats'));
    delete from historical_deposit_stats where end_date = any (months);
    insert into historical_deposit_stats select * from compute_historical_deposit_stats(months);
    return 1;
  end
  $$;
end
$first_generation$;

comment on function populate_all_historical_deposit_stats() is
  'Writes the months that historical_deposit_stats lacks. 1 = written; 0 = it lacks none, or another run is at work.';
comment on function rebuild_historical_deposit_stats(date) is
  'Writes historical_deposit_stats anew from the given month on (default: all of it). Not for the hourly job.';

revoke all on function historical_deposit_months() from public;
revoke all on function compute_historical_deposit_stats(timestamp[]) from public;
revoke all on function populate_all_historical_deposit_stats() from public;
revoke all on function rebuild_historical_deposit_stats(date) from public;
