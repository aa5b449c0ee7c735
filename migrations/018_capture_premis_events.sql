-- The same as for files: what is written to premis_events is noted in premis_event_changes. Events are append only, so
-- the triggers for UPDATE and DELETE cost nothing; they are there for a repair, for which the owner lifts that rule.
--
-- The alternative without a trigger, a column with the id of the writing transaction that the refresh reads from an
-- index, was measured and is no better (docs/statistics.md). And its index cannot be built on a hundred million
-- events within a transaction without stopping the writers.

-- Of events there are the most, so this one too has no SET search_path and leaves nothing to be searched for.
create or replace function capture_premis_event_insert() returns trigger
language plpgsql volatile security definer
as $$
begin
  insert into public.premis_event_changes select institution_id, event_type, outcome, 1 from added;
  return null;
end
$$;

create or replace function capture_premis_events() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    if old.institution_id <> new.institution_id or old.event_type <> new.event_type or old.outcome is distinct from new.outcome then
      insert into premis_event_changes values
        (old.institution_id, old.event_type, old.outcome, -1),
        (new.institution_id, new.event_type, new.outcome, 1);
    end if;
  elsif tg_op = 'DELETE' then
    insert into premis_event_changes select institution_id, event_type, outcome, -1 from removed;
  elsif tg_op = 'TRUNCATE' then
    truncate premis_event_changes, premis_event_cells;
  end if;
  return null;
end
$$;

revoke all on function capture_premis_event_insert() from public;
revoke all on function capture_premis_events() from public;

create or replace trigger statistics_capture_insert
  after insert on premis_events referencing new table as added
  for each statement execute function capture_premis_event_insert();

create or replace trigger statistics_capture_delete
  after delete on premis_events referencing old table as removed
  for each statement execute function capture_premis_events();

create or replace trigger statistics_capture_update
  after update of institution_id, event_type, outcome on premis_events
  for each row execute function capture_premis_events();

create or replace trigger statistics_capture_truncate
  after truncate on premis_events
  for each statement execute function capture_premis_events();
