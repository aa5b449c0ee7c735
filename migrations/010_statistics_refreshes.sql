-- When is a statistic worth computing again? The bookkeeping that the first refresh functions share, until
-- 025_history_from_cells puts another in its place: hence the condition below.
--
-- A refresh remembers the activity counters of the tables it reads; as long as they stand still, nothing was written
-- and there is nothing to do. Postgres keeps the counters anyway, so this costs writers nothing. Why it is safe:
--
-- * A backend adds a transaction's writes to the counters after its commit has become visible, never before. The
--   counters are read first and the refresh takes its snapshot afterwards. So whatever the counters contain, the
--   refresh has seen; what it has not seen (a writer still at work, or committed but not reported yet, which may take
--   seconds) moves the counters later. An error can only be a refresh too many, or one that comes with the next call.
-- * This needs a new snapshot for each statement. In a REPEATABLE READ transaction the snapshot is older than the
--   counters, so there the state counts as unknown.
-- * COPY and cascades count. So do rolled back writes, and fixity checks that change no statistic: a refresh too many.
-- * TRUNCATE counts nothing, but gives the table a new file. So does VACUUM FULL: a refresh too many.
-- * Counters start from zero after a crash, a fail-over, pg_stat_reset() or in a copy of the database, and could then
--   climb to the remembered values by chance. So the state holds marks of the server, the database and the resets. A
--   killed backend empties all statistics without a new server start, which shows in pg_stat_bgwriter.stats_reset.
-- * Partitions are counted one by one: the parent's own counters always stand at zero.
-- * With track_counts off the state is unknown, that is, changed. A superuser can turn it off for a single session;
--   what such a session writes is not noticed until something else is written.
--
-- What was refreshed less than max_age ago counts as fresh and is not even looked at. The hourly job starts up to five
-- minutes late, so its calls are 55 to 65 minutes apart: with a max_age of an hour every other call would do nothing,
-- and the statistics would be up to two hours old. Hence 50 minutes.
--
-- To force a refresh, delete the statistic's row from statistics_refreshes.

-- This file may run again after 025, which has dropped all that: it must not come back.
do $first_generation$
begin
  if to_regprocedure('rebuild_statistics()') is not null then
    return;
  end if;

  create table if not exists statistics_refreshes (
    name text primary key,
    refreshed_at timestamp not null,
    source_state jsonb
  );

  comment on table statistics_refreshes is
    'The last refresh of each statistic: when it began, and the state of its source tables just before.';
  comment on column statistics_refreshes.source_state is 'NULL = not known, so the next refresh takes place.';

  create or replace function statistics_source_state(sources regclass[]) returns jsonb
  language plpgsql volatile -- volatile, because only then each statement of the caller has its own snapshot
  set search_path = pg_catalog, public, pg_temp
  as $$
  begin
    if not current_setting('track_counts')::boolean
      or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
    then
      return null;
    end if;
    perform pg_stat_clear_snapshot(); -- a transaction reads each counter once and keeps it: forget that
    return jsonb_build_object(
      -- In UTC, so that the session's time zone does not look like a change.
      'server_started', pg_postmaster_start_time() at time zone 'utc',
      'server_reset', (select stats_reset at time zone 'utc' from pg_stat_bgwriter),
      'database', (select jsonb_build_array(datid::bigint, stats_reset at time zone 'utc')
                   from pg_stat_database where datname = current_database()),
      'tables', (
        select jsonb_object_agg(t.oid::bigint::text, jsonb_build_array(
          pg_relation_filenode(t.oid),
          pg_stat_get_tuples_inserted(t.oid),
          pg_stat_get_tuples_updated(t.oid),
          pg_stat_get_tuples_deleted(t.oid)))
        from (select unnest(sources) union select relid from unnest(sources) s, pg_partition_tree(s)) as t (oid)
      )
    );
  end
  $$;

  -- Refreshes one materialized view unless that is needless: true = refreshed. Readers go on reading meanwhile; only
  -- the very first refresh locks them out, and then there is nothing to read.
  create or replace function refresh_statistic(statistic regclass, sources regclass[], max_age interval) returns boolean
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
  as $$
  declare
    started_at constant timestamp := clock_timestamp() at time zone 'utc';
    populated constant boolean := (select relispopulated from pg_class where oid = statistic);
    last statistics_refreshes;
    state jsonb;
  begin
    select * into last from statistics_refreshes r where r.name = statistic::text;
    -- A time in the future (the clock was set back) is no proof of freshness.
    if populated and last.refreshed_at > started_at - max_age and last.refreshed_at <= started_at then
      return false;
    end if;
    state := statistics_source_state(sources);
    if populated and state = last.source_state then
      return false;
    end if;
    if populated then
      execute format('refresh materialized view concurrently %s', statistic);
    else
      execute format('refresh materialized view %s', statistic);
    end if;
    insert into statistics_refreshes as r (name, refreshed_at, source_state)
    values (statistic::text, started_at, state)
    on conflict (name) do update set refreshed_at = excluded.refreshed_at, source_state = excluded.source_state;
    return true;
  end
  $$;

  revoke all on function statistics_source_state(regclass[]) from public;
  revoke all on function refresh_statistic(regclass, regclass[], interval) from public;
end
$first_generation$;

-- The key of the advisory lock under which a statistic is refreshed: one at a time, and whoever comes second leaves
-- at once. A lock of the transaction, so nothing has to be cleaned up, however the session ends.
create or replace function statistic_lock_key(statistic text) returns bigint
language sql immutable
set search_path = pg_catalog, public, pg_temp
as $$
  select hashtextextended('registry statistics: ' || statistic, 0)
$$;

revoke all on function statistic_lock_key(text) from public;
