-- Counts the state anew from a table: at the beginning, after capture was off, and on purpose. In one statement, hence
-- one snapshot: it drops the changes that its count contains, and keeps those that commit later. Nobody has to wait.

create or replace function count_generic_files() returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
set work_mem = '64MB'
as $$
begin
  -- In the order in which TRUNCATE takes its locks, so that the two cannot wait for each other.
  lock table generic_files in access share mode;
  delete from deposit_cells;
  delete from deposit_months;
  delete from object_refs;
  delete from object_cells;
  delete from object_months;
  with discarded as (
    delete from generic_file_changes
  ),
  counted as materialized (
    select
      institution_id, storage_option, state, intellectual_object_id, date_trunc('month', created_at)::date as month,
      count(*) as files, coalesce(sum(size), 0) as bytes
    from generic_files
    group by 1, 2, 3, 4, 5
  ),
  cells as (
    insert into deposit_cells
    select institution_id, storage_option, state, sum(files), sum(bytes) from counted group by 1, 2, 3
  ),
  months as (
    insert into deposit_months
    select institution_id, storage_option, month, sum(files), sum(bytes) from counted where state = 'A' group by 1, 2, 3
  ),
  refs as (
    insert into object_refs
    select intellectual_object_id, institution_id, storage_option, month, files from counted where state = 'A'
  ),
  objects as (
    select level, institution_id, storage_option, month, count(*) as objects
    from (
      select
        grouping(institution_id, storage_option) as level,
        coalesce(institution_id, 0) as institution_id, coalesce(storage_option, '') as storage_option,
        min(month) as month
      from counted
      where state = 'A'
      group by intellectual_object_id, cube (institution_id, storage_option)
    ) first_seen
    group by 1, 2, 3, 4
  ),
  object_month as (
    insert into object_months select * from objects
  )
  insert into object_cells select level, institution_id, storage_option, sum(objects) from objects group by 1, 2, 3;
end
$$;

create or replace function count_intellectual_objects() returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
begin
  lock table intellectual_objects in access share mode;
  delete from intellectual_object_cells;
  with discarded as (delete from intellectual_object_changes)
  insert into intellectual_object_cells
  select institution_id, state, count(*) from intellectual_objects group by 1, 2;
end
$$;

create or replace function count_work_items() returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
begin
  lock table work_items in access share mode;
  delete from work_item_cells;
  with discarded as (delete from work_item_changes)
  insert into work_item_cells
  select institution_id, action, count(*) from work_items group by 1, 2;
end
$$;

create or replace function count_premis_events() returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
begin
  lock table premis_events in access share mode;
  delete from premis_event_cells;
  with discarded as (delete from premis_event_changes)
  insert into premis_event_cells
  select institution_id, event_type, outcome, count(*) from premis_events group by 1, 2, 3;
end
$$;

-- Whether whatever is written to a source is noted down: all of its triggers are there and none was disabled.
create or replace function statistics_capture_is_on(source text) returns boolean
language sql stable
set search_path = pg_catalog, public, pg_temp
as $$
  select count(*) = 4
  from pg_trigger
  where tgrelid = to_regclass(source) and tgname like 'statistics\_capture\_%' and tgenabled in ('O', 'A')
$$;

-- Makes the cells of one source as new as the moment. By what changed, where they were counted before and everything
-- since has been captured; else by counting, and without capture every time again.
create or replace function bring_up_to_date(source text, by_counting boolean default false) returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  captured constant boolean := statistics_capture_is_on(source);
  counted constant boolean := captured and not by_counting
    and exists (select from statistics_sources s where s.name = source and s.built_at is not null);
  folded bigint;
begin
  case source
    when 'generic_files' then
      if counted then folded := fold_generic_file_changes(); else perform count_generic_files(); end if;
    when 'intellectual_objects' then
      if counted then folded := fold_intellectual_object_changes(); else perform count_intellectual_objects(); end if;
    when 'work_items' then
      if counted then folded := fold_work_item_changes(); else perform count_work_items(); end if;
    when 'premis_events' then
      if counted then folded := fold_premis_event_changes(); else perform count_premis_events(); end if;
  end case;
  update statistics_sources s
  set
    brought_up_at = clock_timestamp() at time zone 'utc',
    built_at = case
      when counted then s.built_at
      when captured then clock_timestamp() at time zone 'utc'
    end,
    rows_folded = s.rows_folded + coalesce(folded, 0)
  where s.name = source;
end
$$;

-- What a refresh does first: takes the tables that it depends on, all of them or none, so that it never waits with something in
-- hand. TRUNCATE of several tables takes one after the other, and with each what a refresh keeps of it (see the triggers): two
-- that wait with something in hand can wait for each other. From here to the end of the transaction nobody empties or alters
-- any of them; readers and writers are not disturbed.
create or replace function lock_for_refresh(variadic tables text[]) returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  one text;
  taken text; -- by somebody else, when it was tried last
  waiting boolean := false;
begin
  loop
    begin
      if taken is not null then
        waiting := true;
        execute format('lock table %I in access share mode', taken);
        waiting := false;
      end if;
      foreach one in array tables loop
        execute format('lock table %I in access share mode nowait', one);
      end loop;
      return;
    exception
      when lock_not_available then -- and all that this block has taken is given back
        if waiting then
          raise; -- the caller's lock_timeout
        end if;
        taken := one;
    end;
  end loop;
end
$$;

revoke all on function lock_for_refresh(text[]) from public;
revoke all on function count_generic_files() from public;
revoke all on function count_intellectual_objects() from public;
revoke all on function count_work_items() from public;
revoke all on function count_premis_events() from public;
revoke all on function statistics_capture_is_on(text) from public;
revoke all on function bring_up_to_date(text, boolean) from public;
