-- The same as for files: what is written to work_items is noted in work_item_changes. The many updates of a work item's
-- way through the stages touch neither of the two columns that are counted.

create or replace function capture_work_items() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    insert into work_item_changes select institution_id, action, 1 from added;
  elsif tg_op = 'UPDATE' then
    if old.institution_id <> new.institution_id or old.action <> new.action then
      insert into work_item_changes values
        (old.institution_id, old.action, -1),
        (new.institution_id, new.action, 1);
    end if;
  elsif tg_op = 'DELETE' then
    insert into work_item_changes select institution_id, action, -1 from removed;
  else
    truncate work_item_changes, work_item_cells;
  end if;
  return null;
end
$$;

revoke all on function capture_work_items() from public;

create or replace trigger statistics_capture_insert
  after insert on work_items referencing new table as added
  for each statement execute function capture_work_items();

create or replace trigger statistics_capture_delete
  after delete on work_items referencing old table as removed
  for each statement execute function capture_work_items();

create or replace trigger statistics_capture_update
  after update of institution_id, action on work_items
  for each row execute function capture_work_items();

create or replace trigger statistics_capture_truncate
  after truncate on work_items
  for each statement execute function capture_work_items();
