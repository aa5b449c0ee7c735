-- The four counts keep their names, their columns and what they mean, but come from the cells now. As in the file of
-- current_deposit_stats: the old ones step aside, and go when nothing refers to them any more.

do $$
declare
  statistic text;
begin
  foreach statistic in array array[
    'premis_event_counts', 'intellectual_object_counts', 'generic_file_counts', 'work_item_counts'
  ] loop
    if exists (select from pg_class where oid = to_regclass(statistic) and relkind = 'm') then
      execute format('alter materialized view %I rename to %I', statistic, statistic || '_before');
    end if;
  end loop;
end
$$;

create or replace view premis_event_counts as
select c.institution_id, c.event_type, c.outcome, c.row_count, p.published_at as updated_at, c.grouping_id
from published_premis_event_counts c
join statistics_publications p on p.name = 'premis_event_counts';

comment on column premis_event_counts.grouping_id is
  'Bits: 4 = all institutions, 2 = all event types, 1 = all outcomes.';

comment on view premis_event_counts is
  'Events by institution, type and outcome. NULL = all, except an outcome of NULL where grouping_id is even.';

create or replace view intellectual_object_counts as
select c.institution_id, c.state, c.row_count, p.published_at as updated_at
from published_intellectual_object_counts c
join statistics_publications p on p.name = 'intellectual_object_counts';

comment on view intellectual_object_counts is
  'Objects by institution and state. NULL = all.';

create or replace view generic_file_counts as
select c.institution_id, c.state, c.row_count, p.published_at as updated_at
from published_generic_file_counts c
join statistics_publications p on p.name = 'generic_file_counts';

comment on view generic_file_counts is
  'Files by institution and state. NULL = all.';

create or replace view work_item_counts as
select c.institution_id, c.action, c.row_count, p.published_at as updated_at
from published_work_item_counts c
join statistics_publications p on p.name = 'work_item_counts';

comment on view work_item_counts is
  'Work items by institution and action. NULL = all.';

do $$
declare
  statistic text;
  keys text;
  is_populated boolean;
begin
  for statistic, keys in values
    ('premis_event_counts', 'institution_id, event_type, outcome, row_count, grouping_id'),
    ('intellectual_object_counts', 'institution_id, state, row_count'),
    ('generic_file_counts', 'institution_id, state, row_count'),
    ('work_item_counts', 'institution_id, action, row_count')
  loop
    select relispopulated into is_populated from pg_class where oid = to_regclass(statistic || '_before');
    if is_populated is null then
      continue;
    end if;
    perform take_over_readers(statistic);
    if is_populated then
      execute format('insert into %I (%s) select %s from %I', 'published_' || statistic, keys, keys, statistic || '_before');
      execute format('insert into statistics_publications (name, published_at) select %L, max(updated_at) from %I', statistic, statistic || '_before');
    end if;
    execute format('drop materialized view %I', statistic || '_before');
  end loop;
end
$$;

-- All four are looked at, whatever the first ones say. The argument means nothing any more.
create or replace function update_counts(max_age interval default '50 minutes') returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
set jit = off
as $$
declare
  changed boolean := false;
begin
  if not pg_try_advisory_xact_lock(statistic_lock_key('statistics')) then
    return 0;
  end if;
  perform lock_for_refresh('premis_events', 'intellectual_objects', 'generic_files', 'work_items');
  perform bring_up_to_date('premis_events');
  perform bring_up_to_date('intellectual_objects');
  perform bring_up_to_date('generic_files');
  perform bring_up_to_date('work_items');
  changed := publish_premis_event_counts() or changed;
  changed := publish_intellectual_object_counts() or changed;
  changed := publish_generic_file_counts() or changed;
  changed := publish_work_item_counts() or changed;
  return changed::integer;
end
$$;

comment on function update_counts(interval) is
  'Brings the counts up to date. 1 = at least one changed; 0 = nothing to do, or another is at work.';
revoke all on function update_counts(interval) from public;
