-- What the four counts publish: the cells with all subtotals, a few hundred rows. Only rows that differ are written.

create table if not exists published_premis_event_counts (
  institution_id bigint,
  event_type text,
  outcome text,
  row_count bigint not null,
  grouping_id integer not null,
  constraint published_premis_event_counts_key unique nulls not distinct (institution_id, event_type, outcome, grouping_id)
);

create table if not exists published_intellectual_object_counts (
  institution_id bigint,
  state text,
  row_count bigint not null,
  constraint published_intellectual_object_counts_key unique nulls not distinct (institution_id, state)
);

create table if not exists published_generic_file_counts (
  institution_id bigint,
  state text,
  row_count bigint not null,
  constraint published_generic_file_counts_key unique nulls not distinct (institution_id, state)
);

create table if not exists published_work_item_counts (
  institution_id bigint,
  action text,
  row_count bigint not null,
  constraint published_work_item_counts_key unique nulls not distinct (institution_id, action)
);

create or replace function publish_premis_event_counts() returns boolean
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  written bigint;
begin
  with fresh as materialized (
    select institution_id, event_type, outcome, coalesce(sum(row_count), 0)::bigint as row_count, grouping(institution_id, event_type, outcome) as grouping_id
    from premis_event_cells
    where row_count <> 0
    group by cube (institution_id, event_type, outcome)
  ),
  gone as (
    delete from published_premis_event_counts p
    using (select institution_id, event_type, outcome, grouping_id from published_premis_event_counts except select institution_id, event_type, outcome, grouping_id from fresh) g
    where (p.institution_id, p.event_type, p.outcome, p.grouping_id) is not distinct from (g.institution_id, g.event_type, g.outcome, g.grouping_id)
    returning 1
  ),
  kept as (
    insert into published_premis_event_counts (institution_id, event_type, outcome, row_count, grouping_id)
    table fresh except table published_premis_event_counts
    on conflict (institution_id, event_type, outcome, grouping_id) do update set row_count = excluded.row_count
    returning 1
  )
  select (select count(*) from gone) + (select count(*) from kept) into written;
  return note_publication('premis_event_counts', written > 0);
end
$$;

create or replace function publish_intellectual_object_counts() returns boolean
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  written bigint;
begin
  with fresh as materialized (
    select institution_id, state, coalesce(sum(row_count), 0)::bigint as row_count
    from intellectual_object_cells
    where row_count <> 0
    group by cube (institution_id, state)
  ),
  gone as (
    delete from published_intellectual_object_counts p
    using (select institution_id, state from published_intellectual_object_counts except select institution_id, state from fresh) g
    where (p.institution_id, p.state) is not distinct from (g.institution_id, g.state)
    returning 1
  ),
  kept as (
    insert into published_intellectual_object_counts (institution_id, state, row_count)
    table fresh except table published_intellectual_object_counts
    on conflict (institution_id, state) do update set row_count = excluded.row_count
    returning 1
  )
  select (select count(*) from gone) + (select count(*) from kept) into written;
  return note_publication('intellectual_object_counts', written > 0);
end
$$;

create or replace function publish_generic_file_counts() returns boolean
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  written bigint;
begin
  with fresh as materialized (
    select institution_id, state, coalesce(sum(files), 0)::bigint as row_count
    from deposit_cells
    where files <> 0
    group by cube (institution_id, state)
  ),
  gone as (
    delete from published_generic_file_counts p
    using (select institution_id, state from published_generic_file_counts except select institution_id, state from fresh) g
    where (p.institution_id, p.state) is not distinct from (g.institution_id, g.state)
    returning 1
  ),
  kept as (
    insert into published_generic_file_counts (institution_id, state, row_count)
    table fresh except table published_generic_file_counts
    on conflict (institution_id, state) do update set row_count = excluded.row_count
    returning 1
  )
  select (select count(*) from gone) + (select count(*) from kept) into written;
  return note_publication('generic_file_counts', written > 0);
end
$$;

create or replace function publish_work_item_counts() returns boolean
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
declare
  written bigint;
begin
  with fresh as materialized (
    select institution_id, action, coalesce(sum(row_count), 0)::bigint as row_count
    from work_item_cells
    where row_count <> 0
    group by cube (institution_id, action)
  ),
  gone as (
    delete from published_work_item_counts p
    using (select institution_id, action from published_work_item_counts except select institution_id, action from fresh) g
    where (p.institution_id, p.action) is not distinct from (g.institution_id, g.action)
    returning 1
  ),
  kept as (
    insert into published_work_item_counts (institution_id, action, row_count)
    table fresh except table published_work_item_counts
    on conflict (institution_id, action) do update set row_count = excluded.row_count
    returning 1
  )
  select (select count(*) from gone) + (select count(*) from kept) into written;
  return note_publication('work_item_counts', written > 0);
end
$$;

revoke all on function publish_premis_event_counts() from public;
revoke all on function publish_intellectual_object_counts() from public;
revoke all on function publish_generic_file_counts() from public;
revoke all on function publish_work_item_counts() from public;
