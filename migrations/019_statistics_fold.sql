-- Takes what was captured, brings the cells up to date with it, and returns how many changes that were. Called only
-- under the advisory lock of the statistics, so nobody else changes cells meanwhile.
--
-- Each fold is one statement, hence one snapshot: what it removes from a queue is exactly what it adds to the cells.
-- Two statements would lose what commits between them. In a REPEATABLE READ transaction that began before another
-- fold, taking the same changes twice ends in a serialization error.

-- The planner does not know how many changes there are, and a wrong guess would have it read all of object_refs. So nothing
-- is joined but row by row: to the primary key (LATERAL with OFFSET 0 forces that), or to the place that it found.
create or replace function fold_generic_file_changes() returns bigint
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
set work_mem = '64MB'
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  folded bigint;
begin
  if not exists (select from generic_file_changes) then
    return 0;
  end if;
  with drained as (
    delete from generic_file_changes returning *
  ),
  changes as (
    select
      institution_id, storage_option, state, intellectual_object_id, date_trunc('month', created_at)::date as month,
      sum(files) as files, sum(files * coalesce(size, 0)) as bytes
    from drained
    group by 1, 2, 3, 4, 5
    having sum(files) <> 0 or sum(files * coalesce(size, 0)) <> 0
  ),
  cells as (
    insert into deposit_cells as c
    select institution_id, storage_option, state, sum(files), sum(bytes) from changes group by 1, 2, 3
    on conflict (institution_id, storage_option, state) do update
      set files = c.files + excluded.files, bytes = c.bytes + excluded.bytes
  ),
  months as (
    insert into deposit_months as m
    select institution_id, storage_option, month, sum(files), sum(bytes)
    from changes
    where state = 'A'
    group by 1, 2, 3
    on conflict (institution_id, storage_option, month) do update
      set files = m.files + excluded.files, bytes = m.bytes + excluded.bytes
  ),
  refs as (
    select
      c.*, r.ctid as place,
      coalesce(r.files, 0) as files_before, coalesce(r.files, 0) + c.change as files_after
    from (
      select intellectual_object_id, institution_id, storage_option, month, sum(files)::bigint as change
      from changes
      where state = 'A'
      group by 1, 2, 3, 4
      having sum(files) <> 0
    ) c
    left join lateral (
      select ctid, files from object_refs r
      where r.intellectual_object_id = c.intellectual_object_id and r.institution_id = c.institution_id
        and r.storage_option = c.storage_option and r.month = c.month
      offset 0
    ) r on true
  ),
  -- By the place that was just looked up, which ON CONFLICT would look up again.
  refs_gone as (
    delete from object_refs where ctid = any (array(select place from refs where files_after = 0))
  ),
  refs_changed as (
    update object_refs r set files = c.files_after from refs c where r.ctid = c.place and c.files_after <> 0
  ),
  refs_come as (
    insert into object_refs
    select intellectual_object_id, institution_id, storage_option, month, files_after
    from refs
    where place is null and files_after <> 0
  ),
  -- An object can begin or cease to count only where its files came to be or ceased to be somewhere.
  crossing as (
    select *
    from (
      select *, bool_or((files_before > 0) <> (files_after > 0)) over (partition by intellectual_object_id) as crosses
      from refs
    ) r
    where crosses
  ),
  -- All that those objects have, with what changes: before and after follow from the sums.
  entries as (
    select
      intellectual_object_id, institution_id, storage_option, month,
      sum(files)::bigint as files_before, sum(files + change)::bigint as files_after
    from (
      select intellectual_object_id, institution_id, storage_option, month, 0 as files, change from crossing
      union all
      select o.intellectual_object_id, r.institution_id, r.storage_option, r.month, r.files, 0
      from (select distinct intellectual_object_id from crossing) o
      cross join lateral (
        select * from object_refs r where r.intellectual_object_id = o.intellectual_object_id offset 0
      ) r
    ) e
    group by 1, 2, 3, 4
  ),
  first_seen as (
    select
      grouping(institution_id, storage_option) as level,
      coalesce(institution_id, 0) as institution_id, coalesce(storage_option, '') as storage_option,
      min(month) filter (where files_before > 0) as month_before, min(month) filter (where files_after > 0) as month_after
    from entries
    group by intellectual_object_id, cube (institution_id, storage_option)
  ),
  moved as (
    select level, institution_id, storage_option, month, sum(objects) as objects
    from (
      select level, institution_id, storage_option, month_before as month, -1 as objects from first_seen
      where month_before is distinct from month_after and month_before is not null
      union all
      select level, institution_id, storage_option, month_after, 1 from first_seen
      where month_before is distinct from month_after and month_after is not null
    ) m
    group by 1, 2, 3, 4
    having sum(objects) <> 0
  ),
  moved_months as (
    insert into object_months as m
    select * from moved
    on conflict (level, institution_id, storage_option, month) do update set objects = m.objects + excluded.objects
  ),
  moved_cells as (
    insert into object_cells as c
    select level, institution_id, storage_option, sum(objects) from moved group by 1, 2, 3 having sum(objects) <> 0
    on conflict (level, institution_id, storage_option) do update set objects = c.objects + excluded.objects
  )
  select count(*) into folded from drained;
  return folded;
end
$$;

create or replace function fold_intellectual_object_changes() returns bigint
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  folded bigint;
begin
  if not exists (select from intellectual_object_changes) then
    return 0;
  end if;
  with drained as (
    delete from intellectual_object_changes returning *
  ),
  cells as (
    insert into intellectual_object_cells as c
    select institution_id, state, sum(row_count) from drained group by 1, 2 having sum(row_count) <> 0
    on conflict (institution_id, state) do update set row_count = c.row_count + excluded.row_count
  )
  select count(*) into folded from drained;
  return folded;
end
$$;

create or replace function fold_work_item_changes() returns bigint
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  folded bigint;
begin
  if not exists (select from work_item_changes) then
    return 0;
  end if;
  with drained as (
    delete from work_item_changes returning *
  ),
  cells as (
    insert into work_item_cells as c
    select institution_id, action, sum(row_count) from drained group by 1, 2 having sum(row_count) <> 0
    on conflict (institution_id, action) do update set row_count = c.row_count + excluded.row_count
  )
  select count(*) into folded from drained;
  return folded;
end
$$;

create or replace function fold_premis_event_changes() returns bigint
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  folded bigint;
begin
  if not exists (select from premis_event_changes) then
    return 0;
  end if;
  with drained as (
    delete from premis_event_changes returning *
  ),
  cells as (
    insert into premis_event_cells as c
    select institution_id, event_type, outcome, sum(row_count) from drained group by 1, 2, 3 having sum(row_count) <> 0
    on conflict (institution_id, event_type, outcome) do update set row_count = c.row_count + excluded.row_count
  )
  select count(*) into folded from drained;
  return folded;
end
$$;

revoke all on function fold_generic_file_changes() from public;
revoke all on function fold_intellectual_object_changes() from public;
revoke all on function fold_work_item_changes() from public;
revoke all on function fold_premis_event_changes() from public;
