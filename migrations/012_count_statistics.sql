-- Row counts for the dashboards, with all subtotals: counting the tables themselves takes minutes.
--
-- In each view NULL in a key column means "all". Only premis_event_counts has a column that can be NULL in the table
-- too (the outcome of an event), so there `grouping_id` tells the two apart: bit 4 is set when the row stands for all
-- institutions, bit 2 for all event types, bit 1 for all outcomes. The inner queries count each table once, in
-- parallel and from an index where one covers them; the cube then only adds up a few hundred rows.

-- Only until 024_counts_from_cells puts views in their place: this file may run again after that, and must leave alone
-- what is newer.
do $first_generation$
begin
  if (select relkind from pg_class where oid = to_regclass('premis_event_counts')) = 'v' then
    return;
  end if;

  create materialized view if not exists premis_event_counts as
  with cells as (
    select institution_id, event_type, outcome, count(*) as row_count
    from premis_events
    group by institution_id, event_type, outcome
  )
  select
    institution_id,
    event_type,
    outcome,
    coalesce(sum(row_count), 0)::bigint as row_count,
    now() at time zone 'utc' as updated_at,
    grouping(institution_id, event_type, outcome) as grouping_id
  from cells
  group by cube (institution_id, event_type, outcome)
  with no data;

  create materialized view if not exists intellectual_object_counts as
  with cells as (
    select institution_id, state, count(*) as row_count
    from intellectual_objects
    group by institution_id, state
  )
  select
    institution_id,
    state,
    coalesce(sum(row_count), 0)::bigint as row_count,
    now() at time zone 'utc' as updated_at
  from cells
  group by cube (institution_id, state)
  with no data;

  create materialized view if not exists generic_file_counts as
  with cells as (
    select institution_id, state, count(*) as row_count
    from generic_files
    group by institution_id, state
  )
  select
    institution_id,
    state,
    coalesce(sum(row_count), 0)::bigint as row_count,
    now() at time zone 'utc' as updated_at
  from cells
  group by cube (institution_id, state)
  with no data;

  create materialized view if not exists work_item_counts as
  with cells as (
    select institution_id, action, count(*) as row_count
    from work_items
    group by institution_id, action
  )
  select
    institution_id,
    action,
    coalesce(sum(row_count), 0)::bigint as row_count,
    now() at time zone 'utc' as updated_at
  from cells
  group by cube (institution_id, action)
  with no data;

  -- The keys that REFRESH ... CONCURRENTLY needs.
  create unique index if not exists premis_event_counts_key
    on premis_event_counts (institution_id, event_type, outcome, grouping_id) nulls not distinct;
  create unique index if not exists intellectual_object_counts_key
    on intellectual_object_counts (institution_id, state) nulls not distinct;
  create unique index if not exists generic_file_counts_key
    on generic_file_counts (institution_id, state) nulls not distinct;
  create unique index if not exists work_item_counts_key
    on work_item_counts (institution_id, action) nulls not distinct;

  comment on materialized view premis_event_counts is
    'Events by institution, type and outcome. NULL = all, except an outcome of NULL where grouping_id is even.';
  comment on column premis_event_counts.grouping_id is
    'Bits: 4 = all institutions, 2 = all event types, 1 = all outcomes.';
  comment on materialized view intellectual_object_counts is 'Objects by institution and state. NULL = all.';
  comment on materialized view generic_file_counts is 'Files by institution and state. NULL = all.';
  comment on materialized view work_item_counts is 'Work items by institution and action. NULL = all.';

  -- Each view for itself: while only events arrive, only their view is computed again.
  create or replace function update_counts(max_age interval default '50 minutes') returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  as $$
  declare
    refreshed boolean := false;
  begin
    if not pg_try_advisory_xact_lock(statistic_lock_key('counts')) then
      return 0;
    end if;
    refreshed := refresh_statistic('premis_event_counts', '{premis_events}', max_age) or refreshed;
    refreshed := refresh_statistic('intellectual_object_counts', '{intellectual_objects}', max_age) or refreshed;
    refreshed := refresh_statistic('generic_file_counts', '{generic_files}', max_age) or refreshed;
    refreshed := refresh_statistic('work_item_counts', '{work_items}', max_age) or refreshed;
    return refreshed::integer;
  end
  $$;

  comment on function update_counts(interval) is
    'Refreshes the counts. 1 = at least one refreshed; 0 = younger than max_age, nothing changed, or another is at work.';
  revoke all on function update_counts(interval) from public;
end
$first_generation$;
