-- From here on, whatever is written to generic_files is noted in generic_file_changes by the writing transaction
-- itself: together they commit or not at all.
--
-- One table in each file, so that the lock that CREATE TRIGGER takes (writers wait, readers do not) is held for
-- milliseconds, and never while waiting for another table's.

-- The functions run with the rights of their owner, so that whoever writes files needs none on the queue. The two that
-- run all the time have no SET search_path, which costs a row more than their work does (docs/statistics.md). Nothing in
-- them is left to be searched for, though: relations and operators are qualified. IS DISTINCT FROM cannot be, so it is
-- not used; no size is below zero.

create or replace function capture_generic_file_insert() returns trigger
language plpgsql volatile security definer
as $$
begin
  insert into public.generic_file_changes
  select institution_id, storage_option, state, intellectual_object_id, created_at, size, 1 from added;
  return null;
end
$$;

create or replace function capture_generic_file_update() returns trigger
language plpgsql volatile security definer
as $$
begin
  if old.state operator(pg_catalog.<>) new.state
    or coalesce(old.size, -1) operator(pg_catalog.<>) coalesce(new.size, -1)
    or old.storage_option operator(pg_catalog.<>) new.storage_option
    or old.institution_id operator(pg_catalog.<>) new.institution_id
    or old.intellectual_object_id operator(pg_catalog.<>) new.intellectual_object_id
    or old.created_at operator(pg_catalog.<>) new.created_at
  then
    insert into public.generic_file_changes values
      (old.institution_id, old.storage_option, old.state, old.intellectual_object_id, old.created_at, old.size, -1),
      (new.institution_id, new.storage_option, new.state, new.intellectual_object_id, new.created_at, new.size, 1);
  end if;
  return null;
end
$$;

create or replace function capture_generic_file_delete() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  insert into generic_file_changes
  select institution_id, storage_option, state, intellectual_object_id, created_at, size, -1 from removed;
  return null;
end
$$;

-- TRUNCATE empties the table for every snapshot, old ones too, and while it holds its lock nobody has changes under way.
-- So emptying the state in the same manner is all there is to do, and a rollback undoes it as well.
create or replace function capture_generic_file_truncate() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  truncate generic_file_changes, deposit_cells, deposit_months, object_refs, object_cells, object_months;
  return null;
end
$$;

revoke all on function capture_generic_file_insert() from public;
revoke all on function capture_generic_file_update() from public;
revoke all on function capture_generic_file_delete() from public;
revoke all on function capture_generic_file_truncate() from public;

-- Once for a statement, because COPY and INSERT ... SELECT bring many rows.
create or replace trigger statistics_capture_insert
  after insert on generic_files referencing new table as added
  for each statement execute function capture_generic_file_insert();

create or replace trigger statistics_capture_delete
  after delete on generic_files referencing old table as removed
  for each statement execute function capture_generic_file_delete();

-- Once for a row, because only such a trigger can be limited to columns: a fixity check, which is most updates, does not
-- even call it. That one of the columns really changed is looked at in the function. WHEN would be the place, but the
-- server reads its condition anew for each statement, which takes three times as long as calling the function.
create or replace trigger statistics_capture_update
  after update of institution_id, storage_option, state, intellectual_object_id, created_at, size on generic_files
  for each row execute function capture_generic_file_update();

create or replace trigger statistics_capture_truncate
  after truncate on generic_files
  for each statement execute function capture_generic_file_truncate();
