-- The same as for files: what is written to intellectual_objects is noted in intellectual_object_changes.

create or replace function capture_intellectual_objects() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    insert into intellectual_object_changes select institution_id, state, 1 from added;
  elsif tg_op = 'UPDATE' then
    if old.institution_id <> new.institution_id or old.state <> new.state then
      insert into intellectual_object_changes values
        (old.institution_id, old.state, -1),
        (new.institution_id, new.state, 1);
    end if;
  elsif tg_op = 'DELETE' then
    insert into intellectual_object_changes select institution_id, state, -1 from removed;
  else
    truncate intellectual_object_changes, intellectual_object_cells;
  end if;
  return null;
end
$$;

revoke all on function capture_intellectual_objects() from public;

create or replace trigger statistics_capture_insert
  after insert on intellectual_objects referencing new table as added
  for each statement execute function capture_intellectual_objects();

create or replace trigger statistics_capture_delete
  after delete on intellectual_objects referencing old table as removed
  for each statement execute function capture_intellectual_objects();

create or replace trigger statistics_capture_update
  after update of institution_id, state on intellectual_objects
  for each row execute function capture_intellectual_objects();

create or replace trigger statistics_capture_truncate
  after truncate on intellectual_objects
  for each statement execute function capture_intellectual_objects();
