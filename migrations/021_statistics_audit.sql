-- Compares all that the statistics are added up from with a full count of the tables: one row for each cell that
-- differs, and none if all is well. What slips past the triggers (session_replication_role, a disabled trigger) shows
-- here, and rebuild_statistics() mends it.
--
-- A single statement, so a single snapshot: it holds no lock that anyone waits for, needs no pause in the writing, and
-- waits for no refresh. What is captured but not yet folded is taken off the count: it is not due in the cells.

create or replace function audit_statistics()
returns table (statistic text, cell jsonb, recorded jsonb, recomputed jsonb)
language sql stable security definer
set search_path = pg_catalog, public, pg_temp
set jit = off
set work_mem = '64MB'
as $$
  with built as materialized (
    select s.name from statistics_sources s where s.built_at is not null
  ),
  -- What should be in the cells of files.
  due as materialized (
    select
      institution_id, storage_option, state, intellectual_object_id, month, sum(files) as files, sum(bytes) as bytes
    from (
      select
        institution_id, storage_option, state, intellectual_object_id, date_trunc('month', created_at)::date as month,
        count(*) as files, coalesce(sum(size), 0) as bytes
      from generic_files
      group by 1, 2, 3, 4, 5
      union all
      select
        institution_id, storage_option, state, intellectual_object_id, date_trunc('month', created_at)::date,
        -files, -files * coalesce(size, 0)
      from generic_file_changes
    ) f
    where exists (select from built where name = 'generic_files')
    group by 1, 2, 3, 4, 5
  ),
  -- What the recorded files of each object say about distinct objects.
  objects_due as materialized (
    select level, institution_id, storage_option, month, count(*) as objects
    from (
      select
        grouping(institution_id, storage_option) as level,
        coalesce(institution_id, 0) as institution_id, coalesce(storage_option, '') as storage_option,
        min(month) as month
      from object_refs
      where files > 0
      group by intellectual_object_id, cube (institution_id, storage_option)
    ) first_seen
    group by 1, 2, 3, 4
  ),
  -- Each cell twice, as recorded and as recomputed; a side without the cell has zeros.
  sides (statistic, cell, files_recorded, bytes_recorded, files_recomputed, bytes_recomputed) as (
    select
      'deposit_cells',
      jsonb_build_object('institution_id', institution_id, 'storage_option', storage_option, 'state', state),
      sum(recorded), sum(recorded_bytes), sum(files), sum(bytes)
    from (
      select institution_id, storage_option, state, files as recorded, bytes as recorded_bytes, 0 as files, 0 as bytes
      from deposit_cells
      union all
      select institution_id, storage_option, state, 0, 0, files, bytes from due
    ) c
    where exists (select from built where name = 'generic_files')
    group by institution_id, storage_option, state
    union all
    select
      'deposit_months',
      jsonb_build_object('institution_id', institution_id, 'storage_option', storage_option, 'month', month),
      sum(recorded), sum(recorded_bytes), sum(files), sum(bytes)
    from (
      select institution_id, storage_option, month, files as recorded, bytes as recorded_bytes, 0 as files, 0 as bytes
      from deposit_months
      union all
      select institution_id, storage_option, month, 0, 0, files, bytes from due where state = 'A'
    ) c
    where exists (select from built where name = 'generic_files')
    group by institution_id, storage_option, month
    union all
    select
      'object_refs',
      jsonb_build_object('intellectual_object_id', intellectual_object_id, 'institution_id', institution_id,
        'storage_option', storage_option, 'month', month),
      sum(recorded), 0, sum(files), 0
    from (
      select intellectual_object_id, institution_id, storage_option, month, files as recorded, 0 as files
      from object_refs
      union all
      select intellectual_object_id, institution_id, storage_option, month, 0, files from due where state = 'A'
    ) c
    where exists (select from built where name = 'generic_files')
    group by intellectual_object_id, institution_id, storage_option, month
    having sum(recorded) <> sum(files)
    union all
    select
      'object_cells',
      jsonb_build_object('level', level, 'institution_id', institution_id, 'storage_option', storage_option),
      sum(recorded), 0, sum(objects), 0
    from (
      select level, institution_id, storage_option, objects as recorded, 0 as objects from object_cells
      union all
      select level, institution_id, storage_option, 0, objects from objects_due
    ) c
    group by level, institution_id, storage_option
    union all
    select
      'object_months',
      jsonb_build_object('level', level, 'institution_id', institution_id, 'storage_option', storage_option,
        'month', month),
      sum(recorded), 0, sum(objects), 0
    from (
      select level, institution_id, storage_option, month, objects as recorded, 0 as objects from object_months
      union all
      select level, institution_id, storage_option, month, 0, objects from objects_due
    ) c
    group by level, institution_id, storage_option, month
    union all
    select
      'intellectual_object_cells', jsonb_build_object('institution_id', institution_id, 'state', state),
      sum(recorded), 0, sum(row_count), 0
    from (
      select institution_id, state, row_count as recorded, 0 as row_count from intellectual_object_cells
      union all
      select institution_id, state, 0, count(*) from intellectual_objects group by 1, 2
      union all
      select institution_id, state, 0, -row_count from intellectual_object_changes
    ) c
    where exists (select from built where name = 'intellectual_objects')
    group by institution_id, state
    union all
    select
      'work_item_cells', jsonb_build_object('institution_id', institution_id, 'action', action),
      sum(recorded), 0, sum(row_count), 0
    from (
      select institution_id, action, row_count as recorded, 0 as row_count from work_item_cells
      union all
      select institution_id, action, 0, count(*) from work_items group by 1, 2
      union all
      select institution_id, action, 0, -row_count from work_item_changes
    ) c
    where exists (select from built where name = 'work_items')
    group by institution_id, action
    union all
    select
      'premis_event_cells',
      jsonb_build_object('institution_id', institution_id, 'event_type', event_type, 'outcome', outcome),
      sum(recorded), 0, sum(row_count), 0
    from (
      select institution_id, event_type, outcome, row_count as recorded, 0 as row_count from premis_event_cells
      union all
      select institution_id, event_type, outcome, 0, count(*) from premis_events group by 1, 2, 3
      union all
      select institution_id, event_type, outcome, 0, -row_count from premis_event_changes
    ) c
    where exists (select from built where name = 'premis_events')
    group by institution_id, event_type, outcome
  )
  select
    statistic, cell,
    case when statistic like 'deposit%' then jsonb_build_object('files', files_recorded, 'bytes', bytes_recorded)
      else jsonb_build_object('count', files_recorded) end,
    case when statistic like 'deposit%' then jsonb_build_object('files', files_recomputed, 'bytes', bytes_recomputed)
      else jsonb_build_object('count', files_recomputed) end
  from sides
  where (files_recorded, bytes_recorded) is distinct from (files_recomputed, bytes_recomputed)
  union all
  -- Without capture, or before the first count, there is nothing to compare: the next refresh counts anyway.
  select
    'statistics_sources', jsonb_build_object('name', s.name),
    jsonb_build_object('counted', s.built_at is not null, 'captured', statistics_capture_is_on(s.name)),
    jsonb_build_object('counted', true, 'captured', true)
  from statistics_sources s
  where s.built_at is null or not statistics_capture_is_on(s.name)
  order by 1, 2
$$;

comment on function audit_statistics() is
  'Compares the state of the statistics with a full count, in one snapshot: every cell that differs. No row = all well.';
revoke all on function audit_statistics() from public;
