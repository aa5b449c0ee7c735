-- What the hourly job's database user may do: call the statistics functions, which work with the rights of their owner, and
-- read what the report and the metrics show. Nothing else.
--
-- The grants go to a group, registry_refresher, so that a later file knows whom to give what it adds, and so that they come
-- back when everything is dropped and applied anew. Login roles are made by an administrator and put into it:
--
--   grant registry_refresher to refresher;
--
-- Roles belong to the whole server, and most owners of a database may not create any. Whoever comes too late, or wants
-- another role than the group, lets the owner call: select grant_statistics_to('some_role');

-- Checked when a trigger is made, not when it fires: nobody needs to be able to call it.
revoke all on function reject_change_of_premis_events() from public;

create or replace function grant_statistics_to(grantee regrole) returns void
language plpgsql volatile
set search_path = pg_catalog, public, pg_temp
as $$
begin
  -- Everyone has it in a new database, but it is often taken from them.
  execute format('grant usage on schema public to %s', grantee);
  execute format(
    'grant execute on function update_counts(interval), update_current_deposit_stats(interval),
       populate_all_historical_deposit_stats(), audit_statistics(), rebuild_statistics() to %s',
    grantee
  );
  execute format(
    'grant select on current_deposit_stats, historical_deposit_stats, premis_event_counts, intellectual_object_counts,
       generic_file_counts, work_item_counts to %s',
    grantee
  );
  -- How far the last refresh came, for the metrics, and when it was, for the report.
  execute format('grant select on statistics_sources, statistics_publications to %s', grantee);
  -- Made by registry-jobs; another tool may have applied these files.
  if to_regclass('schema_migrations_journal') is not null then
    execute format('grant select on schema_migrations_journal to %s', grantee);
  end if;
  -- Every hour the job tells how many migrations of its deploy the database lacks, as after a restore.
  if to_regclass('schema_migrations') is not null then
    execute format('grant select on schema_migrations to %s', grantee);
  end if;
end
$$;

comment on function grant_statistics_to(regrole) is
  'Lets a role refresh, audit and rebuild the statistics and read the report. For the owner of the tables.';
revoke all on function grant_statistics_to(regrole) from public;

do $$
begin
  if to_regrole('registry_refresher') is null then
    begin
      create role registry_refresher nologin;
    exception
      when duplicate_object or unique_violation then
        null; -- another database of this server was quicker
      when insufficient_privilege then
        raise notice 'Only the owner can refresh the statistics: there is no role registry_refresher, and % may not create it. '
          'As an administrator: create role registry_refresher; then as %: select grant_statistics_to(''registry_refresher'');',
          current_user, current_user;
        return;
    end;
  end if;
  perform grant_statistics_to('registry_refresher');
end
$$;
