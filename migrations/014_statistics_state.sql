-- What the statistics are added up from: small tables that each refresh brings up to date with what changed, so
-- that it need not read the registry's tables. How the parts work together is told in docs/statistics.md.
--
-- Three kinds of tables, each for one source:
-- *_changes  what the triggers of the next files note down: a row with +1 for what came, one with -1 for what went
-- *_cells    how many rows there are for each combination of what the statistics group by
-- and, for files, *_months and *_refs: the same by month of creation, and which object has files where
--
-- Nothing here has foreign keys: they would only slow down the writers whose rows are valid already. A count below
-- zero is not refused: it says that something was not captured, and it is for the audit to say so, not for the job
-- to fail on.

-- Written by every transaction that writes files, and emptied by the next refresh: so without any index.
create table if not exists generic_file_changes (
  institution_id bigint not null,
  storage_option text not null,
  state text not null,
  intellectual_object_id bigint not null,
  created_at timestamp not null,
  size bigint,
  files smallint not null
);

create table if not exists intellectual_object_changes (
  institution_id bigint not null,
  state text not null,
  row_count smallint not null
);

create table if not exists work_item_changes (
  institution_id bigint not null,
  action text not null,
  row_count smallint not null
);

create table if not exists premis_event_changes (
  institution_id bigint not null,
  event_type text not null,
  outcome text,
  row_count smallint not null
);

create table if not exists deposit_cells (
  institution_id bigint not null,
  storage_option text not null,
  state text not null,
  files bigint not null,
  bytes numeric not null,
  primary key (institution_id, storage_option, state)
);

-- Active files only, as in all tables below.
create table if not exists deposit_months (
  institution_id bigint not null,
  storage_option text not null,
  month date not null, -- the first day of the month in which the files were created
  files bigint not null,
  bytes numeric not null,
  primary key (institution_id, storage_option, month)
);

-- How many files of an object keep it in a (institution, option, month). The object counts where that is above zero.
create table if not exists object_refs (
  intellectual_object_id bigint not null,
  institution_id bigint not null,
  storage_option text not null,
  month date not null,
  files bigint not null,
  primary key (intellectual_object_id, institution_id, storage_option, month)
);

-- Distinct objects cannot be added up: one object may be in several cells. So they are counted for each of the four
-- kinds of rows: level 0 = each institution and option, 1 = institution totals, 2 = option totals, 3 = all. Institution
-- 0 and option '' stand for "all"; the level tells them from real ones.
create table if not exists object_cells (
  level integer not null,
  institution_id bigint not null,
  storage_option text not null,
  objects bigint not null,
  primary key (level, institution_id, storage_option)
);

-- An object counts from the month of its first file on, which is another month in each of the four kinds of rows.
create table if not exists object_months (
  level integer not null,
  institution_id bigint not null,
  storage_option text not null,
  month date not null,
  objects bigint not null,
  primary key (level, institution_id, storage_option, month)
);

create table if not exists intellectual_object_cells (
  institution_id bigint not null,
  state text not null,
  row_count bigint not null,
  primary key (institution_id, state)
);

create table if not exists work_item_cells (
  institution_id bigint not null,
  action text not null,
  row_count bigint not null,
  primary key (institution_id, action)
);

create table if not exists premis_event_cells (
  institution_id bigint not null,
  event_type text not null,
  outcome text,
  row_count bigint not null,
  constraint premis_event_cells_key unique nulls not distinct (institution_id, event_type, outcome)
);

create table if not exists statistics_sources (
  name text primary key,
  built_at timestamp,
  brought_up_at timestamp,
  rows_folded bigint not null default 0
);

comment on table statistics_sources is 'The tables that statistics are captured from, and how far the state has followed them.';
comment on column statistics_sources.built_at is
  'When the state was last counted from the table itself. NULL = the next refresh has to do that.';
comment on column statistics_sources.brought_up_at is
  'When a refresh last made the state as new as the table, whether or not there was anything to do.';
comment on column statistics_sources.rows_folded is
  'How many captured changes were folded into the state since it exists.';

insert into statistics_sources (name)
select new.name
from unnest(array['generic_files', 'intellectual_objects', 'premis_events', 'work_items']) as new (name)
where not exists (select from statistics_sources s where s.name = new.name)
on conflict (name) do nothing;

-- Few rows, changed often: space for the new version on the same page keeps the indexes out of it.
alter table deposit_cells set (fillfactor = 50);
alter table object_cells set (fillfactor = 50);
alter table object_refs set (fillfactor = 90);
-- A queue is empty after each refresh; what it leaves behind is to be cleared away before the next one reads over it.
alter table generic_file_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table intellectual_object_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table work_item_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table premis_event_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
